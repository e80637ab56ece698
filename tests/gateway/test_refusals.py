"""Refusals are shown for a while, one for each receiver and device, and never without end."""

from alarm_wire.frame import BAD_FIELD, STALE, TOO_MANY, UNKNOWN_DEVICE, WRONG_SEAL
from gateway.refusals import DEVICES_MAX, KEEP_MS, Refusals

ONE = b"keypad01"


def test_the_last_reason_counts_and_is_forgotten_after_a_while():
    refusals = Refusals()
    for reason in (STALE, TOO_MANY, BAD_FIELD):
        refusals.note("a", ONE, reason, 0)
    assert refusals.recent(0) == []
    refusals.note("a", ONE, UNKNOWN_DEVICE, 0)
    refusals.note("a", ONE, WRONG_SEAL, 1_000)
    refusals.note("b", ONE, UNKNOWN_DEVICE, 2_000)
    shown = [(one["receiver"], one["reason"]) for one in refusals.recent(3_000)]
    assert shown == [("a", "wrong_seal"), ("b", "unknown_device")]
    assert [one["receiver"] for one in refusals.recent(KEEP_MS + 1_500)] == ["b"]
    assert refusals.recent(KEEP_MS + 2_000) == []


def test_room_is_bounded():
    refusals = Refusals()
    for number in range(DEVICES_MAX + 9):
        refusals.note("a", number.to_bytes(8, "big"), UNKNOWN_DEVICE, 0)
    assert len(refusals.recent(0)) == DEVICES_MAX
