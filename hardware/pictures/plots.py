"""Plots of the circuit proofs for docs/hardware.md, drawn from the same runs that are checked."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hardware.boards import ROOT
from hardware.pictures import drawings
from hardware.pictures.svg import COLOURS, FAINT, Axes, Picture
from hardware.proofs import bounce, hold_up, loop, standby

if TYPE_CHECKING:
    from pathlib import Path

    from hardware.books import Books

FOLDER = ROOT / "docs/pictures/hardware"
LAST = -1
WIDE_ENOUGH = 80  # thousandths of the rail, for a word between two windows
STATE_COLOURS = (COLOURS[3], COLOURS[2], COLOURS[1], COLOURS[0])


def windows(books: Books) -> Picture:
    """Every state's readings against its window, good and bad leak, 5 % resistors."""
    picture = Picture(760, 300, "Supervised loop: windows and what the corners read")
    axes = Axes(picture, 90, 40, 640, 200, (-0.05, 1.0), (0, 3))
    axes.frame("loop voltage as a share of the rail", "", [0, 0.2, 0.4, 0.6, 0.8, 1.0], [])
    limits = books.values["loop"]["windows_permille"]
    for place, (state, (low, high)) in enumerate(limits.items()):
        colour = STATE_COLOURS[place]
        left = axes.x(max(low / 1000, -0.05))
        right = axes.x(min(high / 1000, 1.0))
        picture.box(left, axes.top, right - left, axes.high, fill=colour + "22", stroke=colour)
        picture.text(state, (left + right) / 2, axes.top - 8, "middle", bold=True, colour=colour)
    rows = [
        row
        for row in loop.prove(books).data["rows"]
        if row[0] == max(r[0] for r in loop_rows(books))
    ]
    for place, (_, leak, ranges, _) in enumerate(rows):
        y = axes.y(2 - place)
        picture.text(f"{leak / 1e3:.0f} k leak", axes.left - 6, y + 4, "end")
        for number, (low, high) in enumerate(ranges.values()):
            picture.line(axes.x(low), y, axes.x(high), y, STATE_COLOURS[number], 8)
    for (_, below), (above, _) in itertools.pairwise(limits.values()):
        if above - below > WIDE_ENOUGH:
            middle = axes.x((above + below) / 2000)
            picture.text("FAULT", middle, axes.top + axes.high - 8, "middle", 11, FAINT)
    return picture


def loop_rows(books: Books) -> list[tuple[float, float]]:
    """The tolerances that are proven, as rows."""
    return [(tolerance, 0.0) for tolerance in books.values["loop"]["end_of_line_tolerances"]]


def delays(books: Books) -> Picture:
    """Fastest to slowest press of every corner."""
    found = bounce.prove(books)
    runs: dict[str, list[float]] = found.data["delays_ms"]
    picture = Picture(760, 80 + 26 * len(runs), "Contact bounce: delay of the one clean edge")
    limit = books.values["button"]["delay_ms_max"]
    axes = Axes(picture, 250, 40, 480, 26.0 * len(runs), (0, limit + 2), (0, len(runs)))
    axes.frame("ms from the first touch to the pin", "", [0, 5, 10, 15, 20, 25, 30, 35], [])
    for place, (name, values) in enumerate(runs.items()):
        y = axes.y(len(runs) - place - 0.5)
        picture.text(name.replace("_", " "), axes.left - 6, y + 4, "end", 11)
        picture.line(axes.x(min(values)), y, axes.x(max(values)), y, COLOURS[place % 3], 9)
    picture.line(
        axes.x(limit), axes.top, axes.x(limit), axes.top + axes.high, COLOURS[1], 1.5, "5 3"
    )
    words = f"{found.data['presses']} presses x {len(runs)} corners, two edges each"
    picture.text(words, axes.left, axes.top - 10)
    return picture


def rail_after_loss(books: Books) -> Picture:
    """The converter's input after mains and cell are gone."""
    found = hold_up.prove(books)
    picture = Picture(760, 340, "Hold-up: the converter's input after total loss")
    axes = Axes(picture, 60, 40, 670, 240, (0, 4.5), (0, 5))
    axes.frame("s after the loss", "V", [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5])
    stop = books.fact("boost_input_min_v")
    picture.line(
        axes.left, axes.y(stop), axes.left + axes.wide, axes.y(stop), COLOURS[1], 1.5, "5 3"
    )
    picture.text(
        "converter stops", axes.left + axes.wide - 6, axes.y(stop) - 6, "end", 11, COLOURS[1]
    )
    for place, (start, points) in enumerate(found.data["curves"].items()):
        colour = COLOURS[2 * place]
        kept = [(axes.x(t), axes.y(v)) for t, v in points if v > stop - 0.3 and t < axes.x_range[1]]
        picture.path(kept, colour)
        picture.text(
            f"from {start} V", kept[0][0] + 60, kept[len(kept) // 9][1] - 12, size=11, colour=colour
        )
    for words, moment in (
        ("worst flash write", found.data["write_s"]),
        ("x 3", found.data["need_s"]),
    ):
        x = axes.x(moment)
        picture.line(x, axes.top, x, axes.top + axes.high, FAINT, 1.5, "3 3")
        picture.text(words, x + 4, axes.top + 14, size=11, colour=FAINT)
    return picture


def hours(books: Books) -> Picture:
    """Hours by cells and way of working, against the grades."""
    data = standby.prove(books).data
    table: dict[str, dict[int, float]] = data["table"]
    picture = Picture(760, 340, "Standby: calculated hours against the grades")
    axes = Axes(picture, 60, 40, 500, 230, (0, 3), (0, 120))
    axes.frame("", "h (calculated from assumed currents)", [], [0, 20, 40, 60, 80, 100])
    for place, (name, row) in enumerate(table.items()):
        for number, (cells, value) in enumerate(row.items()):
            x = axes.x(place + 0.1 + 0.28 * number)
            y = axes.y(value)
            picture.box(x, y, 40, axes.y(0) - y, COLOURS[place] + "99", COLOURS[place])
            picture.text(f"{value:.0f}", x + 20, y - 4, "middle", 11)
            picture.text(
                f"{cells} cell" + ("s" if cells > 1 else ""), x + 20, axes.y(0) + 14, "middle", 10
            )
        picture.text(name, axes.x(place + 0.5), axes.y(0) + 34, "middle", bold=True)
    for name, value in data["grades"].items():
        y = axes.y(value)
        picture.line(axes.left, y, axes.left + axes.wide, y, COLOURS[1], 1.2, "5 3")
        picture.text(name, axes.left + axes.wide + 6, y + 4, size=11, colour=COLOURS[1])
    return picture


def write(books: Books) -> list[Path]:
    """Write all plots and drawings into docs/pictures/hardware."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {
        "loop-windows": windows(books),
        "bounce": delays(books),
        "hold-up": rail_after_loss(books),
        "standby": hours(books),
        "wiring": drawings.wiring(books),
        "housing": drawings.housing(books),
    }
    written = []
    for name, picture in made.items():
        written.append(FOLDER / f"{name}.svg")
        written[LAST].write_text(picture.source(), "utf-8")
    return written
