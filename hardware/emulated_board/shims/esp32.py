"""`esp32.Partition` and `esp32.NVS` over files, with the laws of real flash.

Flash: erased to ones in blocks of 4096 bytes; a write may only clear bits. As on a chip with flash
encryption, a write covers whole units of 16 bytes and each unit is written once between two
erases: a write that breaks this is refused, so the firmware cannot come to depend on it. NVS: each
value that was set survives a power cut, as in the chip's own log-structured store.
"""

import json
import os
from binascii import hexlify, unhexlify
from errno import EINVAL

import _control
import _romfs

BLOCK_BYTES = 4096
UNIT_BYTES = 16
_NOT_FOUND = -4354  # ESP_ERR_NVS_NOT_FOUND
_ONES = b"\xff" * 256


class Partition:
    """One data partition in the file FLASH.LABEL."""

    TYPE_APP = 0
    TYPE_DATA = 1
    BOOT = 0
    RUNNING = 1

    def __init__(self, label):
        path = os.getenv("BOARD_FLASH") + "." + label
        self._label = label
        self._file = open(path, "r+b")
        self._size = os.stat(path)[6]

    @staticmethod
    def find(type=TYPE_APP, subtype=0xFF, label=None, block_size=BLOCK_BYTES):
        try:
            return [Partition(label)]
        except OSError:
            return []

    def info(self):
        return (Partition.TYPE_DATA, 0x40, 0, self._size, self._label, False)

    def readblocks(self, block, buf, offset=0):
        self._seek(block, offset, len(buf))
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        if offset % UNIT_BYTES or len(buf) % UNIT_BYTES:
            raise OSError(EINVAL)
        self._seek(block, offset, len(buf))
        for byte in self._file.read(len(buf)):
            if byte != 0xFF:
                raise OSError(EINVAL)  # a unit may be written once between two erases
        if os.getenv("BOARD_WORN") == self._label:  # worn flash: a bit does not stay
            buf = bytes([buf[0] ^ 1]) + bytes(buf[1:])
        self._program(block, offset, buf)

    def ioctl(self, cmd, arg):
        if cmd == 4:
            return self._size // BLOCK_BYTES
        if cmd == 5:
            return BLOCK_BYTES
        if cmd == 6:
            for place in range(0, BLOCK_BYTES, len(_ONES)):
                self._program(arg, place, _ONES)
            return 0
        return None

    def _program(self, block, offset, data):
        self._seek(block, offset, len(data))
        self._file.write(data)
        if self._label == "romfs":
            place = block * BLOCK_BYTES + offset
            _romfs.mapped[place : place + len(data)] = data

    def _seek(self, block, offset, length):
        place = block * BLOCK_BYTES + offset
        if place < 0 or place + length > self._size:
            raise OSError(EINVAL)
        self._file.seek(place)


class NVS:
    """Key-value store of one namespace in the file FLASH.nvs.NAMESPACE.

    Every value is durable when its `set` returns, one by one: as ESP-IDF writes them. Firmware that
    trusts in `commit` to keep two values together would fail here as on the chip.
    """

    def __init__(self, namespace):
        self._path = os.getenv("BOARD_FLASH") + ".nvs." + namespace

    def _values(self):
        try:
            with open(self._path) as file:
                return json.load(file)
        except OSError:
            return {}

    def _write(self, key, value):
        values = self._values()
        if value is None:
            del values[key]
        else:
            values[key] = value
        _control.step("nvs " + key)
        with open(self._path + "~", "w") as file:
            json.dump(values, file)
        os.rename(self._path + "~", self._path)

    def get_i32(self, key):
        value = self._values().get(key)
        if not isinstance(value, int):
            raise OSError(_NOT_FOUND)
        return value

    def set_i32(self, key, value):
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError("value does not fit 32 bits")
        self._write(key, value)

    def get_blob(self, key, buffer):
        value = self._values().get(key)
        if not isinstance(value, str):
            raise OSError(_NOT_FOUND)
        data = unhexlify(value)
        if len(data) > len(buffer):
            raise OSError(-4364)  # ESP_ERR_NVS_INVALID_LENGTH
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key, value):
        if os.getenv("BOARD_WORN") == key:  # worn flash: a bit of this value does not stay
            value = bytes([value[0] ^ 1]) + value[1:]
        self._write(key, hexlify(value).decode())

    def erase_key(self, key):
        if key not in self._values():
            raise OSError(_NOT_FOUND)
        self._write(key, None)

    def commit(self):
        pass
