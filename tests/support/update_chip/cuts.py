"""Cuts an update at every durable step, torn too, and lets the board go on. Run by MicroPython.

    micropython cuts.py BOOT.py IMAGES FLOW TEARS DEPTH files|romfs

IMAGES is a folder with the signed images older, old and new (.img), the pieces of the new one, each
after its length, and the maker's key. The board runs `old` from slot 1; in slot 2 lies `older`,
left by an update of before. With `romfs` the slots are thirds of that partition, and beside each
image lies what its third must hold (.rom), made by mpremote. FLOW is how it ends: `confirm`, the
receiver answers the new image; `unheard`, nobody does; `crash`, it ends at each start. TEARS: how
many torn variants of each step. DEPTH 2: the way on from each cut is cut once more, at every one
of its steps.

What must hold at every start: a whole image runs, the old or the new. At the end: the right one,
told to the receiver, every press that was taken still in the ring. Boot.py, fetch, install, orders,
trial and ring are the keypad's own; the file system is MicroPython's littlefs, what mounts a third
its VfsRom. A stand-in is `rom_ioctl`, which gives the flash as memory.
"""

import asyncio
import os
import struct
import sys

import chip
import machine
import vfs

import keypad
from alarm_wire.frame import content_of, signal_of
from alarm_wire.signal import FETCHING, PANIC, UPDATED, Signal
from keypad.boots import number
from keypad.orders import Orders
from keypad.panel import Wish
from keypad.ring import Ring
from keypad.settings import Start

DEVICE = b"keypad01"
STARTS_MAX = 12
TURNS_MAX = 20000
TRIAL_MS = 120000
FAULTS_MAX = 3
THIRD = 3 * chip.BLOCK
IN_ROMFS = [False]
PRESSED_AT = (5, 40)
"""Pieces before which somebody presses."""


class Vfs:
    """The module `vfs` of a MicroPython that has ROMFS."""

    VfsRom = vfs.VfsRom
    mount = staticmethod(vfs.mount)

    @staticmethod
    def rom_ioctl(operation, number):
        return memoryview(chip.rom.cells)


class FaultError(Exception):
    """Something that must never be."""


class Image:
    def __init__(self, whole, rom):
        self.rom = rom
        self.version = struct.unpack_from("!I", whole, 4)[0]
        self.files = {}
        place = 10
        for _ in range(whole[9]):
            name = whole[place + 1 : place + 1 + whole[place]].decode()
            place += 1 + whole[place]
            size = struct.unpack_from("!I", whole, place)[0]
            self.files[name] = whole[place + 4 : place + 4 + size]
            place += 4 + size

    def put(self, slot):
        if IN_ROMFS[0]:
            place = slot * THIRD
            chip.rom.cells[place : place + len(self.rom)] = self.rom
            return
        folder = "slot_%d" % slot
        for name, content in self.files.items():
            for part in (folder, folder + "/" + name.split("/")[0]):
                try:
                    os.mkdir(part)
                except OSError:
                    pass
            write(folder + "/" + name, content)

    def lies_in(self, slot):
        if IN_ROMFS[0]:
            return chip.rom.cells[slot * THIRD : slot * THIRD + len(self.rom)] == self.rom
        folder = "slot_%d" % slot
        found = {}
        for part in os.listdir(folder):
            for name in os.listdir(folder + "/" + part):
                found[part + "/" + name] = read(folder + "/" + part + "/" + name)
        return found == self.files


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


