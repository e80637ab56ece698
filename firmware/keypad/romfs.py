"""Writes an image's files as ROMFS records into a third of flash from which nothing runs.

    romfs    d2 cd 31, length | for each folder: 4, length, length of its name, name |
             for each file in it: 5, length, length of its name, name, 2, length, content

A length is written in groups of seven bits, the highest first, and stands before what it measures:
the image's list of files is read first, its content second. MicroPython runs .mpy files of such an
image where they lie, so their bytecode takes no heap. It promises that no block of another third is
erased or written, and that what it wrote has been read back when `read_back` has ended. Loaded
while an image is put into flash, and forgotten after.
"""

import hashlib

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_START = b"\xd2\xcd\x31"
_FOLDER = b"\x04"
_FILE = b"\x05"
_CONTENT = b"\x02"
_BLOCK_BYTES = const(4096)
_PAGE_BYTES = const(256)
_BLOCKS = const(4)
_ERASE = const(6)
"""What a block device is asked: how many blocks it has, to erase one."""
_EIO = const(5)
_ENOSPC = const(28)


def _length(value: int) -> bytes:
    coded = bytes((value & 0x7F,))
    value >>= 7
    while value:
        coded = bytes((0x80 | value & 0x7F,)) + coded
        value >>= 7
    return coded


def heads(files: "list[tuple[str, int]]") -> "list[bytes]":
    """What stands before the content of each (folder/name, length), in their order.

    ValueError when the files of a folder do not stand together.
    """
    made = []
    sizes: "dict[str, int]" = {}
    for name, length in files:
        folder, _, rest = name.partition("/")
        named = _length(len(rest)) + rest.encode() + _CONTENT + _length(length)
        head = _FILE + _length(len(named) + length) + named
        sizes[folder] = sizes.get(folder, 0) + len(head) + length
        made.append((folder, head))
    folders = {}
    whole = 0
    for folder, size in sizes.items():
        named = _length(len(folder)) + folder.encode()
        folders[folder] = _FOLDER + _length(len(named) + size) + named
        whole += len(folders[folder]) + size
    length_of_all = _length(whole)
    if (len(_START) + len(length_of_all) + whole) & 1:
        length_of_all = b"\x80" + length_of_all  # an even number of bytes, as mpremote makes it
    before = _START + length_of_all
    whole_heads = []
    last = None
    for folder, head in made:
        if folder != last:
            if folder not in folders:
                raise ValueError("the files of %s do not stand together" % folder)
            before += folders.pop(folder)
        whole_heads.append(before + head)
        before = b""
        last = folder
    return whole_heads


class Third:
    """One third of a block device, written from its beginning. OSError when it is full or worn."""

    def __init__(self, device: "Any", third: int) -> None:
        size = device.ioctl(_BLOCKS, 0) // 3 * _BLOCK_BYTES
        self._device = device
        self._place = self._first = third * size
        self._end = self._first + size
        self._page = bytearray(_PAGE_BYTES)
        self._filled = 0
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Write what comes next."""
        rest = memoryview(data)
        while rest:
            count = min(len(rest), _PAGE_BYTES - self._filled)
            self._page[self._filled : self._filled + count] = rest[:count]
            self._filled += count
            rest = rest[count:]
            if self._filled == _PAGE_BYTES:
                self._flush()

    def read_back(self) -> "Iterator[None]":
        """Write the rest and compare all with what lies in flash, a page at a time."""
        if self._filled:
            self._page[self._filled :] = b"\xff" * (_PAGE_BYTES - self._filled)
            self._flush()
        digest = hashlib.sha256()
        for place in range(self._first, self._place, _PAGE_BYTES):
            self._device.readblocks(place // _BLOCK_BYTES, self._page, place % _BLOCK_BYTES)
            digest.update(self._page)
            yield
        if digest.digest() != self._digest.digest():
            raise OSError(_EIO)

    def _flush(self) -> None:
        if self._place == self._end:
            raise OSError(_ENOSPC)
        block, offset = divmod(self._place, _BLOCK_BYTES)
        if not offset:
            self._device.ioctl(_ERASE, block)
        self._device.writeblocks(block, self._page, offset)
        self._digest.update(self._page)
        self._place += _PAGE_BYTES
        self._filled = 0
