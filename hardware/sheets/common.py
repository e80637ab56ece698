"""Pieces that several sheets share: converters, dividers, switches to ground, relays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line

if TYPE_CHECKING:
    from hardware.drawing.sheet import At, Placed, Sheet


def capacitors(sheet: Sheet, rail: str, at: At, *refs: str) -> Line:
    """A supply's symbol with capacitors to ground below it."""
    sheet.supply(rail, at)
    line = Line(sheet, at)
    line.also_down(refs[0])
    for ref in refs[1:]:
        line.down(ref)
    return line


def divider(sheet: Sheet, top: str, at: At, up: str, low: str, capacitor: str, out: str) -> None:
    """A divider from supply `top` to ground with a filter, its middle named `out`."""
    line = Line(sheet, at)
    line.also_up(up, top).also_down(low).down(capacitor).out(out)


def switching_node(
    sheet: Sheet, chip: Placed, boot: str, capacitor: str, switch: str, coil: str
) -> Line:
    """Bootstrap capacitor over the switching node, then the coil; returns the output's line."""
    x, y = chip[switch]
    top = y - 6
    bst = chip[boot]
    sheet.part(capacitor, (x + 8, top), 90)
    sheet.wire(bst, (x + 3, bst[1]), (x + 3, top), (x + 5, top))
    sheet.wire((x + 11, top), (x + 13, top), (x + 13, y))
    line = Line(sheet, (x, y)).go(13)
    return line.series(coil)


def step_down(sheet: Sheet, chip: Placed, names: tuple[str, ...], rail: str) -> None:
    """Converter's output side: bootstrap, coil, its own supply, divider, capacitors, `rail`.

    `names`: bootstrap capacitor, coil, VCC capacitor, divider's upper and lower part, two output
    capacitors.
    """
    boot, coil, supply, upper, lower, first, second = names
    out = switching_node(sheet, chip, "BOOT", boot, "SW", coil)
    vcc = chip["VCC"]
    sheet.wire(vcc, (vcc[0] + 2, vcc[1]))
    Line(sheet, (vcc[0] + 2, vcc[1])).also_down(supply)
    out.go(6)
    top = sheet.part(upper, (out.x, out.y + 4))
    sheet.wire((out.x, out.y), top["1"])
    low = sheet.part(lower, (out.x, out.y + 12))
    sheet.wire(top["2"], low["1"])
    sheet.supply("GND", low["2"])
    feedback = chip["FB"]
    middle = (out.x, out.y + 8)
    bend = (feedback[0] + 12, feedback[1])
    sheet.wire(feedback, bend, (bend[0], middle[1]), middle)
    out.down(first, before=9).down(second).rail(rail)


def low_switch(sheet: Sheet, at: At, fet: str, pull_down: str, net: str) -> Placed:
    """A transistor to ground, driven by `net`, off while nobody drives; `at` is its centre."""
    q = sheet.part(fet, at)
    gate = q["G"]
    start = (gate[0] - 12, gate[1])
    sheet.label(net, start, "left", "input")
    line = Line(sheet, start)
    line.down(pull_down, before=4)
    sheet.wire((line.x, line.y), gate)
    sheet.supply("GND", q["S"])
    return q


def relay(
    sheet: Sheet, at: At, names: tuple[str, str, str], drive: str, fet: str, rail: str
) -> Placed:
    """A relay with its transistor and coil diode; `names` are relay, diode and gate resistor."""
    ref, diode, pull_down = names
    contact = {"COIL+": "", "COIL-": "", "NC": "", "COM": "", "NO": ""}
    k = sheet.box(ref, at, contact)
    plus, minus = k["COIL+"], k["COIL-"]
    x = plus[0] - 14
    d = sheet.part(diode, (x, at[1] - 2))
    sheet.wire(plus, (x, plus[1]) if plus[1] == d["K"][1] else (plus[0], d["K"][1]))
    sheet.wire((plus[0], d["K"][1]), d["K"])
    sheet.supply(rail, d["K"])
    sheet.wire(minus, (plus[0], d["A"][1]))
    sheet.wire((plus[0], d["A"][1]), d["A"])
    q = low_switch(sheet, (x - 1, at[1] + 10), fet, pull_down, drive)
    sheet.wire(q["D"], (q["D"][0], d["A"][1]), d["A"])
    return k


def tamper(sheet: Sheet, at: At, parts: tuple[str, str, str, str], out: str) -> None:
    """A switch to ground with pull-up and filter: closed is well, open or cut is tamper."""
    connector, pull_up, series, capacitor = parts
    j = sheet.box(connector, at, {"SWITCH": "", "RETURN": "GND"})
    line = Line(sheet, j["SWITCH"])
    line.up(pull_up, "+3V3", before=5).series(series).down(capacitor).out(out)
