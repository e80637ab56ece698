"""Signals and heartbeats as bytes: one canonical form, big-endian, fixed fields, version first.

    signal     content (50 bytes) | sent epoch 4, sent uptime 8 | seal 16          = 78 bytes
    content    version 1, type 1, device 8, epoch 4, number 4, kind 1, flags 1, zone 2,
               about 8, value 4, pressed_ms 8, pressed_utc_ms 8
    heartbeat  version 1, type 1, device 8, epoch 4, number 4, uptime_ms 8, boot_cause 1,
               pending 2, rssi 1, lateness_ms 2, heap_free 4, mains_mv 2, battery_mv 2,
               firmware 4, trouble 2 | seal 16                                      = 62 bytes

The content is what happened: it never changes, is what a device keeps in flash, and is what the
receiver compares when an identity arrives twice. The moment of sending differs each time and
stands outside the content but under the seal. Nothing is trusted before its seal has been checked.
"""

import struct

from alarm_wire.seal import SEAL_BYTES, Signer
from alarm_wire.signal import CLOCK_KNOWN, DEVICE_BYTES, FLAGS_KNOWN, Heartbeat, Moment, Signal

VERSION = 1

# Types of frame, the second byte.
SIGNAL_FRAME = 1
HEARTBEAT_FRAME = 2
RECEIPT_FRAME = 3
REFUSAL_FRAME = 4
PARCEL_FRAME = 5
IMAGE_FRAME = 6

_CONTENT = "!BB8sIIBBH8siQQ"
_SENT = "!IQ"
_BEAT = "!BB8sIIQBHbHIHHIH"
_HEAD = "!BB8sII"

CONTENT_BYTES = struct.calcsize(_CONTENT)
_SENT_BYTES = struct.calcsize(_SENT)
_BEAT_BYTES = struct.calcsize(_BEAT)
HEAD_BYTES = struct.calcsize(_HEAD)
SIGNAL_BYTES = CONTENT_BYTES + _SENT_BYTES + SEAL_BYTES
HEARTBEAT_BYTES = _BEAT_BYTES + SEAL_BYTES
FRAME_BYTES_MAX = 128
"""No frame of any type is longer; more is refused before it is looked at."""

# Why a frame is refused. The numbers are on the wire (refusal frames), the names in the API.
TRUNCATED = 1
OVERSIZE = 2
WRONG_VERSION = 3
WRONG_TYPE = 4
WRONG_SEAL = 5
UNKNOWN_DEVICE = 6
REVOKED_DEVICE = 7
IDENTITY_REUSED = 8
BAD_FIELD = 9
STALE = 10
TOO_MANY = 11

REASON_NAMES: "dict[int, str]" = {
    TRUNCATED: "truncated",
    OVERSIZE: "oversize",
    WRONG_VERSION: "wrong_version",
    WRONG_TYPE: "wrong_type",
    WRONG_SEAL: "wrong_seal",
    UNKNOWN_DEVICE: "unknown_device",
    REVOKED_DEVICE: "revoked_device",
    IDENTITY_REUSED: "identity_reused",
    BAD_FIELD: "bad_field",
    STALE: "stale",
    TOO_MANY: "too_many",
}


class WireError(Exception):
    """A refused frame: `reason` is one of the numbers above, `detail` says what and where."""

    def __init__(self, reason: int, detail: str) -> None:
        super().__init__("%s: %s" % (REASON_NAMES[reason], detail))
        self.reason = reason
        self.detail = detail


class Claim:
    """What a frame says of itself, before any seal is checked: type and identity. Not proof."""

    def __init__(self, kind_of_frame: int, device: bytes, epoch: int, number: int) -> None:
        self.kind_of_frame = kind_of_frame
        self.device = device
        self.epoch = epoch
        self.number = number

    def identity(self) -> "tuple[bytes, int, int]":
        """(device, epoch, number) as claimed."""
        return (self.device, self.epoch, self.number)


_LENGTHS = {SIGNAL_FRAME: SIGNAL_BYTES, HEARTBEAT_FRAME: HEARTBEAT_BYTES}


