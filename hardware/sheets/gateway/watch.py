"""Page 5: watchdog, relay, tamper, lamp. A dead gateway restarts, and its relay has dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors, low_switch, relay, tamper

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    watchdog(s)
    output(s)
    s.frame("Tamper: closed = lid shut, open or cut = tamper", (11, 89), (92, 36))
    tamper(s, (22, 107), ("J302", "R304", "R305", "C302"), "TAMPER")
    lamp(s)


def watchdog(s: Sheet) -> None:
    """Restarts the module when no sign of life comes within the interval."""
    s.frame(
        "Watchdog: no sign of life within the interval restarts the module", (11, 11), (208, 36)
    )
    nets = {
        "DONE": "",
        "DELAY/M_RST": "WATCHDOG_DELAY",
        "~{RST}": "RUN_PG",
        "WAKE": "WATCHDOG_WAKE",
        "VDD": "+3V3",
        "GND": "GND",
    }
    u = s.box("U301", (90, 28), nets)
    s.label("WATCHDOG_DONE", (32, u["DONE"][1]), "left")
    Line(s, (32, u["DONE"][1])).down("R302", before=5).to(u["DONE"])
    s.label("WATCHDOG_DELAY", (150, 28), "left")
    Line(s, (150, 28)).down("R301")
    capacitors(s, "+3V3", (180, 26), "C301")


def output(s: Sheet) -> None:
    """Energised while the gateway is well."""
    s.frame("Relay: energised = well, a dead gateway drops it", (11, 49), (208, 38))
    k = relay(s, (90, 65), ("K301", "D301", "R303"), "RELAY", "Q301", "+5V")
    j = s.box("J301", (140, 65), {"NC": "", "COM": "", "NO": ""})
    for pin in ("NC", "COM", "NO"):
        s.wire(k[pin], j[pin])


def lamp(s: Sheet) -> None:
    """Lit while the receiver answers."""
    s.frame("Lamp: the receiver answers", (105, 89), (60, 36))
    q = low_switch(s, (140, 113), "Q302", "R307", "LAMP")
    x, y = q["D"]
    led = s.part("D302", (x, y - 4), 180)
    s.wire((x, y), led["K"])
    r = s.part("R306", (x, y - 11))
    s.wire(r["2"], led["A"])
    s.supply("+3V3", r["1"])
