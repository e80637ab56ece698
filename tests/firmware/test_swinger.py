"""What comes and goes without end is told a few times, then held back until it rests."""

from alarm_wire.signal import HELD_BACK, TAMPER, TAMPER_RESTORED
from keypad.panel import Wish
from keypad.swinger import QUIET_MS, TRIPS_MAX, Swinger

SECOND_MS = 1000


def swing(swinger, times, now_ms):
    """Open and close it so often, a second each; the kinds that are sent, and the time after."""
    sent = []
    for kind in (TAMPER, TAMPER_RESTORED) * times:
        wish = swinger.changed(now_ms, Wish(kind, value=2))
        assert swinger.quiet(now_ms) is None
        if wish is not None:
            sent.append((wish.kind, wish.zone, wish.value))
        now_ms += SECOND_MS
    return sent, now_ms


TOLD = [(TAMPER, 0, 2), (TAMPER_RESTORED, 0, 2)]
HELD = (HELD_BACK, 2, TAMPER)
UNTIL_HELD = TOLD * TRIPS_MAX
UNTIL_HELD.append(HELD)


def test_a_few_trips_are_told_and_then_that_it_is_held_back_once():
    swinger = Swinger()
    sent, now_ms = swing(swinger, TRIPS_MAX, 0)
    assert sent == TOLD * TRIPS_MAX
    assert swing(swinger, 10000, now_ms)[0] == [HELD]


def test_when_it_has_rested_its_state_is_told_and_all_begins_anew():
    for last in (TAMPER, TAMPER_RESTORED):
        swinger = Swinger()
        _, now_ms = swing(swinger, 3 * TRIPS_MAX, 0)
        assert swinger.changed(now_ms, Wish(last, value=2)) is None
        assert swinger.quiet(now_ms + QUIET_MS - 1) is None
        wish = swinger.quiet(now_ms + QUIET_MS)
        assert (wish.kind, wish.value) == (last, 2)
        assert swinger.quiet(now_ms + 2 * QUIET_MS) is None
        assert swing(swinger, TRIPS_MAX + 1, now_ms + QUIET_MS)[0] == UNTIL_HELD


def test_what_trips_now_and_then_is_never_held_back():
    swinger = Swinger()
    now_ms = 0
    for _ in range(100):
        sent, now_ms = swing(swinger, 1, now_ms)
        assert sent == TOLD
        now_ms += QUIET_MS


def test_one_that_never_rests_for_long_is_held_back_too():
    swinger = Swinger()
    sent = []
    for place in range(50):
        sent += swing(swinger, 1, place * (QUIET_MS - 5 * SECOND_MS))[0]
    assert sent == UNTIL_HELD
