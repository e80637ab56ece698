"""Many frames in one body, between gateway and receiver: each after its length in two bytes.

The answer to a batch is a batch of as many receipts and refusals, in the same order.
"""

import struct

from alarm_wire.frame import FRAME_BYTES_MAX, OVERSIZE, TRUNCATED, WireError

FRAMES_MAX = 500
"""Frames in one batch; a gateway with more sends several."""
BATCH_BYTES_MAX = FRAMES_MAX * (FRAME_BYTES_MAX + 2)


def pack(frames: "list[bytes]") -> bytes:
    """One body that holds `frames`. Raises WireError OVERSIZE beyond FRAMES_MAX or a long frame."""
    if len(frames) > FRAMES_MAX:
        raise WireError(OVERSIZE, "%d frames, at most %d" % (len(frames), FRAMES_MAX))
    parts = []
    for frame in frames:
        if len(frame) > FRAME_BYTES_MAX:
            raise WireError(OVERSIZE, "%d bytes, at most %d" % (len(frame), FRAME_BYTES_MAX))
        parts.append(struct.pack("!H", len(frame)))
        parts.append(frame)
    return b"".join(parts)


def unpack(body: bytes) -> "list[bytes]":
    """The frames in `body`. Raises WireError TRUNCATED or OVERSIZE; never guesses a boundary."""
    if len(body) > BATCH_BYTES_MAX:
        raise WireError(OVERSIZE, "%d bytes, at most %d" % (len(body), BATCH_BYTES_MAX))
    frames = []
    place = 0
    while place < len(body):
        if place + 2 > len(body):
            raise WireError(TRUNCATED, "one byte left at %d, a length has two" % place)
        length = struct.unpack("!H", body[place : place + 2])[0]
        place += 2
        if length > FRAME_BYTES_MAX:
            raise WireError(OVERSIZE, "frame of %d bytes at %d" % (length, place))
        if place + length > len(body):
            raise WireError(
                TRUNCATED, "frame of %d bytes at %d goes past the end" % (length, place)
            )
        frames.append(body[place : place + length])
        place += length
    if len(frames) > FRAMES_MAX:
        raise WireError(OVERSIZE, "%d frames, at most %d" % (len(frames), FRAMES_MAX))
    return frames