def claim(frame: bytes) -> Claim:
    """Type and identity that a frame claims; refuses what cannot be a frame of this version.

    A type that is not known is not refused here: who asks compares it with what may come to him.
    Raises WireError TRUNCATED, OVERSIZE or WRONG_VERSION.
    """
    return Claim(*_head(frame))


def _head(frame: bytes) -> "tuple[int, bytes, int, int]":
    """The same for whoever keeps nothing of it: type, device, epoch, number."""
    if len(frame) > FRAME_BYTES_MAX:
        raise WireError(OVERSIZE, "%d bytes, at most %d" % (len(frame), FRAME_BYTES_MAX))
    if len(frame) < 1:
        raise WireError(TRUNCATED, "no bytes at all")
    if frame[0] != VERSION:
        raise WireError(WRONG_VERSION, "version %d, known is %d" % (frame[0], VERSION))
    if len(frame) < HEAD_BYTES:
        raise WireError(TRUNCATED, "%d bytes, the head alone has %d" % (len(frame), HEAD_BYTES))
    _, kind_of_frame, device, epoch, number = struct.unpack(_HEAD, frame[:HEAD_BYTES])
    if kind_of_frame in _LENGTHS:
        check_length(frame, _LENGTHS[kind_of_frame])
    return kind_of_frame, device, epoch, number


def check_length(frame: bytes, length: int) -> None:
    """Refuse a frame that has not exactly `length` bytes."""
    if len(frame) < length:
        raise WireError(TRUNCATED, "%d bytes, this type has %d" % (len(frame), length))
    if len(frame) > length:
        raise WireError(OVERSIZE, "%d bytes, this type has %d" % (len(frame), length))


def open_sealed(frame: bytes, kind_of_frame: int, length: int, signer: Signer) -> bytes:
    """The bytes under the seal of `frame`, once version, type, length and seal have held."""
    claimed = _head(frame)[0]
    if claimed != kind_of_frame:
        raise WireError(WRONG_TYPE, "type %d, expected is %d" % (claimed, kind_of_frame))
    check_length(frame, length)
    body = frame[: length - SEAL_BYTES]
    if not signer.holds(body, frame[length - SEAL_BYTES :]):
        raise WireError(WRONG_SEAL, "the seal does not match the key of the device")
    return body


def content_of(signal: Signal) -> bytes:
    """The canonical content of `signal`, 50 bytes. Raises WireError BAD_FIELD."""
    _check_signal(signal)
    return struct.pack(
        _CONTENT,
        VERSION,
        SIGNAL_FRAME,
        signal.device,
        signal.epoch,
        signal.number,
        signal.kind,
        signal.flags,
        signal.zone,
        signal.about,
        signal.value,
        signal.pressed_ms,
        signal.pressed_utc_ms,
    )


def signal_of(content: bytes) -> Signal:
    """The signal whose content this is. WireError for what `content_of` cannot have made."""
    if len(content) != CONTENT_BYTES:
        raise WireError(
            TRUNCATED if len(content) < CONTENT_BYTES else OVERSIZE,
            "content has %d bytes, not %d" % (len(content), CONTENT_BYTES),
        )
    fields = struct.unpack(_CONTENT, content)
    if fields[0] != VERSION:
        raise WireError(WRONG_VERSION, "version %d, known is %d" % (fields[0], VERSION))
    if fields[1] != SIGNAL_FRAME:
        raise WireError(WRONG_TYPE, "type %d, expected is %d" % (fields[1], SIGNAL_FRAME))
    signal = Signal(
        fields[2],
        fields[3],
        fields[4],
        fields[5],
        flags=fields[6],
        zone=fields[7],
        about=fields[8],
        value=fields[9],
        pressed_ms=fields[10],
        pressed_utc_ms=fields[11],
    )
    _check_signal(signal)
    return signal


def seal_content(content: bytes, sent: Moment, signer: Signer) -> bytes:
    """The 78-byte frame of `content`, sent at `sent`; `signer` is for purpose SIGNAL."""
    return seal_sent(content, sent.epoch, sent.uptime_ms, signer)


