"""What becomes of settings on trial. Loaded only while there are some."""

from esp32 import NVS

from keypad.boots import NAMESPACE

TRIAL_MS = 120000
"""Settings with which no sealed receipt has come for so long after a start are taken back."""
_BLOB_BYTES = 2100


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
