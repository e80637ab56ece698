"""An image's files as ROMFS records: what MicroPython's own reader and mpremote's writer say."""

import hashlib

from keypad.romfs import Third, heads

FILES = [("alarm_wire/seal.mpy", 300), ("boards/b.mpy", 0), ("keypad/a.mpy", 17000)]
BLOCK = 4096


class Device:
    """Flash: a program only clears bits. `worn`: a place where one bit stays."""

    def __init__(self, blocks, worn=None):
        self.cells = bytearray(b"\0" * (blocks * BLOCK))
        self.worn = worn
        self.erased = []

    def ioctl(self, operation, argument):
        if operation == 4:
            return len(self.cells) // BLOCK
        assert operation == 6
        self.erased.append(argument)
        self.cells[argument * BLOCK : (argument + 1) * BLOCK] = b"\xff" * BLOCK
        return 0

    def writeblocks(self, block, data, offset):
        for at, byte in enumerate(data, block * BLOCK + offset):
            self.cells[at] &= byte
        if self.worn is not None:
            self.cells[self.worn] |= 1

    def readblocks(self, block, buffer, offset):
        place = block * BLOCK + offset
        buffer[:] = self.cells[place : place + len(buffer)]


def content(number, length):
    seed = hashlib.sha256(bytes((number,))).digest()
    return (seed * (length // 32 + 1))[:length]


def image(files):
    parts = heads(files)
    return b"".join(parts[at] + content(at, files[at][1]) for at in range(len(files)))


def refusal(kind, act, *given):
    """The first word of the error that `act` must end with."""
    try:
        act(*given)
    except kind as error:
        return error.args[0]
    raise AssertionError("taken")


def test_micropython_reads_what_was_written():
    try:
        import vfs
    except ImportError:
        return  # CPython: test_romfs_images.py compares it with mpremote's
    rom = vfs.VfsRom(image(FILES))
    assert [entry[0] for entry in rom.ilistdir("")] == ["alarm_wire", "boards", "keypad"]
    for at, (name, length) in enumerate(FILES):
        with rom.open(name, "rb") as file:
            assert file.read() == content(at, length)


def test_a_folder_whose_files_do_not_stand_together_is_refused():
    apart = [("a/1", 1), ("b/1", 1), ("a/2", 1)]
    assert "a do not stand together" in refusal(ValueError, heads, apart)


def test_each_third_holds_its_own_and_no_other_block_is_touched():
    for third in range(3):
        device = Device(18)
        made = Third(device, third)
        whole = image(FILES)
        for place in range(0, len(whole), 100):
            made.write(whole[place : place + 100])
        for _ in made.read_back():
            pass
        start = third * 6 * BLOCK
        assert device.cells[start : start + len(whole)] == whole
        assert device.erased == list(range(third * 6, third * 6 + len(whole) // BLOCK + 1))
        rest = bytes(device.cells[:start]) + bytes(device.cells[start + 6 * BLOCK :])
        assert rest == b"\0" * (12 * BLOCK)


def test_a_third_that_is_full_takes_no_more():
    made = Third(Device(3), 1)
    made.write(b"x" * BLOCK)
    assert refusal(OSError, made.write, b"x" * 256) == 28


def test_flash_that_does_not_keep_a_bit_is_seen():
    made = Third(Device(6, worn=2 * BLOCK + 300), 1)
    made.write(bytes(600))
    assert refusal(OSError, list, made.read_back()) == 5
