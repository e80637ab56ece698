"""What tests/property and tests/faults show at length of contacts and the flash ring, under both.

The same waveforms, noise and power cuts, in numbers that MicroPython does in seconds.
"""

from chance import Chance
from contacts import bounce_ms, noise, press, presses
from flash_cuts import cut
from nor import Caching

WINDOWS = 400
PRESSES = 200
CUTS = 300


def test_noise_makes_no_press_with_the_loop_on_time_or_late():
    for late_ms in (0, 10):
        rng = Chance(late_ms + 1)
        assert sum(bool(presses(noise(rng), rng, late_ms)) for _ in range(WINDOWS)) == 0


def test_no_press_of_60_ms_is_missed_with_the_loop_on_time_or_late():
    for late_ms in (0, 10):
        rng = Chance(late_ms + 2)
        for _ in range(PRESSES):
            wave = press(rng, 60, min(10.0, bounce_ms(rng)))
            assert len(presses(wave, rng, late_ms)) == 1


def test_power_cuts_of_the_ring_lose_nothing():
    for seed, blocks in ((11, 4), (12, 6)):
        ledger, _ = cut(seed, CUTS, blocks=blocks, chance=Chance)
        assert ledger.adds > CUTS
        assert ledger.drops > CUTS // 2
        assert (ledger.lost, ledger.resurrected, ledger.altered, ledger.stuck) == (0, 0, 0, 0)


def test_the_cuts_catch_writes_that_are_not_flushed():
    assert cut(1, 100, flash=Caching, chance=Chance)[0].lost > 10
