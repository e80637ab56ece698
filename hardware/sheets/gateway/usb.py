"""Page 4: second connector of the module, and where its one USB goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Compute Module 4, second connector: only USB is used", (11, 11), (76, 114))
    nets = {pin.numbers[0]: "NC" for pin in s.symbols["CM4_2"].pins}
    gnd = next(pin.numbers[0] for pin in s.symbols["CM4_2"].pins if pin.name == "GND")
    s.box("J202", (50, 68), {**nets, "3": "CM4_USB_N", "5": "CM4_USB_P", gnd: "GND"})
    s.note("X146: the module's pin 146, left open", (14, 16))
    switch(s)
    flashing(s)


def switch(s: Sheet) -> None:
    """To the modem, or to USB-C while the boot jumper is set."""
    s.frame("USB: modem, or USB-C while the boot jumper is set", (89, 11), (130, 36))
    s.box(
        "U201",
        (140, 31),
        {
            "D+": "CM4_USB_P",
            "D-": "CM4_USB_N",
            "SEL": "BOOT_N",
            "~{OE}": "GND",
            "HSD1+": "FLASH_P",
            "HSD1-": "FLASH_N",
            "HSD2+": "MODEM_P",
            "HSD2-": "MODEM_N",
            "VCC": "+3V3",
            "GND": "GND",
        },
    )
    capacitors(s, "+3V3", (190, 24), "C204")


def flashing(s: Sheet) -> None:
    """USB-C: a device's side, it feeds nothing."""
    s.frame("USB-C for flashing: its 5 V feed nothing here", (89, 49), (130, 76))
    s.box(
        "J204",
        (100, 70),
        {
            "VBUS": "VBUS",
            "CC1": "USB_CC1",
            "CC2": "USB_CC2",
            "A6": "FLASH_P",
            "B6": "FLASH_P",
            "A7": "FLASH_N",
            "B7": "FLASH_N",
            "SBU1": "NC",
            "SBU2": "NC",
            "GND": "GND",
            "SHIELD": "GND",
        },
    )
    lines = {"1": "FLASH_P", "6": "FLASH_P", "3": "FLASH_N", "4": "FLASH_N"}
    s.box("U202", (170, 70), {**lines, "VBUS": "VBUS", "GND": "GND"})
    for net, x, ref in (("USB_CC1", 110, "R204"), ("USB_CC2", 140, "R205")):
        s.label(net, (x, 100), "left")
        Line(s, (x, 100)).down(ref)
    s.flag("VBUS", (135, 57))
