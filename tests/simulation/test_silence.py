"""Seven simulated days: real silence is told in time, and a bad radio never makes a false one.

Each keypad sends a heartbeat every 10 s; 5 % of them are lost, the others come up to 2 s late. The
cores are the real ones, with the gateway's defaults; only the clock and the radio are made here.
"""

import random

import pytest

from alarm_wire.signal import DEVICE_LATE, DEVICE_LOST, DEVICE_RESTORED
from alarm_wire.supervision import Term
from gateway.config import Keypads
from gateway.paths import PROFILES, Path, Paths
from gateway.watch import Watch

DAY_MS = 86_400_000
BEAT_MS = 10_000
JITTER_MS = 2_000
LOSS = 0.05
SEED = 20_261_121


def beats(chance, days, start_ms):
    """Moments at which heartbeats of one keypad arrive, with their numbers."""
    for number in range(1, days * DAY_MS // BEAT_MS + 1):
        if chance.random() >= LOSS:
            yield start_ms + number * BEAT_MS + int(chance.random() * JITTER_MS), number


def watched(keypads):
    config = Keypads()
    term = Term(int(config.late_s * 1000), int(config.lost_s * 1000))
    watch = Watch(term, len(keypads), dict.fromkeys(keypads, 0), 0)
    watch.link(up=True, now_ms=0)
    return watch


@pytest.mark.parametrize("keypad", range(15))
def test_no_keypad_is_told_late_or_lost_in_seven_days_of_loss_and_jitter(keypad):
    chance = random.Random(SEED + keypad)
    name = b"keypad%02d" % keypad
    watch = watched([name])
    for now_ms, number in beats(chance, 7, chance.randrange(BEAT_MS)):
        assert watch.judge(now_ms) == []
        watch.beat(name, 1, number, now_ms)
        assert watch.confirmed(name, 1, number, now_ms) == []


def test_a_keypad_that_dies_is_told_late_and_then_lost_in_time_and_restored_at_once():
    chance = random.Random(SEED)
    for death in range(200):
        watch = watched([b"keypad00"])
        last_ms = 0
        for now_ms, number in beats(chance, 1, 0):
            if number > 20 + death % 7:
                break
            watch.judge(now_ms)
            watch.confirmed(b"keypad00", 1, number, now_ms)
            last_ms = now_ms
        told = {}
        now_ms = last_ms
        while DEVICE_LOST not in told:
            now_ms = watch.next_ms()
            for one in watch.judge(now_ms):
                told[one.kind] = now_ms - last_ms
        assert (told[DEVICE_LATE], told[DEVICE_LOST]) == (65_000, 90_000)
        (back,) = watch.confirmed(b"keypad00", 2, 1, now_ms + 5)
        assert back.kind == DEVICE_RESTORED


@pytest.mark.parametrize("profile", ["SP4", "SP5", "SP6"])
def test_no_path_is_told_lost_in_seven_days_of_loss_and_jitter_and_a_dead_one_in_time(profile):
    chance = random.Random(SEED)
    paths = Paths([Path("a", 0, 0, PROFILES[profile])], 0)
    reporting_ms = PROFILES[profile].first_s * 1000
    now_ms = 0
    while now_ms < 7 * DAY_MS:
        now_ms += paths.poll_ms(1)
        # TCP repeats what is lost: a poll fails only when three in a row were, within its 5 s.
        failed = all(chance.random() < LOSS for _ in range(3))
        if failed:
            paths.fails(1, "lost", now_ms)
            assert paths.judge(now_ms + 5_000) == []
        else:
            assert paths.stands(1, now_ms + int(chance.random() * JITTER_MS)) == []
    paths.stands(1, now_ms)
    died_ms = poll_ms = now_ms
    while not paths.judge(now_ms):  # the gateway judges once a second
        now_ms += 1_000
        if now_ms >= poll_ms + paths.poll_ms(1) + 5_000:  # the poll after it, and its patience
            paths.fails(1, "dead", now_ms)
            poll_ms = now_ms
    assert now_ms - died_ms <= reporting_ms
