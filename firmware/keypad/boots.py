"""Counts starts in the NVS: the epoch, and starts in a row that ended badly."""

import machine
from esp32 import NVS

NAMESPACE = "holdfast"
_BLOB_BYTES = 2100


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


def number(name: str) -> int:
    """A number of the NVS, 0 when it was never set."""
    try:
        return NVS(NAMESPACE).get_i32(name)
    except OSError:
        return 0


def blob(nvs: NVS, name: str) -> bytes:
    """A blob of the NVS, nothing when it was never set."""
    buffer = bytearray(_BLOB_BYTES)
    try:
        return bytes(buffer[: nvs.get_blob(name, buffer)])
    except OSError:
        return b""


def settle() -> None:
    """The settings on trial have reached a receiver: they stay."""
    nvs = NVS(NAMESPACE)
    nvs.set_i32("trial", 0)
    nvs.commit()


def take_back() -> None:
    """The settings on trial have reached nobody: the old ones come back. The counter stays."""
    nvs = NVS(NAMESPACE)
    nvs.set_blob("config", blob(nvs, "before"))
    nvs.set_i32("trial", 0)
    nvs.commit()
