"""Counts starts in the NVS: the epoch, and starts in a row that ended badly."""

import machine
from esp32 import NVS

NAMESPACE = "holdfast"


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
    nvs = NVS(NAMESPACE)
    nvs.set_i32("crashes", 0)
    nvs.commit()