def seal_sent(content: bytes, epoch: int, uptime_ms: int, signer: Signer) -> bytes:
    """The same, for a device whose heap has no room for one object more."""
    body = content + struct.pack(_SENT, epoch, uptime_ms)
    return body + signer.seal(body)


def open_signal(frame: bytes, signer: Signer) -> "tuple[Signal, Moment]":
    """The signal in `frame` and when it was sent. WireError; nothing unsealed gets through."""
    body = open_sealed(frame, SIGNAL_FRAME, SIGNAL_BYTES, signer)
    epoch, uptime_ms = struct.unpack(_SENT, body[CONTENT_BYTES:])
    signal = signal_of(body[:CONTENT_BYTES])
    if epoch < signal.epoch:
        raise WireError(BAD_FIELD, "sent in epoch %d, before %d" % (epoch, signal.epoch))
    return signal, Moment(epoch, uptime_ms)


def seal_heartbeat(beat: Heartbeat, signer: Signer) -> bytes:
    """The 62-byte frame of `beat`; `signer` is for purpose HEARTBEAT. Numbers are clipped."""
    body = struct.pack(
        _BEAT,
        VERSION,
        HEARTBEAT_FRAME,
        beat.device,
        beat.epoch,
        beat.number,
        beat.uptime_ms,
        min(beat.boot_cause, 0xFF),
        min(beat.pending, 0xFFFF),
        max(-128, min(beat.rssi_dbm, 127)),
        min(beat.lateness_ms, 0xFFFF),
        min(beat.heap_free, 0xFFFFFFFF),
        min(beat.mains_mv, 0xFFFF),
        min(beat.battery_mv, 0xFFFF),
        beat.firmware,
        beat.trouble,
    )
    return body + signer.seal(body)


def open_heartbeat(frame: bytes, signer: Signer) -> Heartbeat:
    """The heartbeat in `frame`. Raises WireError; nothing unsealed gets through."""
    fields = struct.unpack(_BEAT, open_sealed(frame, HEARTBEAT_FRAME, HEARTBEAT_BYTES, signer))
    if not fields[3] or not fields[4]:
        raise WireError(BAD_FIELD, "epoch and number count from 1")
    return Heartbeat(
        fields[2],
        fields[3],
        fields[4],
        uptime_ms=fields[5],
        boot_cause=fields[6],
        pending=fields[7],
        rssi_dbm=fields[8],
        lateness_ms=fields[9],
        heap_free=fields[10],
        mains_mv=fields[11],
        battery_mv=fields[12],
        firmware=fields[13],
        trouble=fields[14],
    )


def _check_signal(signal: Signal) -> None:
    """Refuse values outside the canonical form, so that each signal has exactly one content."""
    _check_range("epoch", signal.epoch, 1, 0xFFFFFFFF)
    _check_range("number", signal.number, 1, 0xFFFFFFFF)
    _check_range("kind", signal.kind, 1, 0xFF)
    _check_range("zone", signal.zone, 0, 0xFFFF)
    _check_range("value", signal.value, -0x80000000, 0x7FFFFFFF)
    _check_range("pressed_ms", signal.pressed_ms, 0, 0xFFFFFFFFFFFFFFFF)
    _check_range("pressed_utc_ms", signal.pressed_utc_ms, 0, 0xFFFFFFFFFFFFFFFF)
    if len(signal.device) != DEVICE_BYTES or len(signal.about) != DEVICE_BYTES:
        raise WireError(BAD_FIELD, "device and about have 8 bytes each")
    if signal.flags & ~FLAGS_KNOWN:
        raise WireError(BAD_FIELD, "flags 0x%02x has unknown bits" % signal.flags)
    if bool(signal.flags & CLOCK_KNOWN) != bool(signal.pressed_utc_ms):
        raise WireError(BAD_FIELD, "pressed_utc_ms goes with flag CLOCK_KNOWN, and only with it")


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise WireError(BAD_FIELD, "%s is %d, allowed are %d to %d" % (name, value, least, most))
