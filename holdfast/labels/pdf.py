"""Drawings as PDF: one a page (tape, notices) or many on A4 sheets with cutting marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from holdfast.labels import LabelError
from holdfast.labels.layout import Code, Drawing, Text

if TYPE_CHECKING:
    from datetime import datetime

    from holdfast.labels.fonts import Fonts

A4_MM = (210.0, 297.0)
_MARK_MM = 3.0
_RED = (200, 0, 0)


def pages(drawings: list[Drawing], fonts: Fonts, made: datetime) -> bytes:
    """One page a drawing, each page as large as its drawing: tape printers cut between them."""
    document = _document(fonts, made)
    for drawing in drawings:
        document.add_page(format=(drawing.width_mm, drawing.height_mm))
        _draw(document, drawing, 0, 0)
    return finished(document)


def sheets(drawings: list[Drawing], fonts: Fonts, made: datetime, *, first: int = 0) -> bytes:
    """As many on A4 as fit, from place `first` on (a sheet that was begun), row by row."""
    width, height = drawings[0].width_mm, drawings[0].height_mm
    columns, rows = int(A4_MM[0] // width), int(A4_MM[1] // height)
    if columns * rows == 0:
        raise LabelError(f"a label of {width:.0f} x {height:.0f} mm is larger than A4")
    if not 0 <= first < columns * rows:
        raise LabelError(f"a sheet has places 0 to {columns * rows - 1}, not {first}")
    document = _document(fonts, made)
    left, top = (A4_MM[0] - columns * width) / 2, (A4_MM[1] - rows * height) / 2
    for place, drawing in enumerate(drawings, first):
        spot = place % (columns * rows)
        if spot == 0 or place == first:
            document.add_page(format="A4")
            _cutting_marks(document, (left, top), (columns, rows), (width, height))
        x_mm, y_mm = left + spot % columns * width, top + spot // columns * height
        _draw(document, drawing, x_mm, y_mm)
    return finished(document)


def finished(document: FPDF) -> bytes:
    """The PDF; closes the font files, which fpdf2 leaves open."""
    content = bytes(document.output())
    for font in document.fonts.values():
        if isinstance(font, TTFFont):
            font.ttfont.close()
    return content


def _document(fonts: Fonts, made: datetime) -> FPDF:
    document = FPDF(unit="mm")
    document.set_auto_page_break(auto=False)
    document.set_margin(0)
    document.set_creation_date(made)
    document.set_creator("holdfast label")
    for is_bold, path in fonts.paths.items():
        document.add_font("label", style="B" if is_bold else "", fname=str(path))
    return document


def _draw(document: FPDF, drawing: Drawing, x_mm: float, y_mm: float) -> None:
    document.set_lang(drawing.language)
    for item in drawing.items:
        if isinstance(item, Code):
            _draw_code(document, item, x_mm + item.x_mm, y_mm + item.y_mm)
        else:
            _draw_text(document, item, x_mm + item.x_mm, y_mm + item.y_mm)


def _draw_text(document: FPDF, item: Text, x_mm: float, y_mm: float) -> None:
    document.set_text_shaping(use_shaping_engine=True, direction="rtl" if item.rtl else "ltr")
    document.set_font("label", style="B" if item.bold else "", size=item.size_pt)
    document.set_text_color(*(_RED if item.red else (0, 0, 0)))
    width = document.get_string_width(item.text)
    start = x_mm - width / 2 if item.centred else x_mm - width if item.at_end else x_mm
    # a cell of no height: its baseline is 0.3 of the size below its middle
    document.set_xy(start, y_mm - 0.3 * document.font_size)
    document.cell(width, 0, item.text, new_x=XPos.LEFT, new_y=YPos.TOP, align="L")


def _draw_code(document: FPDF, item: Code, x_mm: float, y_mm: float) -> None:
    rows = list(segno.make(item.content, error="m", micro=False).matrix_iter(border=4))
    module = item.size_mm / len(rows)
    document.set_fill_color(0, 0, 0)
    for y, modules in enumerate(rows):
        row = list(modules)
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                place = (x_mm + x * module, y_mm + y * module)
                document.rect(*place, run * module, module, style="F")
            x += max(run, 1)


def _cutting_marks(
    document: FPDF, corner: tuple[float, float], grid: tuple[int, int], size: tuple[float, float]
) -> None:
    """Short lines in the margin only: nothing is printed across a label."""
    (left, top), (columns, rows), (width, height) = corner, grid, size
    document.set_draw_color(150, 150, 150)
    document.set_line_width(0.1)
    for column in range(columns + 1):
        x_mm = left + column * width
        for y_mm in (max(top - _MARK_MM, 0), top + rows * height):
            document.line(x_mm, y_mm, x_mm, min(y_mm + _MARK_MM, A4_MM[1]))
    for row in range(rows + 1):
        y_mm = top + row * height
        for x_mm in (max(left - _MARK_MM, 0), left + columns * width):
            document.line(x_mm, y_mm, min(x_mm + _MARK_MM, A4_MM[0]), y_mm)
