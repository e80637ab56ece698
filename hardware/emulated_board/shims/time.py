"""`time`: the real one, except that a board's interrupts are taken while its program sleeps."""

from sys import modules

import utime
from utime import *  # noqa: F403  # everything else is the real one

_STEP_US = 1000


def sleep_us(us):
    # looked up late: the wires need an event loop, which needs this module
    control = modules.get("_control")
    until = utime.ticks_add(utime.ticks_us(), us)
    while True:
        if control is not None:
            control.take()
        left_us = utime.ticks_diff(until, utime.ticks_us())
        if left_us <= 0:
            return
        utime.sleep_us(min(left_us, _STEP_US))


def sleep_ms(ms):
    sleep_us(ms * 1000)


def sleep(seconds):
    sleep_us(int(seconds * 1000000))
