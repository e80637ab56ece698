"""New settings, at the start: sealed, newer than the last, checked, on trial until they worked.

It promises that settings which do not reach a receiver are taken back: the old ones stay in the NVS
until a sealed receipt has come with the new ones. A parcel is judged once: its counter is used up,
good or bad. The chip writes each value of the NVS at once and by itself, whatever `commit` says, so
the power may go between any two: the order below makes doing it again the same as doing it once.
"""

import json

from esp32 import NVS

from alarm_wire import seal
from alarm_wire.frame import STALE, WireError
from alarm_wire.parcel import BROKEN, SETTING, SETTINGS_BYTES_MAX, TOGETHER, Assembly
from keypad.boots import NAMESPACE, number
from keypad.config import ConfigError, check
from keypad.trial import blob


def apply(device: bytes, key: bytes) -> "tuple[str, int] | None":
    """Take the parcel that waits in the NVS; None when there was none, else what became of it.

    A text, empty when they are taken, and why not as alarm_wire.parcel numbers it.
    """
    nvs = NVS(NAMESPACE)
    waiting = blob(nvs, "parcel")
    if not waiting:
        return None
    assembly = Assembly(device, number("counter"), seal.Signer(key, seal.CONFIG))
    whole = b""
    try:
        whole = _whole(assembly, waiting)
    except WireError as error:
        if error.reason == STALE:  # judged before a power cut; only the parcel was left
            nvs.erase_key("parcel")
            nvs.commit()
            return None
    told, why = _judge(device, key, whole)
    if not told:
        if number("trial") != 1:  # else `before` has what worked last
            nvs.set_blob("before", blob(nvs, "config"))
        nvs.set_i32("starts", 1)
        nvs.set_i32("trial", 1)
        nvs.set_blob("config", whole)
    if assembly.counter:
        nvs.set_i32("counter", assembly.counter)
    nvs.erase_key("parcel")
    nvs.commit()
    return told, why


def _whole(assembly: Assembly, waiting: bytes) -> bytes:
    """The settings in the pieces of `waiting`, each after its length; nothing when not all came."""
    whole = None
    place = 0
    while place < len(waiting):
        end = place + 1 + waiting[place]
        whole = assembly.take(waiting[place + 1 : end])
        place = end
    return whole or b""


def _judge(device: bytes, key: bytes, whole: bytes) -> "tuple[str, int]":
    """Why these settings are refused, as a text and a number; an empty text when they are good."""
    values = None
    try:
        if 0 < len(whole) <= SETTINGS_BYTES_MAX:
            values = json.loads(whole)
        if not isinstance(values, dict):
            return "no JSON object of at most %d bytes" % SETTINGS_BYTES_MAX, BROKEN
        check(device, key, values)
    except ConfigError as error:
        return str(error), _setting(values, str(error))
    except Exception as error:  # noqa: BLE001  # it would come again at each start, for ever
        return "they cannot be read: %s" % error, BROKEN
    return "", 0


def _setting(values: "object", told: str) -> int:
    """Which setting an error of keypad.config speaks of, as a number that fits a signal."""
    words = told.split(" ")
    names = sorted(values) if isinstance(values, dict) else []
    if words[0] == "setting" and words[1].rstrip(":") in names:
        return SETTING + names.index(words[1].rstrip(":"))
    return TOGETHER
