"""Takes the sealed pieces of an image, in order, into a file; nothing of it is trusted yet.

It is given pieces whose seal has held. A piece that is not the next one is left out: who sends
sends again from the start, and what is there already is passed over. A power cut starts it anew.
"""

import struct

from alarm_wire.frame import IMAGE_FRAME, VERSION
from alarm_wire.seal import SEAL_BYTES
from micropython import const

FILE = "update.img"
_HEAD = "!BB8sIHH"
_HEAD_BYTES = const(18)
_PIECES_MAX = const(4096)


class Fetch:
    """Pieces for one device, of versions above `last`."""

    def __init__(self, device: bytes, last: int) -> None:
        self._device = device
        self._last = last
        self._of = (0, 0)
        self._next = 0
        self._file = open(FILE, "wb")  # noqa: SIM115  # kept open from piece to piece

    def take(self, frame: bytes) -> bool:
        """Whether this piece was the last one: the image lies in FILE."""
        end = len(frame) - SEAL_BYTES
        if end <= _HEAD_BYTES:
            return False
        version, kind, device, counter, place, count = struct.unpack_from(_HEAD, frame)
        if (version, kind, device) != (VERSION, IMAGE_FRAME, self._device):
            return False
        if counter <= self._last or not place < count <= _PIECES_MAX:
            return False
        if (counter, count) != self._of and not place:
            self._of = (counter, count)
            self._next = 0
            self._file.close()
            self._file = open(FILE, "wb")  # noqa: SIM115  # as above
        if (counter, count) != self._of or place != self._next:
            return False
        self._file.write(memoryview(frame)[_HEAD_BYTES:end])
        self._next += 1
        if self._next < count:
            return False
        self._file.close()
        return True
