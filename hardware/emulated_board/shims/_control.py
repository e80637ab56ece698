"""The wires of the emulated board: two inherited pipes, commands in, reports out.

A command has four bytes: kind, place, value (big-endian). A thread reads them into a ring and has
the main program apply them between two bytecodes, as an interrupt would. The thread touches
nothing but the ring and small integers: this MicroPython has threads without a lock around them.
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

levels = {}
"""pin -> level that the world drives it to"""
readings = {}
"""pin -> raw 16-bit reading"""
pins = {}
"""pin -> Pin, for its interrupt handler"""
radio = [1]

_COMMAND_BYTES = 4
_RING_BYTES = 4096
_ring = bytearray(_RING_BYTES)
# written by the thread: place after the last command; and whether the main program was called
_head = [0]
_called = [0]
_tail = [0]
_ended = [0]
_reports = None


def report(text):
    """Tell the world: one line, stamped with the wall clock in nanoseconds."""
    if _reports is not None:
        _reports.write("%s %d\n" % (text, time.time_ns()))


def _apply(_):
    _called[0] = 0
    while _tail[0] != _head[0]:
        place = _tail[0]
        kind = _ring[place]
        pin = _ring[place + 1]
        value = _ring[place + 2] << 8 | _ring[place + 3]
        _tail[0] = (place + _COMMAND_BYTES) % _RING_BYTES
        if kind == LEVEL:
            before = levels.get(pin)
            levels[pin] = value
            if pin in pins and before != value:
                pins[pin].edge(value)
        elif kind == ADC:
            readings[pin] = value
        elif kind == RADIO:
            radio[0] = value
    if _ended[0]:
        sys.exit(0)


def _call():
    if not _called[0]:
        _called[0] = 1
        while True:
            try:
                micropython.schedule(_apply, 0)
            except RuntimeError:
                time.sleep_ms(1)
            else:
                return


def _listen(commands):
    view = memoryview(_ring)
    head = 0
    while True:
        got = 0
        while got < _COMMAND_BYTES:
            count = commands.readinto(view[head + got : head + _COMMAND_BYTES])
            if not count:
                _ended[0] = 1  # whoever held the other end is gone: so is the power
                _called[0] = 0
                _call()
                return
            got += count
        after = (head + _COMMAND_BYTES) % _RING_BYTES
        while after == _tail[0]:
            time.sleep_ms(1)
        head = after
        _head[0] = head
        _call()


def _start():
    global _reports  # noqa: PLW0603  # opened once, when the board gets power
    if os.getenv("BOARD_COMMANDS"):
        _reports = open(int(os.getenv("BOARD_REPORTS")), "wb")
        commands = open(int(os.getenv("BOARD_COMMANDS")), "rb")
        # the levels at power-on come first, then one RADIO command that ends them
        first = bytearray(_COMMAND_BYTES)
        while True:
            commands.readinto(first)
            value = first[2] << 8 | first[3]
            if first[0] == LEVEL:
                levels[first[1]] = value
            elif first[0] == ADC:
                readings[first[1]] = value
            else:
                radio[0] = value
                break
        _thread.start_new_thread(_listen, (commands,))


_start()