class Update:
    """One board, one update; `presses` are (steps done when it was taken, number, content)."""

    def __init__(self, boot, folder, flow):
        self.boot = compile(read(boot), "boot.py", "exec")
        self.old, self.new, self.older = [
            Image(read(folder + "/" + name + ".img"), read(folder + "/" + name + ".rom"))
            for name in ("old", "new", "older")
        ]
        rest = read(folder + "/pieces")
        self.pieces = []
        while rest:
            self.pieces.append(rest[1 : 1 + rest[0]])
            rest = rest[1 + rest[0] :]
        self.maker = read(folder + "/maker")
        self.flow = flow
        self.path = list(sys.path)
        self.presses = []
        self.kept = []

    def prepare(self):
        """The board as it is before the update, with a press that nobody has confirmed."""
        vfs.VfsLfs2.mkfs(chip.files)
        self.mount()
        write("main.py", b"the cable's")
        self.older.put(2)
        self.old.put(1)
        chip.nvs.update(image=1, release=self.old.version, tried=0, maker=self.maker)
        self.keep(Ring(chip.ring), Wish(PANIC))
        del chip.log[:]

    def mount(self):
        if "flash" in os.listdir("/"):
            os.chdir("/")
            vfs.umount("/flash")
        for name in os.listdir("/"):
            if name.startswith("slot_"):
                vfs.umount("/" + name)
        vfs.mount(vfs.VfsLfs2(chip.files), "/flash")
        os.chdir("/flash")

    def keep(self, ring, wish):
        at = ring.last + 1
        content = content_of(
            Signal(DEVICE, 1, at, wish.kind, flags=wish.flags, zone=wish.zone, value=wish.value)
        )
        ring.add(at, content)
        if wish.kind == PANIC:
            self.presses.append((len(chip.log), at, content))

    def go_on(self, presses=()):
        """Start and work until the update has ended, well or not. FaultError: what must not be."""
        machine.cause[0] = machine.PWRON_RESET
        for _ in range(STARTS_MAX):
            try:
                if self.start(presses):
                    return
            except machine.Reset:
                pass
            machine.cause[0] = machine.HARD_RESET
        raise FaultError("it does not end")

    def start(self, presses):
        """One start; whether there is nothing left to do."""
        self.mount()
        sys.path[:] = self.path
        exec(self.boot, {"__name__": "boot"})  # noqa: S102  # as the chip runs it
        image = self.running(sys.path[0])
        if image is self.new and self.flow == "crash":
            machine.reset()
        keypad.VERSION = (image.version >> 16, image.version >> 8 & 255, image.version & 255)
        ring = Ring(chip.ring)
        if ring.damaged:
            raise FaultError("%d signals of the ring damaged" % ring.damaged)
        start = Start()  # as keypad.start fills it
        start.settings_told, start.settings_why, start.counter = None, 0, 0
        start.crashes = 0
        start.trial = 2 if number("image") >> 2 else 0
        start.tried = number("tried")
        wanted = []

        def keep(wish):
            self.keep(ring, wish)
            if wish.kind == FETCHING:
                wanted.append(wish.zone)

        orders = Orders(DEVICE, start, keep, lambda **_: True, lambda _: None)
        self.kept.append(orders)
        if start.trial or start.tried:
            orders.tell()
        if start.trial:
            answered = self.flow == "confirm"
            orders.judge(1 if answered else TRIAL_MS + 1, answered, answered)
        told = self.told(ring)
        if told:
            self.ended(told, image)
            return True
        asyncio.new_event_loop()
        asyncio.run(self.receive(orders, ring, wanted, presses))
        return False

    def running(self, slot):
        for image, there in ((self.old, 1), (self.new, 2)):
            name = ("/slot_%d" if IN_ROMFS[0] else "slot_%d") % there
            if slot == name and image.lies_in(there):
                return image
        raise FaultError("half an image is to run: %s" % slot)

    def told(self, ring):
        found = [ring.read(n) for n in ring.first(1000)]
        values = [signal.value for signal in map(signal_of, found) if signal.kind == UPDATED]
        return values[-1] if values else 0

    def ended(self, told, image):
        good = self.flow == "confirm"
        if told != (self.new.version if good else -self.new.version):
            raise FaultError("told %d" % told)
        if image is not (self.new if good else self.old) or number("tried"):
            raise FaultError("not the right image at the end")
        if (number("image"), number("release")) != (2 if good else 1, image.version):
            raise FaultError("numbers %s" % chip.nvs)
        if not self.old.lies_in(1) or read("main.py") != b"the cable's":
            raise FaultError("what ran before is not as it was")

    async def receive(self, orders, ring, wanted, presses):
        """What the receiver sends, from the piece that the keypad wants, until the board starts."""
        place = turns = 0
        while turns < TURNS_MAX:
            if place < len(self.pieces):
                if place in presses:
                    self.keep(ring, Wish(PANIC))
                del wanted[:]
                orders.take(self.pieces[place])
                place = wanted[-1] if wanted else place + 1
            else:
                turns += 1
                await asyncio.sleep_ms(0)
        raise FaultError("the image was not taken")

    def honest(self):
        """What the ring tells of the image is so: nothing is told while it is still on trial."""
        if self.told(Ring(chip.ring)) and number("image") >> 2:
            raise FaultError("told before it was settled")

    def close(self):
        """Leave no file open: a collection of garbage would close it, into a later state."""
        for orders in self.kept:
            if orders._fetch is not None and orders._fetch._file is not None:
                orders._fetch._file.close()
        del self.kept[:]

    def check(self, steps):
        """Every press that was taken before the cut is in the ring."""
        ring = Ring(chip.ring)
        for since, at, content in self.presses:
            if since <= steps and not (ring.keeps(at) and ring.read(at) == content):
                raise FaultError("press %d is lost" % at)


