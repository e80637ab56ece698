"""Page 3: the ESP32-S3 module, its start, USB, and the header for the test rig."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    module(s)
    start(s)
    usb(s)
    rig(s)


def module(s: Sheet) -> None:
    """The module; its nets are those of the pin file."""
    pins = s.books.pins("keypad")
    nets = {pin.pad: pin.net for pin in pins.pins.values()}
    nets |= {pad: net or "NC" for pad, net in pins.reserved.items()}
    s.frame("Module: pins as in hardware/pins/keypad_esp32s3.toml", (84, 11), (76, 82))
    s.box("U201", (126, 58), {**nets, "3V3": "+3V3", "GND": "GND"})
    capacitors(s, "+3V3", (88, 21), "C201", "C202")


def start(s: Sheet) -> None:
    """Reset and boot: two workshop buttons, defaults that run."""
    s.frame("Start", (11, 11), (71, 44))
    s.label("RESET_N", (26, 21), "left")
    Line(s, (26, 21)).down("C203").down("SW201", before=8)
    s.label("BOOT_N", (26, 46), "left")
    line = Line(s, (26, 46))
    line.up("R202", "+3V3", before=8)
    switch = s.part("SW202", (line.x + 14, 49))
    s.wire((line.x, 46), switch["1"])
    s.supply("GND", switch["2"])


def usb(s: Sheet) -> None:
    """USB-C: flashing, console, and the bench's supply."""
    s.frame("USB: flash, console, bench supply", (11, 57), (71, 70))
    s.box(
        "J201",
        (22, 76),
        {
            "VBUS": "VBUS",
            "CC1": "USB_CC1",
            "CC2": "USB_CC2",
            "A6": "USB_DP",
            "B6": "USB_DP",
            "A7": "USB_DN",
            "B7": "USB_DN",
            "SBU1": "NC",
            "SBU2": "NC",
            "GND": "GND",
            "SHIELD": "GND",
        },
    )
    s.label("USB_CC1", (26, 100), "left")
    Line(s, (26, 100)).down("R203")
    s.label("USB_CC2", (26, 115), "left")
    Line(s, (26, 115)).down("R204")
    s.box(
        "U202",
        (60, 108),
        {"1": "USB_DP", "6": "USB_DP", "3": "USB_DN", "4": "USB_DN", "VBUS": "VBUS", "GND": "GND"},
    )
    s.flag("VBUS", (50, 65))


def rig(s: Sheet) -> None:
    """What the test rig listens to."""
    s.frame("Test rig's header: it listens, it drives nothing", (162, 11), (57, 26))
    s.box(
        "J202",
        (205, 26),
        {
            "GND": "GND",
            "STROBE": "STROBE",
            "TAKEN": "LAMP_TAKEN",
            "TOLD": "LAMP_TOLD",
            "TROUBLE": "LAMP_TROUBLE",
            "SOUNDER": "SOUNDER",
        },
    )
    s.note(
        "Left alone on purpose: IO3, IO45, IO46 are straps,\n"
        "IO35-IO37 belong to the PSRAM of the R8 variants,\n"
        "IO19/IO20 are USB. IO0 is the boot button only.",
        (163, 42),
    )
