"""Keeps the sheet readable: knows what lies where and refuses overlaps.

Sizes are estimates of KiCad's stroke font, on the safe side; the rendered pages were looked at,
this guard keeps later changes honest.
"""

from __future__ import annotations

from hardware.errors import DrawingError

At = tuple[float, float]
Rect = tuple[float, float, float, float]
CHARACTER_WIDTH = 0.98  # grid units at 1.27 mm
NARROW = frozenset("iIl.,:;'|! j")
HALF_HEIGHT = 0.62
LABEL_EXTRA = 2.2
SLACK = 0.05


def width(text: str) -> float:
    """Width of `text` in grid units."""
    return sum(0.6 if character in NARROW else CHARACTER_WIDTH for character in text)


def _meet(one: Rect, two: Rect) -> bool:
    return (
        one[0] < two[2] - SLACK
        and two[0] < one[2] - SLACK
        and one[1] < two[3] - SLACK
        and two[1] < one[3] - SLACK
    )


class Paper:
    """What lies on one sheet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: list[tuple[Rect, str]] = []
        self.bodies: list[tuple[Rect, str]] = []
        self.wires: list[Rect] = []
        self.labels: list[str] = []

    def body(self, ref: str, at: At, half: At) -> None:
        """A part's body."""
        self.bodies.append(
            ((at[0] - half[0], at[1] - half[1], at[0] + half[0], at[1] + half[1]), ref)
        )

    def wire(self, one: At, two: At) -> None:
        """A stretch of wire."""
        x1, x2 = sorted((one[0], two[0]))
        y1, y2 = sorted((one[1], two[1]))
        self.wires.append((x1 - 0.1, y1 - 0.1, x2 + 0.1, y2 + 0.1))

    def text(self, words: str, at: At, just: str, owner: str, scale: float = 1) -> None:
        """A line of text, centred in height."""
        long = width(words) * scale
        left = {"left": at[0], "right": at[0] - long}.get(just, at[0] - long / 2)
        high = HALF_HEIGHT * scale
        self.texts.append(((left, at[1] - high, left + long, at[1] + high), f"{owner}: {words}"))

    def label(self, net: str, at: At, side: str) -> None:
        """A net's flag."""
        if net not in self.labels:
            self.labels.append(net)
        long = width(net) + LABEL_EXTRA
        left = at[0] if side == "right" else at[0] - long
        self.texts.append(((left, at[1] - 0.8, left + long, at[1] + 0.8), f"label: {net}"))

    def overlaps(self) -> list[str]:
        """Everything that lies over something else."""
        found = []
        things = self.texts + self.bodies
        for place, (rect, name) in enumerate(things):
            found += [
                f"'{name}' lies over '{other}' at ({rect[0]:.0f}, {rect[1]:.0f})"
                for second, other in things[place + 1 :]
                if _meet(rect, second)
            ]
        for rect, name in self.texts:
            if name.startswith(("label", "wire")):
                continue
            found += [
                f"a wire runs through '{name}' at ({rect[0]:.0f}, {rect[1]:.0f})"
                for wire in self.wires
                if _meet(rect, wire)
            ]
        return found

    def judge(self) -> None:
        """Refuse the sheet when anything overlaps."""
        if found := self.overlaps():
            raise DrawingError(f"sheet {self.name}:\n  " + "\n  ".join(found))
