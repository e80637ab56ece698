"""What a receiver answers to our own heartbeat: proof that a path leads to it, and its clock.

Pure. It promises that nothing but a receipt for this very heartbeat, sealed for this gateway,
counts; everything else is an AnswerError that says what to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_wire.frame import HEAD_BYTES, RECEIPT_FRAME, STALE, VERSION, WireError
from alarm_wire.receipt import HEARD, RECEIPT_BYTES, unpack_refusal
from alarm_wire.seal import SEAL_BYTES
from gateway.errors import AnswerError

if TYPE_CHECKING:
    from gateway.own import Own

_RECEIPT_HEAD = bytes([VERSION, RECEIPT_FRAME])
_MOMENT_AT = RECEIPT_BYTES - SEAL_BYTES - 8


def heard(name: str, asked: bytes, answers: list[bytes], own: Own) -> int:
    """The receiver's clock in its answer to `asked`, UTC in ms. Raises AnswerError."""
    if len(answers) != 1 or answers[0][:HEAD_BYTES] != _RECEIPT_HEAD + asked[2:HEAD_BYTES]:
        if len(answers) == 1 and is_stale(answers[0], asked):
            raise AnswerError(
                f"{name}: has heard a later start of this gateway; does a second one run under "
                "our identity? End it, then restart this one"
            )
        raise AnswerError(f"{name}: no receipt for our heartbeat; is this gateway registered?")
    if answers[0][HEAD_BYTES] != HEARD or not own.holds(answers[0]):
        raise AnswerError(f"{name}: a receipt whose seal does not hold; is our key the right one?")
    return int.from_bytes(answers[0][_MOMENT_AT:-SEAL_BYTES], "big")


def is_stale(answer: bytes, asked: bytes) -> bool:
    """Whether `answer` says that a later heartbeat than `asked` was heard; it is not sealed."""
    try:
        refusal = unpack_refusal(answer)
    except WireError:
        return False
    return refusal.reason == STALE and answer[2:HEAD_BYTES] == asked[2:HEAD_BYTES]
