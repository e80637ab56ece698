"""Starts the keypad. It ends in a reset, never at a prompt, unless boot.py left the board open."""

try:
    import micropython

    micropython.kbd_intr(-1)  # MicroPython has let Ctrl-C through again for this file
    import asyncio
    import sys
    import time

    import machine
    from esp32 import NVS

    nvs = NVS("holdfast")
    service = machine.reset_cause() == machine.SOFT_RESET
    left_open = True
    try:
        nvs.get_blob("key", bytearray(32))
        left_open = service
        service = nvs.get_i32("service") == 2  # noqa: PLR2004  # as boot.py says
    except OSError:
        service = False
    left_open = left_open or service
    if left_open:
        micropython.kbd_intr(3)
    keypad = None
    try:
        if not service:
            from keypad import forget, start

            keypad = start.prepare()
            forget("start")
            del start, forget
            if keypad is not None:
                asyncio.run(keypad.run())
            elif not left_open:
                time.sleep(1)  # settings that it refuses
    except KeyboardInterrupt:
        # one from before the second line may come as late as here: then it starts again
        left_open = left_open or (keypad is not None and keypad.traced)
    except ImportError:
        if "slot_" in sys.path[0]:
            image = nvs.get_i32("image")
            if image < 3:  # noqa: PLR2004  # damaged, not on trial: rather the cable's
                nvs.set_i32("image", 0)
                nvs.commit()
    if not left_open:
        machine.reset()
except BaseException:  # noqa: BLE001  # whatever it is: only a fresh start helps
    import machine

    machine.reset()
