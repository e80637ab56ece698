"""`vfs.rom_ioctl` over the file FLASH.romfs, where a board has that partition.

MicroPython's Unix port has VfsRom and no rom_ioctl, so what maps the partition into memory is a
stand-in: a copy in the heap, which each write to the partition changes too, as flash that is mapped
shows what was written. Erasing and programming keep the laws of `esp32.Partition`. As on a chip a
valid image at the beginning of the partition is mounted at /rom by itself.
"""

import os
import sys

import vfs

mapped = b""


class _Vfs:
    """The module `vfs` of a MicroPython that has ROMFS."""

    VfsRom = vfs.VfsRom
    mount = staticmethod(vfs.mount)
    umount = staticmethod(vfs.umount)

    @staticmethod
    def rom_ioctl(operation, number=0):
        if operation == 1:
            return 1
        if operation == 2 and number == 0:
            return memoryview(mapped)
        return -22  # EINVAL, as the ESP32 port says


def _start():
    global mapped  # noqa: PLW0603  # made once, when the board gets power
    path = (os.getenv("BOARD_FLASH") or "") + ".romfs"
    try:
        mapped = bytearray(os.stat(path)[6])  # in one piece: the heap may be small
        with open(path, "rb") as file:
            file.readinto(mapped)
    except OSError:
        return  # a board without the partition
    sys.modules["vfs"] = _Vfs
    try:
        vfs.mount(vfs.VfsRom(memoryview(mapped)), "/rom")
        sys.path.extend(("/rom", "/rom/lib"))
    except OSError:
        pass  # nothing is there


_start()
