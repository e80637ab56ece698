"""The door to the hardware: draw, render, check.

    python -m hardware draw      sheets and bills of materials from their scripts and lists
    python -m hardware render    pages as SVG and PDF, plots of the proofs, tables in docs
    python -m hardware check     every check and proof; exit code 1 when one fails
    python -m hardware pins BOARD   the board file that fits the pin file

Missing programs are named with what installs them; with CI=true that is a failure, on a desk it is
not.
"""

from __future__ import annotations

import os
import sys
import time

from hardware import bom, pages, render
from hardware.boards import BOARDS, SCHEMATICS
from hardware.books import HERE, Books
from hardware.checks import everything, firmware_pins
from hardware.drawing.project import draw_board
from hardware.errors import HardwareError, ToolError
from hardware.pictures import plots


def draw() -> int:
    """Write every board's sheets and bill of materials."""
    books = Books()
    (HERE / "bom").mkdir(exist_ok=True)
    for name, board in BOARDS.items():
        files = draw_board(board, books, SCHEMATICS / name)
        (HERE / "bom" / f"{name}.csv").write_text(bom.table(books, name), "utf-8")
        print(f"{name}: {len(files)} files, bill of materials")  # noqa: T201 - a command's answer
    return 0


def pictures() -> int:
    """Write pages and plots."""
    for name, board in BOARDS.items():
        written = render.render(board, SCHEMATICS / name, SCHEMATICS / name / "pages")
        print(f"{name}: {len(written)} pages")  # noqa: T201
    print(f"plots: {len(plots.write(Books()))}")  # noqa: T201
    pages.write(Books())
    return 0


def check() -> int:
    """Run everything and tell each result."""
    started = time.monotonic()
    results = everything.every(everything.Places())
    for result in results:
        print(result)  # noqa: T201
    failed = sum(1 for result in results if result.complaints)
    examined = sum(result.examined for result in results)
    took = time.monotonic() - started
    print(f"{len(results)} checks over {examined} things, {failed} failed, {took:.0f} s")  # noqa: T201
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """Do what the first argument says."""
    commands = {"draw": draw, "render": pictures, "check": check}
    try:
        if arguments[:1] == ["pins"] and arguments[1:] and arguments[1] in BOARDS:
            print(firmware_pins.board_source(Books().pins(arguments[1])))  # noqa: T201
            return 0
        if len(arguments) != 1 or arguments[0] not in commands:
            print(__doc__)  # noqa: T201
            return 2
        return commands[arguments[0]]()
    except ToolError as error:
        print(f"hardware: {error}", file=sys.stderr)  # noqa: T201
        return 1 if os.environ.get("CI") == "true" else 0
    except HardwareError as error:
        print(f"hardware: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
