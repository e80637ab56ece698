"""The flash ring: signals that survive power cuts, on a raw partition.

It promises that what `add` returned for is there after any cut, that what `drop` returned for
never comes back, and that an emergency is never evicted. It may not know time or network. Laws of
the flash it obeys: blocks of 4096 bytes are erased whole, units of 16 bytes are written whole and
once.

    block    unit 0: magic 4 | sequence 4 | tail 4 | crc32 4; then records
    record   kind 1, length 1, number 4 | content | crc32 4 | ones to a whole unit
    kinds    1 a kept signal, 2 `number` is dropped (no content), 3 a signal copied forward,
             4 tail: blocks up to sequence `number` are dead (no content), 5 numbers up to `number`
             were never kept here (no content)

Dropping appends; nothing is changed in place. Blocks are taken in turn. Before a block is erased
its kept signals are copied forward (`tend`, in small steps, or `add` when it must) and it is
declared dead in a tail record: a torn erase may spare a signal and hit its drop. A torn record
costs its units, not its block: closing the block let three quick cuts fill the ring. (The power-cut
harness found both.) Numbers rise by one, so a gap tells of damage, unless a record says that the
ring would not have them: they went out from memory. With flash encryption nothing reads as erased
after a start: then each start opens a fresh block.
"""

import struct
from binascii import crc32

from alarm_wire.frame import HEAD_BYTES
from alarm_wire.outbox import Store
from alarm_wire.signal import EMERGENCY, STATUS, urgency
from keypad.index import Index
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import Partition

