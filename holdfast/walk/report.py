"""The proof of a walk test as PDF, in the language of the site's names, whichever way they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from holdfast.labels.layout import grouped
from holdfast.labels.pdf import finished
from holdfast.walk.course import VOUCHED

if TYPE_CHECKING:
    from datetime import datetime

    from holdfast.labels.fonts import Fonts
    from holdfast.walk.course import Course

_GREEN, _RED = (0, 96, 0), (176, 0, 0)


def pdf(course: Course, site: dict[str, Any], who: str, made: datetime, fonts: Fonts) -> bytes:
    """One page, more for a large site."""
    document = FPDF(format="A4", unit="mm")
    document.set_margin(18)
    document.set_creation_date(made)
    for is_bold, path in fonts.paths.items():
        document.add_font("report", style="B" if is_bold else "", fname=str(path))
    document.add_page()
    document.set_text_shaping(use_shaping_engine=True)
    _line(document, "Walk test", 18, bold=True)
    _line(document, f"{site['name']} · account {site['account']}", 12)
    _line(document, f"{made:%Y-%m-%d %H:%M} UTC · {who}", 10)
    heard = len(course.buttons) - len(course.left)
    verdict = f"{heard} of {len(course.buttons)} buttons pressed and received"
    _line(document, verdict, 13, bold=True, colour=_RED if course.left else _GREEN)
    for button in course.buttons:
        name = f"Zone {button.zone}  {button.zone_name}  ({grouped(button.device)})"
        if button.press is None:
            _line(document, f"NOT PRESSED  {name}", 10, colour=_RED)
            continue
        exact = "" if button.press["age_exact"] else "at least "
        marked = ", marked as a test by the keypad" if button.press["test"] else ", vouched for"
        sent = f"{button.press['kind']}, sent after {exact}{button.press['age_ms']} ms{marked}"
        _line(document, f"received  {name}", 10)
        _line(document, f"      {button.press['received_at']}  {sent}", 8)
    _questions(document, course)
    return finished(document)


def _questions(document: FPDF, course: Course) -> None:
    beyond = [one for one in course.questions if not one["ticks"]]
    if not beyond:
        return
    _line(document, "Presses beyond the list", 13, bold=True)
    for press in beyond:
        foreign = press["standing"] != VOUCHED
        whose = "NOT vouched for: the desk has it" if foreign else "the installer's"
        text = f"{press['received_at']}  zone {press['zone']}  {press['kind']}: {whose}"
        _line(document, text, 10, colour=_RED if foreign else (0, 0, 0))


def _line(
    document: FPDF,
    text: str,
    size: float,
    *,
    bold: bool = False,
    colour: tuple[int, int, int] = (0, 0, 0),
) -> None:
    document.set_font("report", style="B" if bold else "", size=size)
    document.set_text_color(*colour)
    height = size * 0.55
    document.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
