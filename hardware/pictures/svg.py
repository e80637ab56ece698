"""A small SVG writer: shapes, text, axes. Deterministic, readable in light and dark pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

INK, FAINT, PAPER = "#1b1f24", "#9aa4ad", "#ffffff"
COLOURS = (
    "#0b6e99",
    "#b3261e",
    "#2e7d32",
    "#8a5a00",
    "#6a3fa0",
    "#00695c",
    "#ad1457",
    "#37474f",
    "#5d4037",
)


def figure(value: float) -> str:
    """A coordinate, one digit behind the point."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


@dataclass
class Picture:
    """A picture of `width` x `height` units."""

    width: int
    height: int
    title: str
    items: list[str] = field(default_factory=list)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        colour: str = INK,
        wide: float = 1,
        dash: str = "",
    ) -> None:
        """A straight line."""
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        self.items.append(
            f'<line x1="{figure(x1)}" y1="{figure(y1)}" x2="{figure(x2)}" y2="{figure(y2)}"'
            f' stroke="{colour}" stroke-width="{figure(wide)}"{extra}/>'
        )

    def path(self, points: list[tuple[float, float]], colour: str, wide: float = 1.5) -> None:
        """A line through many points."""
        steps = " ".join(f"{figure(x)},{figure(y)}" for x, y in points)
        self.items.append(
            f'<polyline points="{steps}" fill="none"'
            f' stroke="{colour}" stroke-width="{figure(wide)}"/>'
        )

    def box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        fill: str = "none",
        stroke: str = INK,
        round_by: float = 0,
    ) -> None:
        """A rectangle, corners rounded by `round_by`."""
        self.items.append(
            f'<rect x="{figure(x)}" y="{figure(y)}" width="{figure(wide)}" height="{figure(high)}"'
            f' rx="{figure(round_by)}" fill="{fill}" stroke="{stroke}"/>'
        )

    def circle(
        self, x: float, y: float, radius: float, fill: str = "none", stroke: str = INK
    ) -> None:
        """A circle."""
        self.items.append(
            f'<circle cx="{figure(x)}" cy="{figure(y)}" r="{figure(radius)}"'
            f' fill="{fill}" stroke="{stroke}"/>'
        )

    def text(
        self,
        words: str,
        x: float,
        y: float,
        anchor: str = "start",
        size: int = 12,
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """A line of text on its base line."""
        weight = ' font-weight="bold"' if bold else ""
        self.items.append(
            f'<text x="{figure(x)}" y="{figure(y)}" text-anchor="{anchor}" font-size="{size}"'
            f' fill="{colour}"{weight}>{escape(words)}</text>'
        )

    def source(self) -> str:
        """The picture's text."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}"'
            f' viewBox="0 0 {self.width} {self.height}" font-family="sans-serif" role="img"'
            f' aria-label="{escape(self.title)}">'
        )
        paper = f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>'
        return (
            "\n".join([head, f"<title>{escape(self.title)}</title>", paper, *self.items, "</svg>"])
            + "\n"
        )


@dataclass
class Axes:
    """A plot's frame inside a picture: maps values to places, draws scale and grid."""

    picture: Picture
    left: float
    top: float
    wide: float
    high: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Place of a value on the level axis."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * self.wide

    def y(self, value: float) -> float:
        """Place of a value on the upright axis."""
        low, high = self.y_range
        return self.top + self.high - (value - low) / (high - low) * self.high

    def frame(self, x_name: str, y_name: str, x_ticks: list[float], y_ticks: list[float]) -> None:
        """Frame, grid, ticks and names."""
        for tick in x_ticks:
            self.picture.line(self.x(tick), self.top, self.x(tick), self.top + self.high, "#e3e7ea")
            self.picture.text(f"{tick:g}", self.x(tick), self.top + self.high + 16, "middle")
        for tick in y_ticks:
            self.picture.line(
                self.left, self.y(tick), self.left + self.wide, self.y(tick), "#e3e7ea"
            )
            self.picture.text(f"{tick:g}", self.left - 6, self.y(tick) + 4, "end")
        self.picture.box(self.left, self.top, self.wide, self.high)
        self.picture.text(x_name, self.left + self.wide / 2, self.top + self.high + 34, "middle")
        self.picture.text(y_name, self.left, self.top - 8)
