"""A path is told lost once, within its profile's time; the second steps up for the first."""

import pytest

from gateway.paths import BROKER, FALLS_MS, PROFILES, Path, Paths

MINUTE_MS = 60_000


def dual(profile="DP4"):
    chosen = PROFILES[profile]
    return Paths([Path("a", 0, 0, chosen), Path("a/2", 0, 1, chosen)], 0)


def told(standings):
    return [(one.path, one.lost) for one in standings]


def test_a_path_is_lost_once_and_returns_once():
    paths = Paths([Path("a", 0, 0, PROFILES["SP6"])], 0)
    assert paths.stands(1, 1_000) == []
    assert paths.fails(1, "refused", 0)
    assert not paths.fails(1, "refused again", 0)
    assert paths.judge(15_999) == []
    lost = paths.judge(16_000)
    assert told(lost) == [(1, True)]
    assert lost[0].text == "refused again"
    assert paths.judge(99_000) == []
    assert paths.lost() == {1}
    assert told(paths.stands(1, 100_000)) == [(1, False)]
    assert paths.stands(1, 100_001) == []
    assert not paths.failing()


def test_silence_alone_is_no_loss_until_something_failed():
    paths = Paths([Path("a", 0, 0, PROFILES["SP6"])], 0)
    assert paths.judge(10**9) == []


@pytest.mark.parametrize("name", list(PROFILES))
def test_a_loss_is_noticed_and_told_within_the_reporting_time(name):
    profile = PROFILES[name]
    paths = dual(name) if profile.second_s else Paths([Path("a", 0, 0, profile)], 0)
    for path in range(1, len(paths)):
        reporting_ms = 1000 * (profile.second_s if path > 1 else profile.first_s)
        paths = dual(name) if profile.second_s else Paths([Path("a", 0, 0, profile)], 0)
        now_ms = 0
        while True:  # each poll fails after its 5 s; a tick of 1 s judges
            now_ms += paths.poll_ms(path) + 5_000
            paths.fails(path, "dead", 0)
            if paths.judge(now_ms + 1_000):
                break
        first_poll_ms = paths.poll_ms(path)
        assert now_ms <= max(reporting_ms, first_poll_ms + 6_000)


def test_the_first_path_keeps_its_connection_warm_whatever_the_profile():
    assert dual("DP1").poll_ms(1) == 30_000
    assert dual("DP4").poll_ms(1) == 22_500


def test_the_second_path_steps_up_while_the_first_fails_and_back_down_after():
    paths = dual("DP4")
    assert paths.poll_ms(2) == 75 * MINUTE_MS
    paths.fails(1, "dead", 0)
    assert paths.poll_ms(2) == 22_500
    paths.fails(2, "dead as well", 0)
    assert told(paths.judge(70_000)) == [(1, True), (2, True)]
    paths.stands(1, 80_000)
    assert paths.poll_ms(2) == 75 * MINUTE_MS


def test_orders_go_by_the_first_path_that_stands():
    paths = dual()
    assert paths.best(0) == [1, 2]
    paths.fails(1, "dead", 0)
    assert paths.best(0) == [2, 1]
    paths.fails(2, "dead", 0)
    assert paths.best(0) == [1, 2]
    paths.stands(2, 5)
    assert paths.best(0) == [2, 1]
    assert paths.best(7) == []


def test_receivers_do_not_step_each_other_up_and_the_broker_is_path_0():
    profile = PROFILES["DP4"]
    paths = Paths(
        [Path("a", 0, 0, profile), Path("b", 1, 0, profile), Path("b/2", 1, 1, profile)], 0
    )
    paths.fails(1, "dead", 0)
    paths.fails(BROKER, "gone", 0)
    assert paths.poll_ms(3) == 75 * MINUTE_MS
    assert told(paths.judge(10_000)) == [(BROKER, True)]
    assert [paths.name(path) for path in range(4)] == ["broker", "a", "b", "b/2"]


def test_a_poll_that_was_set_by_hand_is_kept():
    paths = Paths([Path("a", 0, 0, PROFILES["SP5"], poll_ms=50)], 0)
    assert paths.poll_ms(1) == 50


def test_a_brokers_link_that_falls_and_stands_all_the_time_is_told_lost_until_it_is_steady():
    paths = Paths([], 0)
    told = []
    for turn in range(1, 11):  # another client with our name: each cuts the other off
        paths.fails(BROKER, "the broker is gone: Session taken over", turn * 2_000)
        told += paths.judge(turn * 2_000)
        told += paths.stands(BROKER, turn * 2_000 + 900)
        told += paths.judge(turn * 2_000 + 1_000)
    (lost,) = told
    assert lost.path == BROKER
    assert lost.lost
    assert "fell 5 times in 5 minutes, last: the broker is gone: Session taken over" in lost.text
    assert paths.judge(20_900 + FALLS_MS - 10_001) == []
    (back,) = paths.judge(20_900 + FALLS_MS)
    assert (back.path, back.lost) == (BROKER, False)
    assert paths.judge(20_900 + 2 * FALLS_MS) == []


def test_a_broker_that_is_restarted_now_and_then_is_no_loss():
    paths = Paths([], 0)
    for turn in range(1, 50):
        now_ms = turn * FALLS_MS // 4
        paths.fails(BROKER, "gone", now_ms)
        assert paths.judge(now_ms) == []
        assert paths.stands(BROKER, now_ms + 500) == []
        assert paths.judge(now_ms + 501) == []
