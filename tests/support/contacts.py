"""Contacts as they are: waveforms of presses that bounce and of noise, and how a sampler sees them.

One list entry is 0.1 ms. Bounce after Ganssle, "A Guide to Debouncing": most switches under 6 ms, a
median of 1.6 ms, one of 157 ms: log-normal, cut there.
"""

from keypad.debounce import CLOSED, Debounce

TICKS = 10
"""Entries per millisecond."""
TOTAL_MS = 600


def bounce_ms(rng):
    return min(157.0, rng.lognormvariate(0.5, 1.0))


def _bounce(wave, start, length, level, rng):
    place = start
    end = min(len(wave), start + int(length * TICKS))
    now = 1 - level
    while place < end:
        stretch = max(1, int(rng.expovariate(1 / (length * TICKS / 12 + 0.1))))
        now ^= 1
        wave[place : min(end, place + stretch)] = [now] * (min(end, place + stretch) - place)
        place += stretch


def press(rng, hold_ms, bounce):
    """A press at 100 ms held for `hold_ms`, bouncing at both ends."""
    wave = [0] * (TOTAL_MS * TICKS)
    start = 100 * TICKS
    end = start + hold_ms * TICKS
    wave[start:end] = [1] * (end - start)
    _bounce(wave, start, bounce, 1, rng)
    _bounce(wave, end, bounce, 0, rng)
    return wave


def noise(rng, spikes=6, ms_max=2.0):
    """A window without a press: spikes of up to `ms_max`."""
    wave = [0] * (TOTAL_MS * TICKS)
    for _ in range(spikes):
        start = rng.randrange(len(wave))
        length = int(rng.uniform(0.1, ms_max) * TICKS) + 1
        wave[start : start + length] = [1] * len(wave[start : start + length])
    return wave


def presses(wave, rng, late_ms):
    """Moments (ms) of presses that a sampler sees which is woken by edges and late by `late_ms`."""
    debounce = Debounce()
    found = []
    place = 0
    while place < len(wave):
        if bool(wave[place]) == debounce.closed:
            place += 1
            continue
        while place < len(wave):
            closed = bool(wave[place])
            if debounce.sample(place // TICKS, closed) == CLOSED:
                found.append(place / TICKS)
            if debounce.settled(closed):
                break
            place += TICKS + int(rng.random() * late_ms * TICKS)
        debounce.rest()
        place += 1
    return found
