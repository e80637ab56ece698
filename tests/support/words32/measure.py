"""What the keypad takes of a heap of 4-byte words. Run by measure.mjs, with stand-ins for the chip.

The stand-ins and the event loop are counted first and taken off: on a board the first are C, and
the second is the same whatever runs on it. A ROMFS image lies outside the heap, as in flash.
"""

import gc

import micropython

TAKEN = [0]
ROOM = 150
"""With so many more names the table doubles once more before the application is loaded. It has
room for what the application adds then, whose places the test works out: a board's is shorter."""


def names():
    """Print how many names the table has."""
    micropython.qstr_info()


def say(what):
    """Print what lives since `before`, and return it.

    This port collects only between two calls from outside.
    """
    live = gc.mem_alloc() - TAKEN[0]
    print(what, live)
    return live


def without(live):
    """`live` was said last: what has come since is no part of the application."""
    TAKEN[0] = gc.mem_alloc() - live


def before():
    """Load what is not the application."""
    import asyncio
    import binascii
    import errno
    import hashlib
    import json
    import os
    import struct
    import time
    from array import array

    import esp32
    import machine
    import network
    import tls

    used = (binascii, errno, hashlib, json, os, struct, time, array, esp32, machine, network, tls)
    assert used

    class Flag(asyncio.Event):  # this port has no ThreadSafeFlag; it is as large
        async def wait(self):
            await asyncio.Event.wait(self)
            self.clear()

    asyncio.ThreadSafeFlag = Flag
    for name in ("Event", "wait_for_ms", "create_task", "TimeoutError"):
        getattr(asyncio, name)  # loaded when first asked for

    try:
        import keypad_names  # of an image that holds them in flash
    except ImportError:
        return
    for number in range(ROOM):
        getattr(keypad_names, "no name %d" % number, None)


def start_here():
    """From now on it is the application."""
    TAKEN[0] = gc.mem_alloc()


def built():
    """Start as main.py does, up to the moment when everything is built."""
    import asyncio

    from keypad import start

    keypad = start.prepare()
    start.forget("start")
    TAKEN.append(keypad)
    TAKEN.append(asyncio.create_task(keypad.run()))
