"""A drawing as SVG: text stays text (searchable, read aloud), the code is one path."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import segno

from holdfast.labels.layout import Code, Drawing, Text

_POINT_MM = 25.4 / 72
_FAMILY = "DejaVu Sans, Noto Sans, Noto Sans Hebrew, Noto Sans Arabic, sans-serif"


def svg(drawing: Drawing) -> str:
    """One SVG document, in millimetres."""
    size = f"{drawing.width_mm:g} {drawing.height_mm:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width_mm:g}mm"',
        f' height="{drawing.height_mm:g}mm" viewBox="0 0 {size}"',
        f" xml:lang={quoteattr(drawing.language)} font-family={quoteattr(_FAMILY)}>",
        f"<title>{escape(drawing.title)}</title>",
        f'<rect width="{drawing.width_mm:g}" height="{drawing.height_mm:g}" fill="white"/>',
    ]
    parts += [_code(item) if isinstance(item, Code) else _text(item) for item in drawing.items]
    return "\n".join([*parts, "</svg>", ""])


def _text(item: Text) -> str:
    # an anchor is relative to the text's own direction: the right edge is the start of rtl text
    anchor = "middle" if item.centred else "start"
    if not item.centred and item.at_end and not item.rtl:
        anchor = "end"
    look = ' font-weight="bold"' if item.bold else ""
    look += ' fill="#c80000"' if item.red else ""
    return (
        f'<text x="{item.x_mm:.2f}" y="{item.y_mm:.2f}" '
        f'font-size="{item.size_pt * _POINT_MM:.2f}" text-anchor="{anchor}" '
        f'direction="{"rtl" if item.rtl else "ltr"}" unicode-bidi="embed"{look}>'
        f"{escape(item.text)}</text>"
    )


def _code(item: Code) -> str:
    rows = list(segno.make(item.content, error="m", micro=False).matrix_iter(border=4))
    module = item.size_mm / len(rows)
    moves = []
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                moves.append(f"M{x} {y}h1v1h-1z")
    return (
        f'<path transform="translate({item.x_mm:.3f} {item.y_mm:.3f}) scale({module:.5f})" '
        f'd="{"".join(moves)}"><title>{escape(item.content)}</title></path>'
    )
