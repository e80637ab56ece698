"""Random numbers that are the same under both interpreters: MicroPython has no `random.Random`."""

import math


class Chance:
    """Park and Miller's generator, asked as `random.Random` is."""

    def __init__(self, seed):
        self._state = seed * 7919 % 2147483646 + 1

    def random(self):
        self._state = self._state * 48271 % 2147483647
        return self._state / 2147483647

    def randrange(self, start, stop=None):
        low, high = (0, start) if stop is None else (start, stop)
        self._state = self._state * 48271 % 2147483647
        return low + self._state % (high - low)

    def choice(self, things):
        return things[self.randrange(len(things))]

    def uniform(self, low, high):
        return low + (high - low) * self.random()

    def expovariate(self, rate):
        return -math.log(1 - self.random()) / rate

    def lognormvariate(self, mu, sigma):
        turn = 2 * math.pi * self.random()
        return math.exp(mu + sigma * math.sqrt(-2 * math.log(1 - self.random())) * math.cos(turn))
