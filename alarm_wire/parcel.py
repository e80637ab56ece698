"""More than one frame holds, sealed piece by piece: new settings for a device, or an image.

    piece   version 1, type 1, device 8, counter 4, place 2, count 2, data 1 to 92 | seal 16

An image has its own type and purpose (seal.UPDATE), and its version as counter.

Each piece is sealed with the device's own key for one purpose and says which of how many it is and
to which counter it belongs, so pieces of two parcels never mix as long as a sender uses a counter
once. A device takes a counter only when it is higher than the last one it took: an old parcel is
refused for ever.
"""

import struct

from alarm_wire.frame import (
    BAD_FIELD,
    FRAME_BYTES_MAX,
    IMAGE_FRAME,
    PARCEL_FRAME,
    STALE,
    TRUNCATED,
    UNKNOWN_DEVICE,
    VERSION,
    WireError,
    open_sealed,
)
from alarm_wire.seal import SEAL_BYTES, Signer

_HEAD = "!BB8sIHH"
_HEAD_BYTES = struct.calcsize(_HEAD)
DATA_BYTES_MAX = FRAME_BYTES_MAX - _HEAD_BYTES - SEAL_BYTES
PIECES_MAX = 16
COUNTER_MAX = 0x7FFFFFFF
PARCEL_BYTES_MAX = PIECES_MAX * DATA_BYTES_MAX
IMAGE_PIECES_MAX = 4096
SETTINGS_BYTES_MAX = 1024
"""Longer settings would not come out of a keypad's NVS again."""

# What a keypad says of new settings: `config_changed`, value the counter, its zone one of these.
TRYING = 0
STAY = 1
# The same with the counter negative: they are not used.
TAKEN_BACK = 0
BROKEN = 1
TOGETHER = 2
SETTING = 100
"""SETTING + n: the setting with number n, their names sorted."""

# Why an image is refused (`updated`, value 0): the zone of that signal.
NO_MAKER = 1
UNSIGNED = 2
OLD = 3
OTHER_MICROPYTHON = 4
BROKEN_IMAGE = 5
NO_ROOM = 6
FETCH_WINDOW = 32
"""After so many pieces a keypad tells which one it wants (`fetching`): its zone is the piece."""


def pack_parcel(device: bytes, counter: int, whole: bytes, signer: Signer) -> "list[bytes]":
    """The pieces of `whole`; `counter` from 1, never used before. Raises WireError BAD_FIELD."""
    return _pack((PARCEL_FRAME, PIECES_MAX), device, counter, whole, signer)


def pack_image(device: bytes, version: int, image: bytes, signer: Signer) -> "list[bytes]":
    """The pieces of `image`; `signer` is for purpose UPDATE. Raises WireError BAD_FIELD."""
    return _pack((IMAGE_FRAME, IMAGE_PIECES_MAX), device, version, image, signer)


def _pack(
    how: "tuple[int, int]", device: bytes, counter: int, whole: bytes, signer: Signer
) -> "list[bytes]":
    kind, pieces_max = how
    most = pieces_max * DATA_BYTES_MAX
    if not 0 < len(whole) <= most or not 0 < counter <= COUNTER_MAX:
        raise WireError(
            BAD_FIELD,
            "parcel %d of %d bytes, allowed are 1 to %d" % (counter, len(whole), most),
        )
    count = (len(whole) + DATA_BYTES_MAX - 1) // DATA_BYTES_MAX
    pieces = []
    for place in range(count):
        head = struct.pack(_HEAD, VERSION, kind, device, counter, place, count)
        body = head + whole[place * DATA_BYTES_MAX : (place + 1) * DATA_BYTES_MAX]
        pieces.append(body + signer.seal(body))
    return pieces


class Assembly:
    """Puts the pieces for one device together, in any order; only counters above `last`."""

    def __init__(self, device: bytes, last: int, signer: Signer) -> None:
        self.counter = 0
        self._device = device
        self._last = last
        self._signer = signer
        self._count = 0
        self._pieces: "dict[int, bytes]" = {}

    def take(self, frame: bytes) -> "bytes | None":
        """Take a piece; the whole once it is complete. Raises WireError; nothing unsealed stays."""
        if len(frame) <= _HEAD_BYTES + SEAL_BYTES:
            raise WireError(TRUNCATED, "%d bytes are no piece of a parcel" % len(frame))
        body = open_sealed(frame, PARCEL_FRAME, len(frame), self._signer)
        _, _, device, counter, place, count = struct.unpack_from(_HEAD, body)
        if device != self._device:
            raise WireError(UNKNOWN_DEVICE, "the parcel is for another device")
        if counter <= self._last:
            raise WireError(STALE, "counter %d, the last one was %d" % (counter, self._last))
        if not place < count <= PIECES_MAX:
            raise WireError(BAD_FIELD, "piece %d of %d" % (place, count))
        if counter < self.counter:
            raise WireError(STALE, "counter %d, another parcel has %d" % (counter, self.counter))
        if counter > self.counter or count != self._count:
            self.counter = counter
            self._count = count
            self._pieces = {}
        self._pieces[place] = body[_HEAD_BYTES:]
        if len(self._pieces) < count:
            return None
        return b"".join([self._pieces[number] for number in range(count)])
