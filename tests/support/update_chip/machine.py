"""`machine` as far as a start and an update need it. A reset ends whatever runs."""

PWRON_RESET = 1
HARD_RESET = 2
SOFT_RESET = 5

cause = [PWRON_RESET]


class Reset(BaseException):
    """The board starts anew."""


class Pin:
    IN = PULL_UP = 1

    def __init__(self, number, mode=-1, pull=-1):
        pass

    def value(self):
        return 1


class WDT:
    def __init__(self, timeout=0):
        pass


def reset_cause():
    return cause[0]


def reset():
    raise Reset
