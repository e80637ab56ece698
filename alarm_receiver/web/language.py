"""The languages people work in: words, plural forms, numbers, moments and directions.

It promises that every language answers for every text (English stands where a catalogue has
none), that counts take the right plural form, and that moments are written in the reader's own
calendar (Persian for fa) and time zone. It reads the catalogues once, at start.
"""

from __future__ import annotations

import gettext
import io
import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from persiantools.jdatetime import JalaliDateTime

CATALOGUES = Path(__file__).parent / "catalogues"
NAMES = {
    "cs": "Čeština",
    "fa": "فارسی",
    "he": "עברית",
    "hu": "Magyar",
    "ru": "Русский",
    "en": "English",
}
"""Every language by its own name."""
PSEUDO = "xx"
"""Not a language: English with every text between marks, which shows what was not translated."""
DEFAULT = "en"
_PERSIAN_POINTS = str.maketrans(",.", "٬٫")  # noqa: RUF001 - Persian has its own
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_HOLES = re.compile(r"(%\(\w+\)[sd]|%%)")
_ACCENTS = str.maketrans("aeiouyAEIOUcnsz", "áéíóúýÁÉÍÓÚčñšž")


class Language:
    """One language: its words and how it writes figures and moments."""

    def __init__(self, code: str, words: gettext.NullTranslations) -> None:
        self.code = code
        self.words = words
        self.locale = Locale.parse(DEFAULT if code == PSEUDO else code)
        self.direction: str = self.locale.text_direction
        self.name = NAMES.get(code, "Pseudo")

    def __call__(self, text: str) -> str:
        """`text` in this language."""
        return self.words.gettext(text)

    def count(self, one: str, many: str, number: int) -> str:
        """The form for `number`, with %(num)s filled in."""
        return self.words.ngettext(one, many, number) % {"num": self.number(number)}

    def number(self, value: float) -> str:
        """A figure as this language writes it."""
        said = format_decimal(value, locale=self.locale)
        return self._digits(said.translate(_PERSIAN_POINTS) if self.code == "fa" else said)

    def clock(self, ms: int, zone: tzinfo) -> str:
        """Hours, minutes and seconds of a moment."""
        return self._digits(_at(ms, zone).strftime("%H:%M:%S"))

    def day(self, ms: int, zone: tzinfo) -> str:
        """The date of a moment, in this language's calendar."""
        at = _at(ms, zone)
        if self.code == "fa":
            persian = JalaliDateTime(at)  # type: ignore[no-untyped-call]  # its class is untyped
            said: str = persian.strftime("%d %B %Y", locale="fa")
            return said.removeprefix(self._digits("0"))
        return format_datetime(at, "d MMM y", locale=self.locale)

    def moment(self, ms: int, zone: tzinfo) -> str:
        """Date and time of a moment."""
        return f"{self.day(ms, zone)} {self.clock(ms, zone)}"

    def _digits(self, text: str) -> str:
        return text.translate(_PERSIAN_DIGITS) if self.code == "fa" else text


class _Pseudo(gettext.NullTranslations):
    """Marks every text that went through the catalogue, and makes it longer and accented."""

    def gettext(self, message: str) -> str:
        """The marked text; its holes stay."""
        parts = _HOLES.split(message)
        said = "".join(
            part if _HOLES.fullmatch(part) else part.translate(_ACCENTS) for part in parts
        )
        return f"⟦{said}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The marked form for `n`."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@cache
def language(code: str) -> Language:
    """The language `code`; English when there is none of that name."""
    if code == PSEUDO:
        return Language(code, _Pseudo())
    if code not in NAMES:
        code = DEFAULT
    path = CATALOGUES / f"{code}.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return Language(code, gettext.GNUTranslations(compiled))


def choose(cookie: str | None, accepted: str) -> str:
    """The code of the language to answer in: the chosen one, or the first the browser accepts."""
    if cookie in NAMES or cookie == PSEUDO:
        return str(cookie)
    for one in accepted[:200].split(","):
        code = one.split(";")[0].strip().split("-")[0].lower()
        if code in NAMES:
            return code
    return DEFAULT


@cache
def zone_named(name: str) -> tzinfo:
    """The time zone of that name; UTC when there is none."""
    try:
        return ZoneInfo(name) if re.fullmatch(r"[A-Za-z0-9_+/-]{1,64}", name) else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _at(ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
