"""New settings, at the start: sealed, newer than the last, checked, on trial until they worked.

It promises that settings which do not reach a receiver are taken back: the old ones stay in the NVS
until a sealed receipt has come with the new ones. A parcel is judged once: its counter is used up,
good or bad. The chip writes each value of the NVS at once and by itself, whatever `commit` says, so
the power may go between any two: the order below makes doing it again the same as doing it once.
"""

import json

from esp32 import NVS

from alarm_wire import seal
from alarm_wire.frame import WireError
from alarm_wire.parcel import Assembly
from keypad.boots import NAMESPACE, number
from keypad.config import ConfigError, check
from keypad.trial import blob


def apply(device: bytes, key: bytes) -> "str | None":
    """Take the parcel that waits in the NVS; None when there was none, else what became of it."""
    nvs = NVS(NAMESPACE)
    waiting = blob(nvs, "parcel")
    if not waiting:
        return None
    assembly = Assembly(device, number("counter"), seal.Signer(key, seal.CONFIG))
    told = "the parcel was not whole"
    whole = None
    try:
        place = 0
        while place < len(waiting):
            end = place + 1 + waiting[place]
            whole = assembly.take(waiting[place + 1 : end])
            place = end
        if whole is not None:
            values = json.loads(whole)
            check(device, key, values if isinstance(values, dict) else {})
            told = ""
    except (WireError, ConfigError, ValueError) as error:
        told = str(error) or "no JSON"
    if not told and whole is not None:
        if not number("trial"):  # else `before` has what worked last
            nvs.set_blob("before", blob(nvs, "config"))
            nvs.set_i32("trial", 1)
        nvs.set_blob("config", whole)
    if assembly.counter:
        nvs.set_i32("counter", assembly.counter)
    nvs.erase_key("parcel")
    nvs.commit()
    return told
