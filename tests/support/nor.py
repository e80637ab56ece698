"""Flash with the laws of NOR and of flash encryption; its power can be cut at any operation."""

BLOCK = 4096
UNIT = 16


class PowerCutError(Exception):
    """The supply failed in the middle of an operation."""


class LawBrokenError(Exception):
    """The firmware did to the flash what a real one does not allow."""


class Nor:
    """`cells` outlive a cut. After `cut_after` operations the power fails, torn by `rng`."""

    def __init__(self, blocks, rng=None):
        self.blocks = blocks
        self.cells = bytearray(b"\xff" * (blocks * BLOCK))
        self.rng = rng
        self.cut_after = None
        self.programs = 0
        self.erases = 0

    def info(self):
        return (1, 0x40, 0, self.blocks * BLOCK, "ring", False)

    def _cut_now(self):
        if self.cut_after is None:
            return False
        self.cut_after -= 1
        return self.cut_after < 0

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = self.cells[start : start + len(buffer)]

    def writeblocks(self, block, data, offset=0):
        if offset % UNIT or len(data) % UNIT:
            raise LawBrokenError(
                "a write of %d bytes at %d is not whole units" % (len(data), offset)
            )
        if offset + len(data) > BLOCK:
            raise LawBrokenError("a write goes past the end of its block")
        start = block * BLOCK + offset
        for cell in self.cells[start : start + len(data)]:
            if cell != 0xFF:
                raise LawBrokenError("a unit was written twice without an erase")
        self.programs += 1
        if self._cut_now():
            self._tear_write(start, data)
            raise PowerCutError
        self.cells[start : start + len(data)] = data

    def _tear_write(self, start, data):
        """A prefix is written, then perhaps some bits of one more byte."""
        done = self.rng.randrange(len(data) + 1)
        self.cells[start : start + done] = data[:done]
        if done < len(data):
            self.cells[start + done] = data[done] | self.rng.randrange(256)

    def ioctl(self, operation, argument):
        if operation == 4:
            return self.blocks
        if operation == 5:
            return BLOCK
        if operation == 6:
            start = argument * BLOCK
            self.erases += 1
            if self._cut_now():
                self._tear_erase(start)
                raise PowerCutError
            self.cells[start : start + BLOCK] = b"\xff" * BLOCK
            return 0
        return None

    def _tear_erase(self, start):
        """Nothing, one half, or a sprinkle of cells was erased when the power failed."""
        how = self.rng.randrange(4)
        if how == 1:
            self.cells[start : start + BLOCK // 2] = b"\xff" * (BLOCK // 2)
        elif how == 2:
            self.cells[start + BLOCK // 2 : start + BLOCK] = b"\xff" * (BLOCK // 2)
        elif how == 3:
            for place in range(start, start + BLOCK):
                if self.rng.randrange(2):
                    self.cells[place] = 0xFF


class Caching(Nor):
    """A seeded bug: the driver keeps the last writes in memory and writes them out later."""

    def __init__(self, blocks, rng=None):
        super().__init__(blocks, rng)
        self._waiting = []

    def readblocks(self, block, buffer, offset=0):
        super().readblocks(block, buffer, offset)
        start = block * BLOCK + offset
        for at, data in self._waiting:
            for place, byte in enumerate(data):
                if start <= at + place < start + len(buffer):
                    buffer[at + place - start] = byte

    def writeblocks(self, block, data, offset=0):
        self.programs += 1
        self._waiting.append((block * BLOCK + offset, bytes(data)))
        if self._cut_now():
            self._waiting = []
            raise PowerCutError
        if len(self._waiting) > 2:
            at, data = self._waiting.pop(0)
            self.cells[at : at + len(data)] = data
