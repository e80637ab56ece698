"""Which MQTT input is a frame: everything else is refused by name before it is kept or sent on.

Pure. It checks what can be checked without a key: the topic, the size, the version, the type, the
canonical form, and that the topic's device is the one that the frame claims. The seal is the
receiver's to judge.
"""

from __future__ import annotations

from dataclasses import dataclass

from alarm_wire.frame import (
    CONTENT_BYTES,
    HEARTBEAT_FRAME,
    REASON_NAMES,
    SIGNAL_FRAME,
    WireError,
    claim,
    signal_of,
)
from alarm_wire.signal import DEVICE_BYTES, device_text, urgency
from gateway.errors import Refused

TOPIC_HEAD = "holdfast/1/"
SIGNAL_TOPIC = "signal"
HEARTBEAT_TOPIC = "heartbeat"
RECEIPT_TOPIC = "receipt"
CONFIG_TOPIC = "config"


@dataclass(slots=True)
class Admitted:
    """A frame that may be kept or passed on: whose, which, and how urgent it says it is.

    content  the 50 bytes that never change, of a signal; empty for a heartbeat
    urgency  class of the claimed kind, 0 to 2; STATUS for a heartbeat
    """

    device: bytes
    epoch: int
    number: int
    content: bytes
    urgency: int
    frame: bytes


def topic(device: bytes, leaf: str) -> str:
    """The topic of `device`, such as holdfast/1/0011223344556677/receipt."""
    return f"{TOPIC_HEAD}{device.hex()}/{leaf}"


def admit(topic_text: str, body: bytes, *, retained: bool = False) -> Admitted:
    """The frame in one MQTT input of topic signal or heartbeat. Raises Refused."""
    device, leaf = _device_of(topic_text)
    if retained:
        raise Refused(
            "retained", f"{topic_text}: frames are never retained; clear it at the broker"
        )
    try:
        claimed = claim(body)
        wanted = SIGNAL_FRAME if leaf == SIGNAL_TOPIC else HEARTBEAT_FRAME
        if claimed.kind_of_frame != wanted:
            raise Refused("wrong_type", f"{topic_text}: a frame of type {claimed.kind_of_frame}")
        if claimed.device != device:
            raise Refused(
                "wrong_device", f"{topic_text}: the frame is of {device_text(claimed.device)}"
            )
        if not claimed.epoch or not claimed.number:
            raise Refused("bad_field", f"{topic_text}: epoch and number count from 1")
        if leaf == HEARTBEAT_TOPIC:
            return Admitted(device, claimed.epoch, claimed.number, b"", 2, body)
        content = body[:CONTENT_BYTES]
        kind = signal_of(content).kind
    except WireError as error:
        raise Refused(REASON_NAMES[error.reason], f"{topic_text}: {error.detail}") from error
    return Admitted(device, claimed.epoch, claimed.number, content, urgency(kind), body)


def _device_of(topic_text: str) -> tuple[bytes, str]:
    """Device and leaf of a topic; Refused for one that is not ours, in any spelling but the one."""
    parts = topic_text.removeprefix(TOPIC_HEAD).split("/")
    if (
        not topic_text.startswith(TOPIC_HEAD)
        or len(parts) != 2  # noqa: PLR2004 - device and leaf
        or parts[1] not in {SIGNAL_TOPIC, HEARTBEAT_TOPIC}
    ):
        raise Refused("unknown_topic", topic_text[:80])
    text = parts[0]
    try:
        device = bytes.fromhex(text)
    except ValueError:
        device = b""
    if len(device) != DEVICE_BYTES or device.hex() != text:
        raise Refused("bad_device", f"{topic_text[:80]}: 16 lower-case hexadecimal digits")
    return device, parts[1]
