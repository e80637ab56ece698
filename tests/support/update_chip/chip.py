"""A chip whose every durable step is written down: file system, ring, ROMFS and NVS in one log.

The file system is MicroPython's own littlefs over `Flash`. A step is one program, one erase or one
value of the NVS (ESP-IDF writes each whole or not at all). `apply` does a step again to another
state, whole or torn: so each state that a power cut can leave is made from one uninterrupted run.
"""

BLOCK = 4096
COPY_BYTES = 1024
ONES = b"\xff" * BLOCK

log = []
"""(store, place, data): data None for an erased block, of the NVS key and value (None: erased)"""
nvs = {}


class Flash:
    """A block device as esp32.Partition with the laws of NOR: a program only clears bits."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.cells = bytearray(b"\xff" * (blocks * BLOCK))

    def readblocks(self, block, buf, offset=0):
        start = block * BLOCK + offset
        buf[:] = memoryview(self.cells)[start : start + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        step(self, block * BLOCK + offset, bytes(buf))

    def ioctl(self, operation, argument):
        if operation == 4:
            return self.blocks
        if operation == 5:
            return BLOCK
        if operation == 6:
            step(self, argument * BLOCK, None)
        return 0


files = Flash(24)
ring = Flash(6)
rom = Flash(9)
STORES = (files, ring, rom)


def step(store, place, data):
    """Do one durable step and write it down."""
    log.append((store, place, data))
    apply((store, place, data))


def apply(one, kept=None, sprinkle=0):
    """Do the step `one`; torn when `kept` says how many bytes of it still happened.

    sprinkle   bits of the first byte after them that were not cleared any more
    """
    store, place, data = one
    if store is nvs:
        if data is None:
            del nvs[place]
        else:
            nvs[place] = data
        return
    if data is None:
        count = BLOCK if kept is None else kept
        store.cells[place : place + count] = ONES[:count]
        return
    count = len(data) if kept is None else kept
    cells = store.cells
    if cells[place : place + count] == ONES[:count]:
        cells[place : place + count] = data[:count]
    else:
        for at in range(count):
            cells[place + at] &= data[at]
    if kept is not None and kept < len(data):
        cells[place + kept] &= data[kept] | sprinkle


def state():
    """Everything that survives a cut."""
    return [bytes(store.cells) for store in STORES] + [dict(nvs)]


def restore(kept):
    """Put the chip into a state of before."""
    for store, cells in zip(STORES, kept):
        store.cells[:] = cells
    nvs.clear()
    nvs.update(kept[-1])
