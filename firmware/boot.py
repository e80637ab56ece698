"""Runs first after every reset: closes the prompt and chooses the image.

A provisioned keypad never comes to a prompt by itself: Ctrl-C is off before anything else happens,
and one that falls into the instant before that starts the board again, as every error does. Open
are a board without a key, settings with `trace`, and the service way: the NVS number `service` is 1
when it was asked for (keypad.service, or here when no keypad runs) and 2 while it lasts, which is
until the installer's tool closes it, power goes, or half an hour has passed.

The NVS number `image` says what to run and is written whole or not at all: bits 0-1 the image that
has worked, bits 2-3 the one on trial, above that the starts the trial has had. 0 is what came by
cable, 1 and 2 are folders. A trial is counted before anything of it is loaded: one that cannot
start, hangs or never confirms is over after three starts. (keypad.trial writes the same number.)
Where MicroPython has ROMFS, each of the three is a third of the partition `romfs`, whose bytecode
runs where it lies; without that, or when nothing lies there, it is a folder as above.
Replaced by cable only, as main.py is.
"""

try:
    import micropython

    micropython.kbd_intr(-1)
    import gc
    import sys
    import time

    import machine
    from esp32 import NVS

    nvs = NVS("holdfast")

    def number(name: str) -> int:
        """A number of the NVS, 0 when it was never set."""
        try:
            return nvs.get_i32(name)
        except OSError:
            return 0

    def put(name: str, value: int) -> None:
        """Set a number of the NVS."""
        nvs.set_i32(name, value)
        nvs.commit()

    def asked() -> bool:
        """Whether, lid open, BOOT is held for 3 s. Not after power-on: then a keypad starts."""
        if machine.reset_cause() in (machine.PWRON_RESET, machine.SOFT_RESET):
            return False
        boot, lid = [machine.Pin(pin, machine.Pin.IN, machine.Pin.PULL_UP) for pin in (0, 47)]
        for _ in range(30):
            if boot.value() or not lid.value():
                return False
            time.sleep_ms(100)
        put("opened", 1)  # the next keypad that runs tells it
        return True

    def service() -> bool:
        """Whether the service way is open."""
        state = number("service")
        if state == 1 or asked():
            put("service", 2)
        elif not state:
            return False
        elif machine.reset_cause() not in (machine.SOFT_RESET, machine.HARD_RESET):
            put("service", 0)
            return False
        machine.WDT(timeout=1800000)
        return True

    def place(image: int) -> str:
        """Where the image lies, mounted: its third of ROMFS, else the cable's; else a folder."""
        for third in (image, 0):
            try:
                import vfs

                rom = memoryview(vfs.rom_ioctl(2, 0))
                size = len(rom) // 12288 * 4096
                vfs.mount(vfs.VfsRom(rom[third * size : third * size + size]), "/slot_%d" % third)
                return "/slot_%d" % third
            except (AttributeError, OSError, TypeError):
                pass  # no ROMFS in MicroPython, no partition, or nothing in it
        return "slot_%d" % image if image else ""

    if service() or machine.reset_cause() == machine.SOFT_RESET:
        # a soft reset is made at a prompt: whoever makes it was let in
        image = number("image") & 3
        micropython.kbd_intr(3)
    else:
        image = number("image")
        if image >> 4 > 2:  # noqa: PLR2004  # three starts
            image &= 3
            put("image", image)
        elif image >> 2:
            put("image", image + 16)
            machine.WDT(timeout=8000)
            image >>= 2
    image = place(image & 3)
    if image:
        sys.path.insert(0, image)
    for name in ("image", "number", "put", "asked", "service", "place", "nvs", "NVS"):
        del globals()[name]  # on the chip main.py has the same
    gc.collect()  # the largest pieces of the heap are asked for next
except BaseException:  # noqa: BLE001  # whatever it is: no prompt comes after it
    import machine

    machine.reset()
