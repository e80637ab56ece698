"""Finds a font that can write all six languages, measures text with it, and refuses what it lacks.

DejaVu Sans (licence: Bitstream Vera, free to embed) covers Latin, Cyrillic, Hebrew and Arabic
script in one file. It is no part of this project: Debian has it as fonts-dejavu-core.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb

from holdfast.labels import LabelError

_FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/TTF",
    "/Library/Fonts",
)
_REGULAR, _BOLD = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"
_UNSEEN = {"\u200c", "\u200d", "\u200e", "\u200f", "\u2066", "\u2067", "\u2068", "\u2069", "\n"}
MM_PER_POINT = 25.4 / 72


class Fonts:
    """A regular and a bold face."""

    def __init__(self, regular: Path, bold: Path) -> None:
        self.paths = {False: regular, True: bold}
        self._faces = {is_bold: _face(path) for is_bold, path in self.paths.items()}

    def width_mm(self, text: str, size_pt: float, *, bold: bool) -> float:
        """Width of `text` as it will be shaped. Raises LabelError for a missing character."""
        face, units_per_em = self._faces[bold]
        self.check(text, bold=bold)
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(face, buffer)
        units = sum(place.x_advance for place in buffer.glyph_positions or ())
        return float(units) / units_per_em * size_pt * MM_PER_POINT

    def check(self, text: str, *, bold: bool) -> None:
        """Refuse a character that this font would print as a box."""
        face, _ = self._faces[bold]
        for character in text:
            if character not in _UNSEEN and face.get_nominal_glyph(ord(character)) is None:
                raise LabelError(
                    f"the font {self.paths[bold].name} has no '{character}' "
                    f"(U+{ord(character):04X}), wanted in '{text}'; name a font that has it "
                    "with --font"
                )


def find(regular: Path | None = None) -> Fonts:
    """The font `regular` (used for bold too), or DejaVu where systems keep it."""
    if regular is not None:
        if not regular.is_file():
            raise LabelError(f"there is no font file {regular}; give the path of a .ttf file")
        return _fonts(regular, regular)
    folders = [Path(folder) for folder in _FOLDERS]
    if shutil.which("fc-match"):
        answer = subprocess.run(
            ["fc-match", "-f", "%{file}", "DejaVu Sans:style=Book"],  # noqa: S607  # wherever it is
            capture_output=True,
            text=True,
            check=False,
        )
        folders.append(Path(answer.stdout).parent)
    for folder in folders:
        if (folder / _REGULAR).is_file() and (folder / _BOLD).is_file():
            return _fonts(folder / _REGULAR, folder / _BOLD)
    raise LabelError(
        "no font DejaVu Sans on this machine; install it (Debian: fonts-dejavu-core) or name "
        "another one with --font"
    )


@lru_cache(maxsize=8)
def _fonts(regular: Path, bold: Path) -> Fonts:
    return Fonts(regular, bold)


def _face(path: Path) -> tuple[hb.Font, int]:
    try:
        face = hb.Face(hb.Blob.from_file_path(str(path)))
    except (OSError, hb.HarfBuzzError) as error:
        raise LabelError(f"{path} cannot be read as a font; give a .ttf file") from error
    if face.glyph_count == 0:
        raise LabelError(f"{path} holds no glyphs; give a .ttf file")
    return hb.Font(face), face.upem
