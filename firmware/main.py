"""Starts the keypad. It ends in a reset, never at a prompt, unless it was not provisioned."""

import asyncio

import machine

from keypad import forget, start

keypad = None
provisioned = True
try:
    keypad = start.prepare()
    provisioned = keypad is not None
    forget("start")
    del start, forget
    if keypad is not None:
        asyncio.run(keypad.run())
except Exception:  # noqa: BLE001, S110  # whatever it is: only a fresh start helps
    pass
if provisioned:
    machine.reset()
