"""`micropython` for unit files of the firmware under CPython: `const` is all they need of it."""


def const(value):
    """The value itself; MicroPython's compiler folds it."""
    return value
