"""The time of day is what the receiver sealed for a heartbeat sent a moment ago, or unknown."""

from keypad import clock
from keypad.clock import ROUND_TRIP_MS_MAX, Wall

NOON = 1790000000000


def test_nobody_has_told():
    assert Wall().utc_ms(5000) == 0


def test_the_answer_to_the_last_heartbeat_sets_the_clock_to_the_middle_of_its_way():
    wall = Wall()
    wall.asked(7, 1000)
    assert wall.told(7, NOON, 1200)
    assert wall.utc_ms(1200) == NOON + 100
    assert wall.utc_ms(5000) == NOON + 3900


def test_an_answer_counts_once_and_only_to_the_last_heartbeat():
    wall = Wall()
    wall.asked(7, 1000)
    assert not wall.told(6, NOON, 1100)
    assert wall.told(7, NOON, 1100)
    assert not wall.told(7, NOON + 10**9, 1150)
    wall.asked(8, 2000)
    wall.asked(9, 3000)
    assert not wall.told(8, NOON, 3100)
    assert wall.utc_ms(1100) == NOON + 50


def test_a_slow_answer_or_one_without_a_moment_says_nothing():
    wall = Wall()
    wall.asked(1, 0)
    assert not wall.told(1, NOON, ROUND_TRIP_MS_MAX + 1)
    assert not wall.told(1, 0, 100)
    assert wall.utc_ms(100) == 0


class Board:
    """`time` of a board whose counter wraps after 2**30 ms; it jumps at each look."""

    def __init__(self, jumps_ms):
        self._now = (1 << 30) - 5000
        self._jumps_ms = jumps_ms

    def ticks_ms(self):
        self._now += self._jumps_ms.pop(0) if self._jumps_ms else 0
        return self._now & ((1 << 30) - 1)

    def ticks_diff(self, later, earlier):
        half = 1 << 29
        return ((later - earlier + half) & ((1 << 30) - 1)) - half


def test_uptime_goes_on_when_the_boards_counter_wraps():
    real = clock.time
    clock.time = Board([0, 1000, 0, 9000, 86400000])
    try:
        uptime = clock.Uptime()
        seen = [uptime.now_ms() for _ in range(5)]
    finally:
        clock.time = real
    assert seen == [1000, 1000, 10000, 86410000, 86410000]