def torn(one, tears):
    """(bytes that happened, bits that did not) of each torn variant of a step, then None: whole."""
    store, _, data = one
    if store is chip.nvs:
        return [None]
    size = chip.BLOCK if data is None else len(data)
    made = [(size * (2 * n + 1) // (2 * tears), (0x5A, 0xA5, 0x0F)[n % 3]) for n in range(tears)]
    made.append(None)
    return made


def cut(update, before, log, tears, depth, first=0):
    """Every cut of `log` from step `first` on, done from the state `before`; (cuts, faults)."""
    presses = list(update.presses)
    cuts = 0
    faults = []
    for steps, one in enumerate(log):
        if len(faults) >= FAULTS_MAX:
            break
        if steps < first:
            chip.restore(before)
            chip.apply(one)
            before = chip.state()
            continue
        for how in torn(one, tears):
            chip.restore(before)
            if how is None:
                chip.apply(one)
                before = chip.state()
            else:
                chip.apply(one, *how)
            after = chip.state()
            done = steps + 1 if how is None else steps
            cuts += 1
            del chip.log[:]
            try:
                update.presses = []
                update.honest()
                update.go_on()
                update.presses = presses
                update.check(done)
            except Exception as error:  # noqa: BLE001  # whatever it is: it must not be
                faults.append("step %d, torn %s: %r" % (steps, how, error))
                if len(faults) == 1:
                    sys.print_exception(error, sys.stderr)
                continue
            finally:
                update.presses = presses
                update.close()
            if depth > 1:
                update.presses = [
                    (0, at, content) for since, at, content in presses if since <= done
                ]
                more = cut(update, after, list(chip.log), 0, depth - 1)
                update.presses = presses
                cuts += more[0]
                faults += more[1]
    return cuts, faults


def main():
    boot, folder, flow, tears, depth, place = sys.argv[1:]
    IN_ROMFS[0] = place == "romfs"
    if IN_ROMFS[0]:
        sys.modules["vfs"] = Vfs
    update = Update(boot, folder, flow)
    update.prepare()
    before = chip.state()
    update.go_on(PRESSED_AT)
    update.check(len(chip.log))
    log = list(chip.log)
    kinds = [0, 0, 0, 0, 0]
    for store, _, data in log:
        place = 4 if store is chip.rom else 3 if store is chip.nvs else 2
        kinds[place if store is not chip.files else data is None] += 1
    print("programs %d erases %d ring %d numbers %d romfs %d" % tuple(kinds))
    # how it comes to its trial is the same for all: one flow cuts it, the others what follows
    since = 0 if flow == "confirm" else [one[0] is chip.nvs for one in log].index(True)
    cuts, faults = cut(update, before, log, int(tears), int(depth), since)
    for fault in faults:
        print("fault", fault)
    print("cuts %d faults %d" % (cuts, len(faults)))


main()
