"""Pins that `closed` moves and a watchdog that never bites."""

PWRON_RESET = 1


class Pin:
    IN = OUT = OPEN_DRAIN = 1
    PULL_UP = PULL_DOWN = 1
    IRQ_RISING = IRQ_FALLING = 1
    closed = ()

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self._in = id if value is None else -1

    def value(self, x=None):
        return 0 if self._in < 0 or self._in in Pin.closed else 1

    def irq(self, handler=None, trigger=3):
        return self


class WDT:
    def __init__(self, id=0, timeout=5000):
        pass

    def feed(self):
        pass


def reset_cause():
    return PWRON_RESET


def reset():
    raise SystemExit


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, *, atten=0):
        pass

    def read_uv(self):
        return 1_650_000


class PWM:
    def __init__(self, pin, *, freq=0, duty_u16=0):
        pass

    def duty_u16(self, x=None):
        pass
