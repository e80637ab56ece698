"""Draws a signal's way from left to right: series parts in the wire, others hanging up or down.

`Line` moves a cursor along one level wire. Every call draws and moves on; text finds its room by
itself. It decides nothing electrical.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.paper import width

if TYPE_CHECKING:
    from hardware.drawing.sheet import At, Sheet

REACH = 3
LIFT = 4


class Line:
    """A wire under construction. `at` is its start; `x` its end so far."""

    def __init__(self, sheet: Sheet, at: At) -> None:
        self.sheet = sheet
        self.x, self.y = at
        self.room = 0.0

    def go(self, distance: float) -> Line:
        """Lead the wire on, at least so far that the last part's text has room."""
        target = self.x + max(distance, self.room)
        self.sheet.wire((self.x, self.y), (target, self.y))
        self.x, self.room = target, 0.0
        return self

    def _remember(self, ref: str) -> None:
        part = self.sheet.parts[ref]
        half = self.sheet.symbols[part.symbol].half[0]
        words = max(width(part.value), width(ref))
        self.room = max(self.room, float(int(half + 0.8 + words + 3)))

    def series(self, ref: str, before: float = 2, *, backwards: bool = False) -> Line:
        """A part in the wire; pin 1 comes first, or last when `backwards` (a diode's way)."""
        words = max(width(self.sheet.parts[ref].value), width(ref))
        extra = max(0.0, words / 2 - REACH)
        self.go(max(before, before + float(int(extra))))
        self.sheet.part(ref, (self.x + REACH, self.y), 270 if backwards else 90)
        self.x += 2 * REACH
        self.room = float(int(extra + 1))
        return self

    def down(self, ref: str, net: str = "GND", before: float = 3) -> Line:
        """A part hanging from the wire to `net`."""
        self.go(before)
        return self.also_down(ref, net)

    def also_down(self, ref: str, net: str = "GND") -> Line:
        """A part hanging from the wire at the last one's place."""
        part = self.sheet.part(ref, (self.x, self.y + LIFT))
        self.sheet.wire((self.x, self.y), part["1"])
        self.sheet.supply(net, part["2"])
        self._remember(ref)
        return self

    def up(self, ref: str, net: str, before: float = 3) -> Line:
        """A part standing on the wire, up to `net`."""
        self.go(before)
        return self.also_up(ref, net)

    def also_up(self, ref: str, net: str) -> Line:
        """A part standing on the wire at the last one's place."""
        part = self.sheet.part(ref, (self.x, self.y - LIFT))
        self.sheet.wire((self.x, self.y), part["2"])
        self.sheet.supply(net, part["1"])
        self._remember(ref)
        return self

    def rail(self, net: str, before: float = 3) -> Line:
        """The wire's supply, standing on it."""
        self.go(before)
        self.sheet.supply(net, (self.x, self.y))
        return self

    def out(self, net: str, before: float = 3) -> Line:
        """End in a label to other sheets."""
        self.go(before)
        self.sheet.label(net, (self.x, self.y), "right", "output")
        return self

    def to(self, pin: At, bend_before: float = 2) -> Line:
        """End in a pin on this level, or with a bend so far before it."""
        if pin[1] == self.y:
            self.sheet.wire((self.x, self.y), pin)
        else:
            bend = pin[0] - bend_before
            self.sheet.wire((self.x, self.y), (bend, self.y), (bend, pin[1]), pin)
        self.x, self.y = pin
        return self
