"""Page 7, an option: wired path over a W5500."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    chip(s)
    clock_and_bias(s)
    line_side(s)


def chip(s: Sheet) -> None:
    """The controller on SPI; its reset is the board's."""
    s.frame("W5500 on SPI (option)", (11, 11), (118, 72))
    s.box(
        "U501",
        (70, 46),
        {
            "~{SCS}": "ETH_CS_N",
            "SCLK": "ETH_SCK",
            "MOSI": "ETH_MOSI",
            "MISO": "ETH_MISO",
            "~{INT}": "ETH_INT_N",
            "~{RST}": "RESET_N",
            "PMODE0": "NC",
            "PMODE1": "NC",
            "PMODE2": "NC",
            "XI/CLKIN": "ETH_XI",
            "XO": "ETH_XO",
            "EXRES1": "ETH_BIAS",
            "TOCAP": "ETH_TOCAP",
            "1V2O": "ETH_1V2",
            "VBG": "NC",
            "TXP": "ETH_TXP",
            "TXN": "ETH_TXN",
            "RXP": "ETH_RXP",
            "RXN": "ETH_RXN",
            "LINKLED": "ETH_LINK_N",
            "ACTLED": "ETH_ACT_N",
            "SPDLED": "NC",
            "DUPLED": "NC",
            "DNC": "NC",
            "NC": "NC",
            "RSVD": "GND",
            "VDD": "+3V3",
            "AVDD": "+3V3A",
            "GND": "GND",
            "AGND": "GND",
        },
    )
    capacitors(s, "+3V3", (16, 25), "C504")
    for net, y, ref in (("ETH_CS_N", 50, "R503"), ("ETH_INT_N", 72, "R504")):
        s.label(net, (26, y), "left")
        Line(s, (26, y)).up(ref, "+3V3", before=2)


def clock_and_bias(s: Sheet) -> None:
    """Crystal, bias, capacitors, quiet supply."""
    s.frame("Clock, bias, quiet supply", (11, 85), (118, 42))
    y = s.part("Y501", (42, 100))
    s.label("ETH_XI", (26, 100), "left")
    s.wire((26, 100), y["1"])
    s.part("R502", (42, 91), 90)
    s.wire((35, 100), (35, 91), (39, 91))
    s.wire((45, 91), (49, 91), (49, 100))
    Line(s, (30, 100)).also_down("C507")
    line = Line(s, y["3"])
    line.down("C508", before=8)
    line.go(4)
    s.label("ETH_XO", (line.x, 100), "right")
    s.supply("GND", y["2"])
    for net, x, ref in (
        ("ETH_BIAS", 26, "R501"),
        ("ETH_TOCAP", 52, "C505"),
        ("ETH_1V2", 78, "C506"),
    ):
        s.label(net, (x, 114), "left")
        Line(s, (x, 114)).down(ref, before=2)
    s.supply("+3V3", (76, 98))
    quiet = Line(s, (76, 98))
    quiet.series("FB501", before=4).down("C501").down("C502").down("C503").rail("+3V3A")
    s.flag("+3V3A", (112, 108))


def line_side(s: Sheet) -> None:
    """Terminations and the jack."""
    s.frame("Line: terminations and jack with transformer", (131, 11), (88, 114))
    for net, x, ref in (("ETH_TXP", 145, "R505"), ("ETH_TXN", 167, "R506")):
        s.label(net, (x, 27), "left")
        Line(s, (x, 27)).up(ref, "+3V3A", before=2)
    s.label("ETH_TCT", (192, 27), "left")
    Line(s, (192, 27)).up("R509", "+3V3A", before=4).also_down("C509")
    for net, y, ref, capacitor in (
        ("ETH_RXP", 48, "R507", "C511"),
        ("ETH_RXN", 72, "R508", "C512"),
    ):
        s.label(net, (145, y), "left")
        line = Line(s, (145, y)).go(4)
        resistor = s.part(ref, (line.x, y + 4 if ref == "R507" else y - 4))
        s.wire((line.x, y), resistor["1" if ref == "R507" else "2"])
        line.series(capacitor, before=14).out(net.replace("ETH_", "LINE_"))
    s.wire((149, 55), (149, 65))
    Line(s, (149, 58)).down("C510", before=9)
    s.label("ETH_RCT", (203, 48), "left")
    Line(s, (203, 48)).down("C513")
    for net, y, ref in (("ETH_LAMP_G", 86, "R510"), ("ETH_LAMP_Y", 98, "R511")):
        s.supply("+3V3", (140, y))
        Line(s, (140, y)).series(ref, before=3).out(net)
    s.box(
        "J501",
        (206, 96),
        {
            "TD+": "ETH_TXP",
            "TCT": "ETH_TCT",
            "TD-": "ETH_TXN",
            "RD+": "LINE_RXP",
            "RCT": "ETH_RCT",
            "RD-": "LINE_RXN",
            "G+": "ETH_LAMP_G",
            "G-": "ETH_LINK_N",
            "Y+": "ETH_LAMP_Y",
            "Y-": "ETH_ACT_N",
            "GND": "GND",
            "SH": "GND",
        },
    )
