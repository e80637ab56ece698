"""The notice for the public: what to do in danger, and the line's number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from holdfast.labels import LabelError
from holdfast.labels.layout import Code, Drawing, Text, fitted, wrapped
from holdfast.labels.words import words_of

if TYPE_CHECKING:
    from holdfast.labels.fonts import Fonts

_NUMBER = re.compile(r"\+?[0-9][0-9 /().-]{1,22}[0-9]|[0-9]{2,3}")
_LINE_MM = 25.4 / 72 * 1.35
SIZES = {"a4": (210.0, 297.0), "a5": (148.0, 210.0), "a6": (105.0, 148.0)}


def notice(
    number: str, language: str, fonts: Fonts, *, size: str = "a4", name: str = ""
) -> Drawing:
    """A notice with the line's `number`; `name` (agency or site) stands at the foot."""
    if not _NUMBER.fullmatch(number):
        raise LabelError(
            f"'{number}' is no telephone number; write it as people dial it, e.g. 158 or "
            "+420 974 123 456"
        )
    if size not in SIZES:
        raise LabelError(f"no sheet '{size}'; use one of {', '.join(SIZES)}")
    words = words_of(language)
    width, height = SIZES[size]
    unit = width / 210
    room = width * 0.88
    # text, where its first baseline is (part of the height), largest size, bold, red, ltr
    number_pt = fitted(fonts, number, room, 110.0 * unit, bold=True) / unit
    lines = [
        (words.title, 0.2, min(64.0, number_pt), True, True, False),
        (words.call, 0.33, 30.0, False, False, False),
        (number, 0.48, number_pt, True, False, True),
        (words.press, 0.6, 30.0, False, False, False),
        (name, 0.93, 18.0, False, False, False),
    ]
    items: list[Text | Code] = []
    for text, part, size_pt, bold, red, is_ltr in lines:
        parts = wrapped(fonts, text, room, size_pt * unit, bold=bold) if not is_ltr else [text]
        fits = [fitted(fonts, one, room, size_pt * unit, bold=bold) for one in parts if one]
        for place, one in enumerate(parts):
            if not one:
                continue
            y_mm = height * part + place * min(fits) * _LINE_MM
            rtl = words.rtl and not is_ltr
            items.append(
                Text(width / 2, y_mm, min(fits), one, rtl=rtl, centred=True, bold=bold, red=red)
            )
    return Drawing(width, height, items, words.title, language)
