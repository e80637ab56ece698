"""The receiver's clock does not jump, and follows small corrections."""

from alarm_receiver.clock import Clock


class Hands:
    def __init__(self):
        self.wall = 1_795_000_000 * 10**9
        self.monotonic = 5 * 10**9

    def go_on(self, s):
        self.wall += int(s * 10**9)
        self.monotonic += int(s * 10**9)

    def clock(self):
        return Clock(lambda: self.wall, lambda: self.monotonic)


def test_somebody_sets_the_clock_a_day_forth_or_back_and_nothing_falls_due():
    for jump_s in (86_400, -86_400, 3_600, -3_600):
        hands = Hands()
        clock = hands.clock()
        before = clock.now_ms()
        hands.wall += jump_s * 10**9
        hands.go_on(10)
        assert clock.now_ms() - before == 10_000
        assert clock.skew_ms() == jump_s * 1000


def test_small_corrections_are_followed_slowly():
    hands = Hands()
    clock = hands.clock()
    hands.wall += 200_000_000
    last = clock.now_ms()
    for _ in range(1000):
        hands.go_on(0.1)
        now = clock.now_ms()
        assert 90 <= now - last <= 110
        last = now
    assert abs(clock.skew_ms()) <= 1
