"""Page 3: Compute Module 4, first connector: supplies, pins, Ethernet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Compute Module 4: pins as in hardware/pins/gateway_cm4.toml", (11, 11), (124, 114))
    s.box("J201", (74, 70), nets(s))
    capacitors(s, "+5V", (18, 25), "C201", "C202")
    boot(s)
    ethernet(s)


def nets(s: Sheet) -> dict[str, str]:
    """Every pin of the first connector: the pin file's, the supplies, the rest open."""
    pins = s.books.pins("gateway")
    out = {pin.name: "NC" for pin in s.symbols["CM4_1"].pins}
    out |= {pin.pad: pin.net for pin in pins.pins.values()}
    out |= {pad: net or "NC" for pad, net in pins.reserved.items()}
    return out | {"+5V": "+5V", "CM4_3.3V": "+3V3", "GPIO_VREF": "+3V3", "GND": "GND"}


def boot(s: Sheet) -> None:
    """The jumper that lets USB-C flash the module."""
    s.frame("Boot jumper: set to flash by USB-C", (137, 11), (82, 27))
    s.label("BOOT_N", (158, 27), "left")
    line = Line(s, (158, 27)).up("R203", "+3V3", before=6).go(4)
    jumper = s.part("JP201", (line.x, 31))
    s.wire((line.x, 27), jumper["1"])
    s.supply("GND", jumper["2"])


def ethernet(s: Sheet) -> None:
    """Gigabit jack."""
    s.frame("Ethernet", (137, 40), (82, 85))
    legs = {
        f"TD{pair + 1}{sign}": f"PAIR{pair}_{leg}"
        for pair in range(4)
        for sign, leg in ("+P", "-N")
    }
    lamps = {"L1": "LAMP_LINK", "L2": "ETH_LINK_N", "L3": "LAMP_ACT", "L4": "ETH_ACT_N"}
    s.box("J203", (190, 65), {**legs, "CT": "ETH_CT", **lamps, "GND": "GND", "SH": "GND"})
    for net, y, ref in (("LAMP_LINK", 92, "R201"), ("LAMP_ACT", 103, "R202")):
        s.supply("+3V3", (160, y))
        Line(s, (160, y)).series(ref, before=4).out(net)
    s.label("ETH_CT", (160, 114), "left")
    Line(s, (160, 114)).down("C203")
