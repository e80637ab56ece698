"""Starts the keypad. It ends in a reset, never at a prompt, unless it was not provisioned."""

import asyncio
import sys

import machine

keypad = None
provisioned = True
try:
    from keypad import forget, start

    keypad = start.prepare()
    # an image on trial has to do with the settings that the one before had
    provisioned = keypad is not None or sys.path[0].startswith("slot_")
    forget("start")
    del start, forget
    if keypad is not None:
        asyncio.run(keypad.run())
except ImportError:
    if sys.path[0].startswith("slot_"):
        from esp32 import NVS

        nvs = NVS("holdfast")
        if nvs.get_i32("image") < 3:  # noqa: PLR2004  # damaged, not on trial: rather the cable's
            nvs.set_i32("image", 0)
            nvs.commit()
except Exception:  # noqa: BLE001, S110  # whatever it is: only a fresh start helps
    pass
if provisioned:
    machine.reset()
