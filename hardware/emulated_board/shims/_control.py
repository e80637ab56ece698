"""The wires of the emulated board: two inherited pipes, commands in, reports out.

A command has four bytes: kind, place, value (big-endian). They are taken by the main program itself
whenever it turns its event loop, looks at a pin or sleeps, as soft interrupts of a chip run between
two bytecodes. No thread: this MicroPython has no lock around its threads, and a collection of
garbage beside a second one has ended boards with a segmentation fault. What is commanded during a
longer stretch waits in the pipe until that stretch is over, as an interrupt's handler does.
It may not know what the application does; it promises that no command is lost or reordered.
"""

import asyncio
import os
import select
import sys

import utime

LEVEL = 1
"""place = pin, value = level"""
ADC = 2
"""place = pin, value = raw 16-bit reading"""
RADIO = 3
"""value = 0 out of reach, 1 in reach; the first one ends the levels at power-on"""

FINGER = 4
"""like LEVEL, but as a finger moves: not before the firmware had time to see the last movement"""

KEY = 5
"""place = row pin, value = column pin * 256 + 1 held or 0 let go"""

CABLE = 6
"""value = bit 0: the network cable is plugged, bit 1: somebody on it gives out addresses"""

levels = {}
"""pin -> level that the world drives it to"""
readings = {}
"""pin -> raw 16-bit reading"""
keys = {}
"""column pin * 256 + row pin -> held, for the keys of a matrix"""
pins = {}
"""pin -> Pin, for its interrupt handler"""
radio = [1]
cable = [3]
cards = []
"""network cards that are active, each with `isconnected`"""

_FINGER_MS = 40
_FINGER_SEEN_MS = 20
_FINGER_TURNS = 5
_KEY_SEEN_MS = 60
_STEP_MS_MAX = 12
_FINGER_MS_MAX = 5000
_COMMAND_BYTES = 4
_command = bytearray(_COMMAND_BYTES)
# whether _command holds one that was not applied yet, and whether it had to wait for its turn
_held = [0, 0]
_busy = [0]
# when a finger moved last and on which pin (-1: a key); for how long the firmware has looked there
# since then, its last look, and the turns of the loop without a look: a debounce that has counted
# less (a second reader split its steps) still looks in every turn.
_moved_ms = [0]
_turns = [0]
_moved_pin = [-1]
_seen_ms = [0]
_look_ms = [0]
_reports = None
_commands = None
_ready = None
_cut = [int(os.getenv("BOARD_CUT") or 0)]


def report(text):
    """Tell the world: one line, stamped with the wall clock in nanoseconds."""
    if _reports is not None:
        _reports.write("%s %d\n" % (text, utime.time_ns()))


def step(what):
    """A durable step is about to happen; with BOARD_CUT=N the power goes just before the Nth."""
    if _cut[0]:
        _cut[0] -= 1
        if not _cut[0]:
            report("cut " + what.replace(" ", "_"))
            os.system("kill -9 $PPID")  # noqa: S605, S607  # MicroPython has no other way


def reachable():
    """Whether any active card has a way out; also before the first one is active."""
    return not cards or any(card.isconnected() for card in cards)


def take():
    """Apply every command whose moment has come; whether one is held back for a finger."""
    if _commands is None or _busy[0]:
        return False
    _busy[0] = 1
    try:
        while _held[0] or _ready.poll(0):
            if not _held[0]:
                if _commands.readinto(_command) != _COMMAND_BYTES:
                    sys.exit(0)  # whoever held the other end is gone: so is the power
                _held[0] = 1
                _held[1] = 0
            if not _may_move(_command[0]):
                _held[1] = 1
                return True
            _held[0] = 0
            _apply(_command[0], _command[1], _command[2] << 8 | _command[3])
    finally:
        _busy[0] = 0
    return False


def looked(pin):
    """The firmware reads an input: time counts as seen in steps, as a debounce may count it."""
    if _moved_pin[0] not in (pin, -1):
        return
    now_ms = utime.ticks_ms()
    _turns[0] = 0
    if _look_ms[0]:
        _seen_ms[0] += min(utime.ticks_diff(now_ms, _look_ms[0]), _STEP_MS_MAX)
    _look_ms[0] = now_ms


def _may_move(kind):
    """On a machine that is busy with other things two movements must not melt into none."""
    if kind not in (FINGER, KEY):
        return True
    still_ms = utime.ticks_diff(utime.ticks_ms(), _moved_ms[0])
    if still_ms <= _FINGER_MS:
        return False
    seen = _seen_ms[0] >= _KEY_SEEN_MS
    if kind == FINGER:
        _turns[0] += 1
        seen = _seen_ms[0] >= _FINGER_SEEN_MS and _turns[0] > _FINGER_TURNS
    return seen or still_ms > _FINGER_MS_MAX


def _moved(pin):
    _moved_pin[0] = pin
    _moved_ms[0] = utime.ticks_ms()
    _seen_ms[0] = 0
    _look_ms[0] = 0


def _apply(kind, place, value):
    if kind in (LEVEL, FINGER):
        if kind == FINGER:
            _moved(place)
            report("moved %d %d %d" % (place, value, _held[1]))
        before = levels.get(place)
        levels[place] = value
        if place in pins and before != value:
            pins[place].edge(value)
    elif kind == KEY:
        keys[value & 0xFF00 | place] = value & 1
        _moved(-1)
    elif kind == ADC:
        readings[place] = value
    elif kind == RADIO:
        radio[0] = value
    elif kind == CABLE:
        cable[0] = value


async def _listen():
    while True:
        if take():
            await asyncio.sleep_ms(1)
        else:
            yield asyncio.core._io_queue.queue_read(_commands)  # noqa: SLF001  # there is no other


def _start():
    global _reports, _commands, _ready  # noqa: PLW0603  # opened once, when the board gets power
    if not os.getenv("BOARD_COMMANDS"):
        return
    _reports = open(int(os.getenv("BOARD_REPORTS")), "wb")
    commands = open(int(os.getenv("BOARD_COMMANDS")), "rb")
    _moved_ms[0] = utime.ticks_add(utime.ticks_ms(), -_FINGER_MS_MAX - 1)
    # the levels at power-on come first, then one RADIO command that ends them
    while _command[0] != RADIO:
        if commands.readinto(_command) != _COMMAND_BYTES:
            sys.exit(0)
        kind = LEVEL if _command[0] == FINGER else _command[0]
        _apply(kind, _command[1], _command[2] << 8 | _command[3])
    _commands = commands
    _ready = select.poll()
    _ready.register(commands, select.POLLIN)
    if os.getenv("BOARD_STRETCHES"):
        import _stretches  # noqa: F401  # it puts itself in front of the loop
    asyncio.create_task(_listen())  # noqa: RUF006  # MicroPython's loop keeps its tasks alive


_start()
