"""The wires of the emulated board: two inherited pipes, commands in, reports out.

A command has four bytes: kind, place, value (big-endian). A thread reads them into a ring and has
the main program apply them between two bytecodes, as an interrupt would. The thread touches
nothing but the ring and small integers and allocates nothing: this MicroPython has no lock around
its threads. The lock here is also the fence without which each side may miss what the other did.
It may not know what the application does; it promises that no command is lost or reordered.
"""

import _thread
import os
import sys
import time

import micropython

LEVEL = 1
"""place = pin, value = level"""
ADC = 2
"""place = pin, value = raw 16-bit reading"""
RADIO = 3
"""value = 0 out of reach, 1 in reach"""

FINGER = 4
"""like LEVEL, but as a finger moves: not before the firmware had time to see the last movement"""

KEY = 5
"""place = row pin, value = column pin * 256 + 1 held or 0 let go"""

levels = {}
"""pin -> level that the world drives it to"""
readings = {}
"""pin -> raw 16-bit reading"""
keys = {}
"""column pin * 256 + row pin -> held, for the keys of a matrix"""
pins = {}
"""pin -> Pin, for its interrupt handler"""
radio = [1]

_FINGER_MS = 40
_FINGER_SEEN_MS = 20
_KEY_SEEN_MS = 40
_STEP_MS_MAX = 12
_FINGER_MS_MAX = 1000
_COMMAND_BYTES = 4
_RING_BYTES = 512
_ring = bytearray(_RING_BYTES)
# written by the thread: place after the last command; and whether the main program was called
_head = [0]
_called = [0]
_tail = [0]
_ended = [0]
# when a finger moved last; for how long the firmware has looked since then, and its last look
_moved_ms = [0]
_seen_ms = [0]
_look_ms = [0]
_command = bytearray(_COMMAND_BYTES)
_lock = _thread.allocate_lock()
_reports = None


def report(text):
    """Tell the world: one line, stamped with the wall clock in nanoseconds."""
    if _reports is not None:
        _reports.write("%s %d\n" % (text, time.time_ns()))


def _apply(_):
    _lock.acquire()
    _called[0] = 0
    head = _head[0]
    _lock.release()
    while _tail[0] != head:
        place = _tail[0]
        kind = _ring[place]
        pin = _ring[place + 1]
        value = _ring[place + 2] << 8 | _ring[place + 3]
        _tail[0] = (place + _COMMAND_BYTES) % _RING_BYTES
        if kind in (LEVEL, FINGER):
            if kind == FINGER:
                _moved_ms[0] = time.ticks_ms()
                _seen_ms[0] = 0
                _look_ms[0] = 0
                report("moved %d %d" % (pin, value))
            before = levels.get(pin)
            levels[pin] = value
            if pin in pins and before != value:
                pins[pin].edge(value)
        elif kind == KEY:
            keys[value & 0xFF00 | pin] = value & 1
            _moved_ms[0] = time.ticks_ms()
            _seen_ms[0] = 0
            _look_ms[0] = 0
        elif kind == ADC:
            readings[pin] = value
        elif kind == RADIO:
            radio[0] = value


def end_without_power():
    """End when whoever held the other end is gone, in the main program, at its next look at a pin.

    A handler cannot end a program: MicroPython prints what it raises and goes on.
    """
    if _ended[0]:
        sys.exit(0)


def _call(head):
    _lock.acquire()
    _head[0] = head
    needed = not _called[0]
    _called[0] = 1
    _lock.release()
    while needed:
        try:
            micropython.schedule(_apply, 0)
            needed = False
        except RuntimeError:
            time.sleep_ms(1)


def looked():
    """The firmware reads an input: time counts as seen in steps, as a debounce may count it."""
    now_ms = time.ticks_ms()
    if _look_ms[0]:
        _seen_ms[0] += min(time.ticks_diff(now_ms, _look_ms[0]), _STEP_MS_MAX)
    _look_ms[0] = now_ms


def _wait_for_finger(head, seen_ms):
    """On a machine that is busy with other things two movements must not melt into none."""
    while _tail[0] != head:
        time.sleep_ms(1)
    while True:
        still_ms = time.ticks_diff(time.ticks_ms(), _moved_ms[0])
        if still_ms > _FINGER_MS_MAX or (still_ms > _FINGER_MS and _seen_ms[0] >= seen_ms):
            time.sleep_ms(5)
            return
        time.sleep_ms(1)


def _listen(commands):
    command = _command
    ring = _ring
    head = 0
    while True:
        if commands.readinto(command) != _COMMAND_BYTES:
            _ended[0] = 1  # whoever held the other end is gone: so is the power
            return
        if command[0] == FINGER:
            _wait_for_finger(head, _FINGER_SEEN_MS)
        elif command[0] == KEY:
            _wait_for_finger(head, _KEY_SEEN_MS)
        after = (head + _COMMAND_BYTES) % _RING_BYTES
        while after == _tail[0]:
            time.sleep_ms(1)
        ring[head] = command[0]
        ring[head + 1] = command[1]
        ring[head + 2] = command[2]
        ring[head + 3] = command[3]
        head = after
        _call(head)


def _start():
    global _reports  # noqa: PLW0603  # opened once, when the board gets power
    if os.getenv("BOARD_COMMANDS"):
        _reports = open(int(os.getenv("BOARD_REPORTS")), "wb")
        commands = open(int(os.getenv("BOARD_COMMANDS")), "rb")
        # the levels at power-on come first, then one RADIO command that ends them
        first = _command
        while True:
            commands.readinto(first)
            value = first[2] << 8 | first[3]
            if first[0] in (LEVEL, FINGER):
                levels[first[1]] = value
            elif first[0] == ADC:
                readings[first[1]] = value
            else:
                radio[0] = value
                break
        _thread.start_new_thread(_listen, (commands,))


_start()
