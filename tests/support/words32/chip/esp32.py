"""Flash in one file and settings in another: neither is heap on a board."""

import json
from binascii import unhexlify


class Partition:
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, label):
        self._file = open("/state/flash." + label, "r+b")

    @staticmethod
    def find(type=0, subtype=0xFF, label=None):
        return [Partition(label)] if label == "ring" else []

    def readblocks(self, block, buf, offset=0):
        self._file.seek(block * 4096 + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        self._file.seek(block * 4096 + offset)
        self._file.write(buf)

    def ioctl(self, cmd, arg):
        if cmd == 4:
            return self._file.seek(0, 2) // 4096
        if cmd == 6:
            self._file.seek(arg * 4096)
            self._file.write(b"\xff" * 4096)
        return 0


class NVS:
    def __init__(self, namespace):
        with open("/state/flash.nvs." + namespace) as file:
            self._values = json.load(file)

    def get_i32(self, key):
        raise OSError(-4354)

    def set_i32(self, key, value):
        pass

    def get_blob(self, key, buffer):
        if key not in self._values:
            raise OSError(-4354)
        data = unhexlify(self._values[key])
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key, value):
        pass

    def erase_key(self, key):
        pass

    def commit(self):
        pass
