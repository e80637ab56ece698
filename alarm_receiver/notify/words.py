"""What a page says, in six languages, short enough for one SMS of 160 (70 in other scripts) signs.

It holds no more than whoever finds a telephone may read: no name of a person, no device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alarm_receiver.domain.paged import Paged

KINDS = {
    "en": {"hold_up": "hold-up", "duress": "duress", "panic": "panic", "medical": "medical",
           "fire": "fire", "": "alarm"},
    "cs": {"hold_up": "přepadení", "duress": "nátlak", "panic": "tíseň", "medical": "zdravotní",
           "fire": "požár", "": "poplach"},
    "fa": {"hold_up": "سرقت مسلحانه", "duress": "تهدید", "panic": "اضطراری", "medical": "پزشکی",
           "fire": "آتش", "": "هشدار"},
    "he": {"hold_up": "שוד", "duress": "איום", "panic": "מצוקה", "medical": "רפואי",
           "fire": "אש", "": "אזעקה"},
    "hu": {"hold_up": "rablótámadás", "duress": "kényszer", "panic": "pánik", "medical": "orvosi",
           "fire": "tűz", "": "riasztás"},
    "ru": {"hold_up": "нападение", "duress": "принуждение", "panic": "тревога",
           "medical": "медицина", "fire": "пожар", "": "тревога"},
}  # fmt: skip
NOBODY = {
    "en": "nobody has taken it",
    "cs": "nikdo nepřevzal",
    "fa": "کسی برنداشته",
    "he": "איש לא לקח",
    "hu": "senki sem vette át",
    "ru": "никто не принял",
}


def line(paged: Paged) -> str:
    """One line: number, kind, account, site, and in later rounds that nobody has it."""
    language = paged.language if paged.language in KINDS else "en"
    kinds = KINDS[language]
    kind = kinds.get(paged.kind, kinds[""])
    said = f"#{paged.number} {kind} {paged.account} {paged.site}"
    if paged.place:
        said += f", {paged.place}"
    if paged.round:
        said += f" - {NOBODY[language]} ({paged.round})"
    return said


def clip(text: str) -> str:
    """As much of `text` as one SMS takes: 160 signs in GSM's basic letters, else 70."""
    limit = 160 if text.isascii() else 70
    return text if len(text) <= limit else text[: limit - 1] + "…" if limit == 70 else text[:limit]  # noqa: PLR2004 - the other alphabet
