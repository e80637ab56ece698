"""Collects the sealed pieces of new settings while the keypad runs, and does nothing else.

The heap of a running keypad has no room for judging settings: whole parcels are put into the NVS
and judged at the next start (keypad.reconfigure). It is given pieces whose seal has held, and keeps
those of a new counter, so nobody without the device key can fill the memory or cause a start.
"""

import struct

from esp32 import NVS

from alarm_wire.frame import PARCEL_FRAME, VERSION
from alarm_wire.seal import SEAL_BYTES
from keypad.boots import NAMESPACE
from micropython import const

_HEAD = "!BB8sIHH"
_HEAD_BYTES = const(18)
_PIECES_MAX = const(16)


class Pieces:
    """Pieces for one device above counter `last`, their seals checked before."""

    def __init__(self, device: bytes, last: int) -> None:
        self._device = device
        self._last = last
        self._of = (0, 0)
        self._pieces: "dict[int, bytes]" = {}

    def take(self, frame: bytes) -> bool:
        """Whether this piece made a parcel whole, which then lies in the NVS for the next start."""
        if len(frame) <= _HEAD_BYTES + SEAL_BYTES:
            return False
        version, kind, device, counter, place, count = struct.unpack_from(_HEAD, frame)
        if (version, kind, device) != (VERSION, PARCEL_FRAME, self._device):
            return False
        if counter <= self._last or not place < count <= _PIECES_MAX or counter < self._of[0]:
            return False
        if (counter, count) != self._of:
            self._of = (counter, count)
            self._pieces = {}
        self._pieces[place] = frame
        if len(self._pieces) < count:
            return False
        nvs = NVS(NAMESPACE)
        whole = b"".join([struct.pack("!B", len(p)) + p for p in self._pieces.values()])
        nvs.set_blob("parcel", whole)
        nvs.commit()
        return True
