"""Labels for keypads and notices for the public: PDF for the printer, SVG for the rest.

It promises that what identifies a keypad reads the same to a person and to a camera, that no
secret can get onto paper (a label is made from public fields only), and that a text which does not
fit or has no glyph is refused by name instead of printed cut or as boxes.

    words.py     the fixed texts in six languages
    fonts.py     finds a font, measures text, refuses characters that it lacks
    layout.py    where everything stands, in millimetres; pure
    notice.py    the notice with the line's number
    pdf.py       drawing -> PDF: A4 sheets, 62 mm tape
    svg.py       drawing -> SVG
    command.py   `holdfast label`

Errors:

    LabelError       it cannot be printed as asked; says what, where and what to do
"""

from __future__ import annotations


class LabelError(Exception):
    """It cannot be printed as asked; says what, where and what to do."""
