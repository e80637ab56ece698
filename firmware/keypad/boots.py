"""Counts starts in the NVS: the epoch, and starts in a row that ended badly."""

import machine
from esp32 import NVS

NAMESPACE = "holdfast"
_NOT_FOUND = -4354  # ESP_ERR_NVS_NOT_FOUND


def next_epoch(least: int) -> int:
    """Count this boot, durably, and return it: more than ever before and at least `least`."""
    nvs = NVS(NAMESPACE)
    try:
        epoch = nvs.get_i32("epoch")
    except OSError:
        epoch = 0
    epoch = max(epoch + 1, least)
    nvs.set_i32("epoch", epoch)
    nvs.commit()
    return epoch


def count_crash() -> int:
    """How many starts in a row ended badly within a minute; this one counts until it held."""
    nvs = NVS(NAMESPACE)
    crashes = 0
    if machine.reset_cause() != machine.PWRON_RESET:
        try:
            crashes = nvs.get_i32("crashes") + 1
        except OSError:
            crashes = 1
    nvs.set_i32("crashes", crashes)
    nvs.commit()
    return crashes


def started_well() -> None:
    """This start has held: forget the bad ones."""
    put("crashes", 0)


def restart() -> None:
    """Start again in good order: no crash."""
    put("crashes", -1)
    machine.reset()


def jammed() -> int:
    """Contacts that have stayed closed since before this start, a bit each.

    None when power was gone, nobody knows for how long: rather a press too many than one too few.
    """
    mask = number("jammed")
    if mask and machine.reset_cause() == machine.PWRON_RESET:
        put("jammed", 0)
        return 0
    return mask


def put(name: str, value: int) -> None:
    """Set a number of the NVS."""
    nvs = NVS(NAMESPACE)
    nvs.set_i32(name, value)
    nvs.commit()


def number(name: str) -> int:
    """A number of the NVS, 0 when it was never set."""
    try:
        return NVS(NAMESPACE).get_i32(name)
    except OSError:
        return 0


def has(name: str) -> bool:
    """Whether the NVS has a blob `name`, without the memory to read it."""
    try:
        return NVS(NAMESPACE).get_blob(name, bytearray(1)) > 0
    except OSError as error:
        return error.errno != _NOT_FOUND
