"""Whatever arrives in whatever order and grouping: one ticket per emergency, nothing lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alarm_receiver.domain.intake import Arrival, Desk, class_of, decide
from alarm_receiver.domain.ticket import State, TicketClass
from alarm_wire import frame
from alarm_wire.seal import SIGNAL, Signer
from alarm_wire.signal import DURESS, HOLD_UP, PANIC, TEST, Moment, Signal

SIGNER = Signer(bytes(32), SIGNAL)


def arrival(device, number, kind, flags, sent_ms):
    said = Signal(bytes([device]) * 8, 1, number, kind, flags=flags)
    sent = Moment(1, sent_ms)
    whole = frame.seal_content(frame.content_of(said), sent, SIGNER)
    return Arrival(said, sent, whole, said.device.hex(), "own", f"site {device % 2}", sent_ms)


arrivals = st.builds(
    arrival,
    st.integers(1, 3),
    st.integers(1, 6),
    st.sampled_from([1, 3, 20, 32, 95, 96, 200]),
    st.sampled_from([0, TEST]),
    st.integers(0, 1000),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(arrivals, min_size=1, max_size=8), max_size=8))
def test_groups_of_any_cut(groups):
    desk = Desk({}, {}, {})
    first = {}
    opened = []
    for now_ms, group in enumerate(groups):
        verdicts, work = decide(group, desk, now_ms)
        assert len(verdicts) == len(group)
        stored = {one.identity: one.frame[:50] for one, _ in work.arrivals}
        assert len(stored) == len(work.arrivals)
        assert not stored.keys() & first.keys()
        first |= stored
        opened += work.opened
        for one, id_ in work.arrivals:
            assert (id_ is None) == (class_of(one.signal) is None)
        for one, verdict in zip(group, verdicts, strict=True):
            assert bool(verdict.refusal) == (first[one.identity] != one.frame[:50])
            if not verdict.refusal:
                assert verdict.ticket == desk.stored[one.identity].ticket
    assert len(opened) == len(set(opened)) == len(desk.live)
    assert all(one.state is State.OPEN and one.due_ms for one in desk.live.values())
    numbers = sorted(one.number for one in desk.live.values())
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_test_of_the_desk_or_of_the_keypad_hides_a_duress_code():
    for flags in (0, TEST):
        said = Signal(bytes(8), 1, 1, DURESS, flags=flags)
        assert class_of(said, on_test=True) is TicketClass.EMERGENCY
    for kind in (HOLD_UP, PANIC):
        assert class_of(Signal(bytes(8), 1, 1, kind), on_test=True) is TicketClass.EMERGENCY
        assert class_of(Signal(bytes(8), 1, 1, kind, flags=TEST)) is TicketClass.TEST
