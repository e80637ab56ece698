"""Which kind of a ticket's signals decides what is done: the most urgent one."""

from __future__ import annotations

from alarm_wire.signal import KIND_NAMES

_NUMBERS = {name: number for number, name in KIND_NAMES.items()}
_LAST = 1_000
_FOUND = {"signals_missing": 900, "certificate_ends": 901}
"""What the receiver finds by itself: before a warning that has no kind, behind every signal."""


def more_urgent(one: str, other: str) -> str:
    """The kind that comes first: hold-up, duress, panic, medical, fire, then technical ones."""
    return one if _number(one) <= _number(other) else other


def _number(kind: str) -> int:
    known = _NUMBERS.get(kind, _FOUND.get(kind))
    if known is not None:
        return known
    digits = kind.removeprefix("kind_")
    return int(digits) if digits.isdigit() else _LAST
