"""The receiver's clock does not jump, and follows small corrections."""

from alarm_receiver.anchor import Anchor
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


def test_the_next_process_goes_on_with_the_time_of_the_one_before(tmp_path):
    boot = tmp_path / "boot"
    boot.write_text("first\n")
    hands = Hands()
    before = hands.clock()
    Anchor(tmp_path / "clock.json", boot).keep(before.offset_ns)
    hands.wall -= 86_400 * 10**9
    hands.go_on(10)
    kept_ns = Anchor(tmp_path / "clock.json", boot).offset_ns()
    after = Clock(lambda: hands.wall, lambda: hands.monotonic, offset_ns=kept_ns)
    assert after.now_ms() == before.now_ms()
    assert after.skew_ms() == -86_400_000
    boot.write_text("second\n")
    assert Anchor(tmp_path / "clock.json", boot).offset_ns() is None


def test_a_file_that_is_no_anchor_is_none(tmp_path):
    for text in ("", "{}", "[]", '{"boot": "", "offset_ns": 1}', '{"boot": 1, "offset_ns": "x"}'):
        (tmp_path / "clock.json").write_text(text)
        assert Anchor(tmp_path / "clock.json").offset_ns() is None
    missing = Anchor(tmp_path / "no" / "clock.json")
    missing.keep(5)
    assert missing.offset_ns() is None
