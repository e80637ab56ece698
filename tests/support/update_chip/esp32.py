"""`esp32` over the chip whose steps are written down."""

import chip

_NOT_FOUND = -4354  # ESP_ERR_NVS_NOT_FOUND


class Partition:
    TYPE_DATA = 1

    @staticmethod
    def find(type=0, label=None):  # noqa: A002  # as the chip calls it
        return [chip.rom] if label == "romfs" else []


class NVS:
    def __init__(self, namespace):
        pass

    def get_i32(self, key):
        value = chip.nvs.get(key)
        if not isinstance(value, int):
            raise OSError(_NOT_FOUND)
        return value

    def set_i32(self, key, value):
        chip.step(chip.nvs, key, value)

    def get_blob(self, key, buffer):
        value = chip.nvs.get(key)
        if not isinstance(value, bytes):
            raise OSError(_NOT_FOUND)
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key, value):
        chip.step(chip.nvs, key, bytes(value))

    def erase_key(self, key):
        chip.step(chip.nvs, key, None)

    def commit(self):
        pass
