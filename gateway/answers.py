"""What a receiver answers: to our own heartbeat (a path stands), and to the frames of an order.

Pure. It promises that a path stands on nothing but a receipt for this very heartbeat, sealed for
this gateway; that an answer to a frame names that frame; and that our own signals are answered for
by nothing less than a seal that holds. Everything else is an AnswerError that says what to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_wire.frame import (
    HEAD_BYTES,
    RECEIPT_FRAME,
    REFUSAL_FRAME,
    STALE,
    TOO_MANY,
    VERSION,
    WireError,
    claim,
)
from alarm_wire.receipt import ACKNOWLEDGED, HEARD, RECEIPT_BYTES, STORED, unpack_refusal
from alarm_wire.seal import SEAL_BYTES
from alarm_wire.signal import STARTED, device_text
from gateway.errors import AnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.acts import Frame

STATE_AT = HEAD_BYTES
"""Where the state stands in a receipt."""
_KIND_AT = HEAD_BYTES

_RECEIPT_HEAD = bytes([VERSION, RECEIPT_FRAME])
_MOMENT_AT = RECEIPT_BYTES - SEAL_BYTES - 8


def heard(name: str, asked: bytes, answers: list[bytes], holds: Callable[[bytes], bool]) -> int:
    """The receiver's clock in its answer to `asked`, UTC in ms. Raises AnswerError."""
    if len(answers) != 1 or answers[0][:HEAD_BYTES] != _RECEIPT_HEAD + asked[2:HEAD_BYTES]:
        if len(answers) == 1 and is_stale(answers[0], asked):
            raise AnswerError(
                f"{name}: has heard a later start of this gateway; does a second one run under "
                "our identity? End it, then restart this one"
            )
        raise AnswerError(f"{name}: no receipt for our heartbeat; is this gateway registered?")
    whole = len(answers[0]) == RECEIPT_BYTES
    if not whole or answers[0][STATE_AT] != HEARD or not holds(answers[0]):
        raise AnswerError(f"{name}: a receipt whose seal does not hold; is our key the right one?")
    return int.from_bytes(answers[0][_MOMENT_AT:-SEAL_BYTES], "big")


def is_stale(answer: bytes, asked: bytes) -> bool:
    """Whether `answer` says that a later heartbeat than `asked` was heard; it is not sealed."""
    try:
        refusal = unpack_refusal(answer)
    except WireError:
        return False
    return refusal.reason == STALE and answer[2:HEAD_BYTES] == asked[2:HEAD_BYTES]


def verdict(frame: Frame, answer: bytes, own: bytes, holds: Callable[[bytes], bool]) -> int:
    """0 for a receipt, else the reason of a refusal. Raises AnswerError for neither."""
    try:
        claimed = claim(answer)
        if claimed.identity() != (frame.device, frame.epoch, frame.number):
            raise AnswerError(f"an answer for someone else in the place of {_who(frame)}")
        if claimed.kind_of_frame == REFUSAL_FRAME:
            reason = unpack_refusal(answer).reason
            if reason == TOO_MANY and (not frame.content or frame.content[_KIND_AT] < STARTED):
                raise AnswerError(f"{_who(frame)} is no status signal and yet too many")
            return reason
    except WireError as error:
        raise AnswerError(f"no answer for {_who(frame)}: {error}") from error
    if claimed.kind_of_frame != RECEIPT_FRAME or len(answer) != RECEIPT_BYTES:
        raise AnswerError(f"neither receipt nor refusal for {_who(frame)}")
    if answer[STATE_AT] not in ((STORED, ACKNOWLEDGED) if frame.content else (HEARD,)):
        raise AnswerError(f"a receipt of state {answer[STATE_AT]} for {_who(frame)}")
    if frame.device == own and not holds(answer):
        raise AnswerError(
            f"the seal of the receipt for {_who(frame)} does not hold: wrong receiver?"
        )
    return 0


def _who(frame: Frame) -> str:
    return f"{device_text(frame.device)} {frame.epoch}.{frame.number}"
