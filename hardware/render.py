"""Pages as pictures: SVG for docs and review, PDF for the workshop. Small, always the same.

KiCad writes a date into every picture and five digits behind the point; both are taken out, so that
a picture changes only when the drawing does.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hardware import kicad

if TYPE_CHECKING:
    from hardware.drawing.project import Board

DATE = b"D:20000101000000"
_INVISIBLE = re.compile(r"<text [^>]*opacity=\"0\"[^>]*>[^<]*</text>\s*", re.DOTALL)
_NUMBER = re.compile(r"(?<![\d.])-?\d+\.\d+(?![\d.])")
_AGAIN = re.compile(r"(-?[\d.]+ -?[\d.]+)M\1L")
_STROKED = re.compile(r'(<g class="stroked-text">)(.*?)(</g>)', re.DOTALL)


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".") or "0"


def shrink(svg: str) -> str:
    """The same picture in a third of the bytes, without its date."""
    svg = re.sub(r"<title>SVG Image created as (\S+) date [^<]*</title>", r"<title>\1</title>", svg)
    head, title, body = svg.partition("<title>")
    svg = head + title + _NUMBER.sub(_short, _INVISIBLE.sub("", body))
    svg = re.sub(r"\s*\nL", "L", svg)
    svg = re.sub(r'\s*\n" />', '"/>', svg)
    joined = _STROKED.sub(lambda m: m[1] + re.sub(r'"\s*/>\s*<path d="', "", m[2]) + m[3], svg)
    return re.sub(r"\n\s*\n+", "\n", _AGAIN.sub(r"\1L", joined))


def render(board: Board, folder: Path, target: Path, *, pdf: bool = True) -> list[Path]:
    """Pages of the board in `folder` as `target`/*.svg and, with `pdf`, `target`/<board>.pdf."""
    target.mkdir(parents=True, exist_ok=True)
    sheet = folder / f"{board.name}.kicad_sch"
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        kicad.run("sch", "export", "svg", "-o", scratch, str(sheet))
        for page in sorted(Path(scratch).glob("*.svg")):
            written.append(target / page.name)
            written[-1].write_text(shrink(page.read_text("utf-8")), "utf-8")
        if pdf:
            made = Path(scratch, "board.pdf")
            kicad.run("sch", "export", "pdf", "-o", str(made), str(sheet))
            written.append(target / f"{board.name}.pdf")
            written[-1].write_bytes(re.sub(rb"D:\d{14}", DATE, made.read_bytes()))
    return written
