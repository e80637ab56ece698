"""Takes the sealed pieces of an image, in order, into a file; nothing of it is trusted yet.

It is given pieces whose seal has held. A piece that is not the next one is left out, and which one
is wanted is to be told: so it is after every WINDOW pieces, after a power cut, and when the whole
is there. What lies in the file of the same version is gone on with.
"""

import os
import struct
import time

from alarm_wire.frame import IMAGE_FRAME, VERSION
from alarm_wire.seal import SEAL_BYTES
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE = "update.img"
_HEAD = "!BB8sIHH"
_HEAD_BYTES = const(18)
_DATA_BYTES = const(94)
_PIECES_MAX = const(4096)
_WINDOW = const(32)
_AGAIN_MS = const(5000)


class Fetch:
    """Pieces for one device, of versions above `last`.

    version   of the image that is being fetched
    wanted    the piece that comes next; the count of all when the whole is there
    """

    def __init__(self, device: bytes, last: int) -> None:
        self._device = device
        self._last = last
        self._count = 0
        self._told = -1
        self._told_ms = time.ticks_ms()
        self._file: "Any" = None
        self.version = 0
        self.wanted = 0

    def take(self, frame: bytes) -> bool:
        """Whether `wanted` is to be told now."""
        end = len(frame) - SEAL_BYTES
        if end <= _HEAD_BYTES:
            return False
        version, kind, device, counter, place, count = struct.unpack_from(_HEAD, frame)
        if (version, kind, device) != (VERSION, IMAGE_FRAME, self._device):
            return False
        if counter <= self._last or not place < count <= _PIECES_MAX or counter < self.version:
            return False
        if (counter, count) != (self.version, self._count):
            self._open(counter, count)
        if place != self.wanted:
            return self._tells()
        self._file.write(memoryview(frame)[_HEAD_BYTES:end])
        self.wanted += 1
        if self.wanted == count:
            self._file.close()
        elif self.wanted % _WINDOW:
            return False
        else:
            self._file.flush()
        return self._tells()

    def whole(self) -> bool:
        """Whether the image lies in FILE."""
        return 0 < self._count == self.wanted

    def _tells(self) -> bool:
        """Once for each piece that is wanted, and again when nothing comes of it."""
        now_ms = time.ticks_ms()
        if self.wanted == self._told and time.ticks_diff(now_ms, self._told_ms) < _AGAIN_MS:
            return False
        self._told = self.wanted
        self._told_ms = now_ms
        return True

    def _open(self, version: int, count: int) -> None:
        """Go on with what lies there of this version, or begin."""
        if self._file is not None:
            self._file.close()
        self.version = version
        self._count = count
        self.wanted = 0
        try:
            with open(FILE, "rb") as file:
                head = file.read(8)
            if head == b"HFI1" + struct.pack("!I", version):
                self.wanted = min(os.stat(FILE)[6] // _DATA_BYTES, count - 1)
        except OSError:
            pass  # nothing lies there
        if not self.wanted:
            self._file = open(FILE, "wb")  # noqa: SIM115  # kept open from piece to piece
            return
        self._file = open(FILE, "r+b")  # noqa: SIM115  # as above
        self._file.seek(self.wanted * _DATA_BYTES)
