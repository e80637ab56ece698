"""Where everything stands on a label, in millimetres. Pure: it draws nothing and opens nothing.

A drawing is a list of Text and Code on an area; x and y count from the upper left corner. Text is
placed by its baseline: at its start (left to right) or at its end on the right (right to left).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from holdfast.labels import LabelError
from holdfast.labels.words import Words, words_of

if TYPE_CHECKING:
    from holdfast.labels.fonts import Fonts

_DEVICE_DIGITS = 16
_SIZE_PT_MIN = 5.0
_MARGIN_MM = 2.0
_LEADING = 1.25
_WRAP_BELOW = 0.75
"""A name that would shrink below this part of its size goes on two lines."""
_POINT_MM = 25.4 / 72


@dataclass(frozen=True)
class Keypad:
    """What a label says: public fields only. `zone` 0 to 65535, `device` 16 hexadecimal digits."""

    device: str
    site: str
    account: str
    zone: int
    zone_name: str
    language: str = "en"

    def __post_init__(self) -> None:
        digits = set("0123456789abcdef")
        if len(self.device) != _DEVICE_DIGITS or not set(self.device) <= digits:
            raise LabelError(
                f"device '{self.device}' is not 16 lower-case hexadecimal digits; "
                "take it from the receiver's list of devices"
            )

    def code(self) -> str:
        """What the QR code holds. Capitals and digits only: the densest form of a code."""
        account = quote(self.account.upper(), safe="").upper()
        return f"HOLDFAST:1/{self.device.upper()}/{account}/{self.zone}"


@dataclass(frozen=True)
class Text:
    """One line of text. `ltr` texts (numbers, devices) run left to right in every language."""

    x_mm: float
    y_mm: float
    size_pt: float
    text: str
    rtl: bool = False
    at_end: bool = False
    centred: bool = False
    bold: bool = False
    red: bool = False


@dataclass(frozen=True)
class Code:
    """A QR code of `content`, quiet zone included in `size_mm`."""

    x_mm: float
    y_mm: float
    size_mm: float
    content: str


@dataclass(frozen=True)
class Drawing:
    """An area and what stands on it."""

    width_mm: float
    height_mm: float
    items: list[Text | Code] = field(default_factory=list)
    title: str = ""
    language: str = "en"


def fitted(fonts: Fonts, text: str, width_mm: float, size_pt: float, *, bold: bool) -> float:
    """The size, at most `size_pt`, at which `text` is not wider. LabelError when unreadable."""
    width = fonts.width_mm(text, size_pt, bold=bold)
    fits_pt = size_pt if width <= width_mm else size_pt * width_mm / width
    if fits_pt < _SIZE_PT_MIN:
        raise LabelError(
            f"'{text}' is too long for {width_mm:.0f} mm: it would be {fits_pt:.1f} pt high, "
            f"readable is {_SIZE_PT_MIN:.0f} pt; shorten the name or use a wider label"
        )
    return fits_pt


def label(keypad: Keypad, fonts: Fonts, width_mm: float, height_mm: float) -> Drawing:
    """The label of one keypad: code at the start of the line, text beside it, a hint below."""
    words = words_of(keypad.language)
    hint_pt = fitted(fonts, words.test, width_mm - 2 * _MARGIN_MM, 7.0, bold=False)
    strip_mm = hint_pt * _POINT_MM * _LEADING + 1
    body_mm = height_mm - strip_mm
    code_mm = min(body_mm - _MARGIN_MM / 2, width_mm * 0.4)
    text_mm = width_mm - code_mm - 2.5 * _MARGIN_MM
    code_x = width_mm - _MARGIN_MM / 2 - code_mm if words.rtl else _MARGIN_MM / 2
    edge_x = width_mm - code_mm - _MARGIN_MM if words.rtl else code_mm + _MARGIN_MM
    lines = [
        (line, fitted(fonts, line, text_mm, size, bold=bold), bold, is_ltr)
        for text, size, bold, is_ltr in _lines(keypad, words)
        for line in wrapped(fonts, text, text_mm, size, bold=bold)
    ]
    heights = [size * _POINT_MM * _LEADING for _, size, _, _ in lines]
    shrink = min(1.0, body_mm / sum(heights))
    y_mm = (body_mm - sum(heights) * shrink) / 2
    items: list[Text | Code] = [
        Code(code_x, (body_mm - code_mm) / 2, code_mm, keypad.code()),
        Text(width_mm / 2, height_mm - 1.2, hint_pt, words.test, rtl=words.rtl, centred=True),
    ]
    for (text, size, bold, is_ltr), line_mm in zip(lines, heights, strict=True):
        y_mm += line_mm * shrink
        baseline_mm = y_mm - line_mm * shrink * 0.25
        rtl = words.rtl and not is_ltr
        items.append(
            Text(edge_x, baseline_mm, size * shrink, text, rtl=rtl, at_end=words.rtl, bold=bold)
        )
    title = f"{keypad.zone_name} {grouped(keypad.device)}"
    return Drawing(width_mm, height_mm, items, title, keypad.language)


def wrapped(fonts: Fonts, text: str, width_mm: float, size_pt: float, *, bold: bool) -> list[str]:
    """`text` as one line, or as two at the best space when one would be small."""
    width = fonts.width_mm(text, size_pt, bold=bold)
    words = text.split(" ")
    if width <= width_mm / _WRAP_BELOW or len(words) == 1:
        return [text]
    halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    best = min(halves, key=lambda pair: max(len(pair[0]), len(pair[1])))
    return list(best)


def grouped(device: str) -> str:
    """`device` as people read it aloud: four groups of four."""
    return " ".join(device[place : place + 4] for place in range(0, len(device), 4))


def _lines(keypad: Keypad, words: Words) -> list[tuple[str, float, bool, bool]]:
    """Text, size in points, bold, always left to right."""
    zone = f"{words.zone} {keypad.zone} · {words.account} {keypad.account}"
    lines = [
        (keypad.zone_name or f"{words.zone} {keypad.zone}", 12.0, True, False),
        (keypad.site, 9.0, False, False),
        (zone, 8.0, False, False),
        (grouped(keypad.device), 9.0, True, True),
    ]
    return [line for line in lines if line[0]]