BLOCK_BYTES = const(4096)
UNIT_BYTES = const(16)
_UNITS = const(BLOCK_BYTES // UNIT_BYTES)
_MAGIC = const(b"HFR1")
_ERASED = b"\xff" * UNIT_BYTES
_KEPT = const(1)
_DROPPED = const(2)
_COPIED = const(3)
_TAIL = const(4)
_SKIPPED = const(5)
_BLOCK_HEAD = const("<4sII")
_CRC_AT = const(12)
_HEAD = const("<BBI")
_HEAD_BYTES = const(6)
_CRC_BYTES = const(4)
_SPARES = const(2)
_TRIES = const(4)
_PER_BLOCK = const(48)
"""Signals counted on per block; 63 of 50 bytes fit. The rest is room for drops and torn records."""
BLOCKS_MIN = 4
_LOOKS = const(64)
_ERASE_FROM = const(BLOCK_BYTES * 3 // 4)
"""The next block is erased ahead once the current one is this full; not at every start."""
_STEPS = const(4)
"""Steps of upkeep that each `add` pays for when spare blocks run short."""

_ERASE = const(6)
_COUNT = const(4)


class RingError(Exception):
    """The ring could not keep something: what failed, and what to do."""


class RingFullError(RingError):
    """Everything kept is at least as urgent: nothing may be evicted."""


class Ring(Store):
    """Kept signals on `flash`, a block device as esp32.Partition (readblocks, writeblocks, ioctl).

    last       the highest number ever kept here
    epoch      the highest epoch found at the start
    damaged    signals that were lost to damage of the flash, as far as it can be told
    """

    def __init__(self, flash: "Partition", size_max: int = 1024) -> None:
        self._flash = flash
        self._blocks = flash.ioctl(_COUNT, 0) or 0
        if self._blocks < BLOCKS_MIN:
            raise RingError(
                "partition ring has %d blocks, at least %d are needed; flash the partition table"
                % (self._blocks, BLOCKS_MIN)
            )
        self._index = Index(min(size_max, (self._blocks - _SPARES - 1) * _PER_BLOCK))
        self._sequences = [0] * self._blocks
        self._live = bytearray(self._blocks)  # of a block's 255 units
        self._free: "list[int]" = []
        self._erased = -1
        self._block = -1
        self._offset = BLOCK_BYTES
        self._evacuated = 0
        self._fresh = 0
        self._tail = 0
        self.last = 0
        self.epoch = 0
        self.damaged = 0
        self._mount()

    # ***** Store *****

    def first(self, count: int) -> "list[int]":
        """The `count` most urgent kept numbers: by class, then in the order of pressing."""
        return self._index.first(count)

    def keeps(self, number: int) -> bool:
        """Whether `number` is kept and not dropped."""
        return self._index.place(number) is not None

    def read(self, number: int) -> bytes:
        """The content of a kept number. RingError when the flash no longer gives it.

        It is then lost, and counted: what cannot be read must not stand before what can.
        """
        place = self._index.place(number)
        if place is None:
            raise RingError("signal %d is not kept" % number)
        try:
            return self._read(place, number)
        except RingError:
            self._lose(number, place)
            raise

    def drop(self, number: int) -> None:
        """Forget `number` for good. On RingError it is forgotten until the next start only."""
        place = self._index.remove(number)
        if place is not None:
            self._live[place // _UNITS] -= 1
            self._put(_DROPPED, number, b"")

    def __len__(self) -> int:
        return len(self._index)

    # ***** keeping *****

    def add(self, number: int, content: bytes) -> None:
        """Keep `content` durably under `number`, above `last`. RingFullError, RingError."""
        if number <= self.last:
            raise RingError("number %d was used before; the last one is %d" % (number, self.last))
        kind_urgency = urgency(content[HEAD_BYTES])
        if len(self._index) == self._index.size_max:
            self._evict(kind_urgency)
        steps = _STEPS if self._free else self._blocks * _UNITS
        while len(self._free) < _SPARES and steps and self.tend():
            steps -= 1
        if number > self.last + 1:
            self._put(_SKIPPED, number - 1, b"")
        place = self._put(_KEPT, number, content)
        self.last = number
        self._keep(number, place, kind_urgency)

    def tend(self) -> bool:
        """One small step of upkeep, while nothing is urgent; False when there is nothing to do."""
        if len(self._free) < _SPARES and self._block >= 0:
            return self._evacuate()
        if self._erased < 0 and self._free and self._offset >= _ERASE_FROM:
            try:
                self._erase_next()
            except OSError:
                return bool(self._free)
            return True
        return False

    # ***** inside *****

    def _evict(self, for_urgency: int) -> None:
        for victim_urgency in range(STATUS, max(EMERGENCY, for_urgency - 1), -1):
            victim = self._index.oldest(victim_urgency)
            if victim is not None:
                self.drop(victim)
                return
        raise RingFullError(
            "%d signals wait and none of them may give way; restore the way to the receiver"
            % len(self._index)
        )

    def _keep(self, number: int, place: int, kind_urgency: int) -> None:
        before = self._index.place(number)
        if before is not None:
            self._live[before // _UNITS] -= 1
        elif len(self._index) == self._index.size_max:
            self.damaged += 1
            return
        self._index.put(number, place, kind_urgency)
        self._live[place // _UNITS] += 1

    def _lose(self, number: int, place: int) -> None:
        self.damaged += 1
        self._index.remove(number)
        self._live[place // _UNITS] -= 1

    def _read(self, place: int, number: int) -> bytes:
        head = bytearray(UNIT_BYTES)
        offset = place % _UNITS * UNIT_BYTES
        for _ in range(_TRIES):
            try:
                self._flash.readblocks(place // _UNITS, head, offset)
                record = bytearray(_whole(head[1]))
                if offset + len(record) <= BLOCK_BYTES:
                    self._flash.readblocks(place // _UNITS, record, offset)
                    if _valid(record, 0) and struct.unpack_from(_HEAD, record)[2] == number:
                        return bytes(record[_HEAD_BYTES : _HEAD_BYTES + record[1]])
            except OSError:
                continue
        raise RingError("signal %d in flash block %d is damaged" % (number, place // _UNITS))

    def _put(self, kind: int, number: int, content: bytes) -> int:
        record = struct.pack(_HEAD, kind, len(content), number) + content
        record += struct.pack("<I", crc32(record))
        record += _ERASED[: -len(record) % UNIT_BYTES]
        check = bytearray(len(record))
        for _ in range(_TRIES):
            try:
                if self._offset + len(record) > BLOCK_BYTES:
                    self._open()
                offset = self._offset
                self._offset += len(record)
                self._flash.writeblocks(self._block, record, offset)
                self._flash.readblocks(self._block, check, offset)
            except OSError:
                continue
            if check == record:
                return self._block * _UNITS + offset // UNIT_BYTES
        raise RingError("the flash does not take what is written; replace the module")

    def _open(self) -> None:
        """Make the next free block the current one."""
        if not self._free:
            raise RingError("no free block in the flash ring; restore the way to the receiver")
        block = self._free[0]
        if self._erased != block:
            self._erase_next()
        # taken out before it is used: a block that fails is not tried again before the next start
        self._free.pop(0)
        self._erased = -1
        sequence = max(self._sequences) + 1
        head = struct.pack(_BLOCK_HEAD, _MAGIC, sequence, self._tail)
        head += struct.pack("<I", crc32(head))
        check = bytearray(UNIT_BYTES)
        self._flash.writeblocks(block, head, 0)
        self._flash.readblocks(block, check, 0)
        if check != head:
            raise OSError("flash block %d does not take its head" % block)
        self._sequences[block] = sequence
        self._block = block
        self._offset = UNIT_BYTES

    def _erase_next(self) -> None:
        block = self._free[0]
        try:
            self._flash.ioctl(_ERASE, block)
        except OSError:
            self._free.pop(0)
            raise
        self._erased = block

    def _evacuate(self) -> bool:
        """Copy the next kept signal out of the oldest block, or free that block."""
        victim = -1
        for block in range(self._blocks):
            if (
                block != self._block
                and self._sequences[block]
                and (victim < 0 or self._sequences[block] < self._sequences[victim])
            ):
                victim = block
        if victim < 0:
            return False
        if not self._live[victim]:
            self._tail = self._sequences[victim]
            self._put(_TAIL, self._tail, b"")
            self._sequences[victim] = 0
            self._free.append(victim)
            self._evacuated = 0
            return True
        low = victim * _UNITS
        number, last = self._index.next_in(low, low + _UNITS, self._evacuated, _LOOKS)
        if not number:
            self._evacuated = last
            return True
        self._evacuated = number
        try:
            content = self._read(low + (self._index.place(number) or 0) % _UNITS, number)
        except RingError:
            self._lose(number, low)
            return True
        self._keep(number, self._put(_COPIED, number, content), urgency(content[HEAD_BYTES]))
        return True

    # ***** start *****

    def _mount(self) -> None:
        head = bytearray(UNIT_BYTES)
        order = []
        garbage = 0
        for block in range(self._blocks):
            self._flash.readblocks(block, head, 0)
            magic, sequence, tail = struct.unpack_from(_BLOCK_HEAD, head)
            if magic == _MAGIC and struct.unpack_from("<I", head, _CRC_AT)[0] == crc32(
                head[:_CRC_AT]
            ):
                order.append((sequence, block, tail))
            else:
                self._free.append(block)
                garbage += head != _ERASED
        # a cut can leave one block half erased or its head torn, not two
        self.damaged += max(0, garbage - 1)
        order.sort()
        buffer = bytearray(BLOCK_BYTES)
        if order:
            # what died since the newest block was opened stands in that block
            _, block, self._tail = order[-1]
            self._flash.readblocks(block, buffer, 0)
            self._scan(block, buffer, tails=True)
        for sequence, block, _ in order:
            if sequence <= self._tail:
                self._free.append(block)
                continue
            self._sequences[block] = sequence
            self._flash.readblocks(block, buffer, 0)
            self._block = block
            self._offset = self._scan(block, buffer, tails=False)

    def _scan(self, block: int, buffer: bytearray, *, tails: bool) -> int:
        """Take over the tails or the signals of a block; the offset after all that was written."""
        offset = end = UNIT_BYTES
        view = memoryview(buffer)
        while offset < BLOCK_BYTES:
            if _valid(buffer, offset):
                kind, length, number = struct.unpack_from(_HEAD, buffer, offset)
                start = offset + _HEAD_BYTES
                if tails and kind == _TAIL:
                    self._tail = max(self._tail, number)
                elif not tails and kind != _TAIL:
                    self._found(kind, number, block, offset, view[start : start + length])
                offset += _whole(length)
                end = offset
                continue
            if view[offset : offset + UNIT_BYTES] != _ERASED:
                end = offset + UNIT_BYTES
            offset += UNIT_BYTES
        return end

    def _found(self, kind: int, number: int, block: int, offset: int, content: memoryview) -> None:
        self.last = max(self.last, number)
        if kind == _DROPPED:
            place = self._index.remove(number)
            if place is not None:
                self._live[place // _UNITS] -= 1
            return
        if kind == _SKIPPED:
            self._fresh = number
            return
        if kind == _KEPT:
            if self._fresh and number > self._fresh + 1:
                self.damaged += number - self._fresh - 1
            self._fresh = number
        self.epoch = max(self.epoch, struct.unpack_from("!I", content, 10)[0])
        self._keep(number, block * _UNITS + offset // UNIT_BYTES, urgency(content[HEAD_BYTES]))


def _whole(length: int) -> int:
    """Bytes of a record with `length` bytes of content, in whole units."""
    return (_HEAD_BYTES + length + _CRC_BYTES + UNIT_BYTES - 1) // UNIT_BYTES * UNIT_BYTES


def _valid(buffer: bytearray, offset: int) -> bool:
    """Whether a record with a true CRC begins at `offset`."""
    kind = buffer[offset]
    length = buffer[offset + 1]
    if (kind in (_KEPT, _COPIED) and length > HEAD_BYTES) or (
        kind in (_DROPPED, _TAIL, _SKIPPED) and not length
    ):
        end = offset + _HEAD_BYTES + length
        if end + _CRC_BYTES <= len(buffer):
            crc = struct.unpack_from("<I", buffer, end)[0]
            return bool(crc == crc32(memoryview(buffer)[offset:end]))
    return False
