"""What becomes of settings on trial. Loaded only while there are some."""

from esp32 import NVS

from keypad.boots import NAMESPACE, number

TRIAL_MS = 120000
"""Settings with which no sealed receipt has come for so long after a start are taken back."""
_BLOB_BYTES = 2100
_STARTS_MAX = 3
"""Settings that did not stay after so many starts with them are taken back, whatever went wrong."""


def blob(nvs: NVS, name: str) -> bytes:
    """A blob of the NVS, nothing when it was never set."""
    buffer = bytearray(_BLOB_BYTES)
    try:
        return bytes(buffer[: nvs.get_blob(name, buffer)])
    except OSError:
        return b""


def started() -> None:
    """A start while settings are on trial, or while they are being taken back."""
    nvs = NVS(NAMESPACE)
    starts = number("starts") + 1
    if number("trial") != 1 or starts > _STARTS_MAX:
        take_back()
        return
    nvs.set_i32("starts", starts)
    nvs.commit()


def settle() -> None:
    """The settings on trial have reached a receiver and stay; or their taking back is told."""
    nvs = NVS(NAMESPACE)
    nvs.set_i32("trial", 0)
    nvs.commit()


def take_back() -> None:
    """The settings on trial have reached nobody: the old ones come back. The counter stays.

    The next start tells (2): it has a way to somebody again. After a power cut it goes on (3).
    """
    nvs = NVS(NAMESPACE)
    nvs.set_i32("trial", 3)
    nvs.set_blob("config", blob(nvs, "before"))
    nvs.set_i32("trial", 2)
    nvs.commit()


def told_settings() -> None:
    """That settings were taken back is kept as a signal: say it once."""
    if number("trial") == 2:  # noqa: PLR2004  # as above
        settle()


def confirm_image(version: int) -> None:
    """The image on trial has had its heartbeat answered: it stays, and nothing older comes back."""
    nvs = NVS(NAMESPACE)
    nvs.set_i32("release", version)
    nvs.set_i32("image", nvs.get_i32("image") >> 2 & 3)
    nvs.commit()


def take_back_image() -> None:
    """Nobody has answered the image on trial: the next start is with the one that has worked."""
    nvs = NVS(NAMESPACE)
    nvs.set_i32("image", nvs.get_i32("image") & 3)
    nvs.commit()


def told(version: int = 0) -> None:
    """What became of the image that was tried is kept as a signal: say it once.

    `version`: it is on trial only now, the power went beside the switch (keypad.install).
    """
    nvs = NVS(NAMESPACE)
    nvs.set_i32("tried", version)
    nvs.commit()
