"""A refusal as who asked reads it: what is said, and beside which field.

It promises that everything said is in the reader's language; only what the receiver says and no
catalogue knows stays as it is, set apart, for that is better than nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from alarm_receiver.store.registry import NotFound
from alarm_receiver.web.pages import apart
from alarm_receiver.web.refusal_reason import FORM, NEEDED
from alarm_receiver.web.refusal_words import ERRORS, FIELDS, TERMS, reason
from alarm_receiver.web.words import N_, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarm_receiver.web.language import Language

NOT_TAKEN = N_("That was not accepted.")
GONE = N_("There is nothing here, or not any more.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is said, and by a field's name what is wrong with it."""

    said: str
    fields: dict[str, str] = field(default_factory=dict)


def refusal(error: Exception | str, spoken: Language, first: str = NOT_TAKEN) -> Refusal:
    """The refusal that an error of the layers below, or its sentence, means."""
    if isinstance(error, ValidationError | RequestValidationError):
        return of_fields(error.errors(), spoken, first)
    if isinstance(error, NotFound):
        return Refusal(f"{spoken(first)} {spoken(GONE)}")
    words, about = worded(str(error), spoken)
    return Refusal(f"{spoken(first)} {words}", {about: words} if about else {})


def of_fields(errors: Iterable[Any], spoken: Language, first: str = NOT_TAKEN) -> Refusal:
    """What the checks of a form say, each beside its field."""
    found: dict[str, str] = {}
    loose: list[str] = []
    for one in errors:
        where = [str(part) for part in one["loc"] if isinstance(part, str) and part != "body"]
        words, about = _checked(one, spoken)
        name = about or (FIELDS.get(where[-1], where[-1]) if where else "")
        if name:
            found.setdefault(name, words)
        else:
            loose.append(words)
    every = dict.fromkeys([*found.values(), *loose])
    return Refusal(" ".join([spoken(first), *every]), found)


def worded(said: str, spoken: Language) -> tuple[str, str]:
    """A sentence of the receiver in the reader's words, and the field that it is about."""
    known = reason(said)
    if known is None:
        return apart(said), ""
    one, facts = known
    return spoken(one.words) % {k: _fact(k, v, spoken) for k, v in facts.items()}, one.about


def _fact(name: str, value: str, spoken: Language) -> str:
    if name in TERMS:
        return spoken(word(TERMS[name], value))
    if value.isdigit():
        return spoken.number(int(value))
    return apart(value.strip("'\"").removeprefix("operator:"))


def _checked(one: dict[str, Any], spoken: Language) -> tuple[str, str]:
    kind, limits = one["type"], dict(one.get("ctx") or {})
    if kind == "value_error":
        return worded(one["msg"], spoken)
    if kind == "string_too_long":
        limits["most"] = limits.get("max_length", "")
    words = ERRORS.get(kind, FORM)
    if kind == "string_too_short" and limits.get("min_length") == 1:
        words = NEEDED
    facts = {
        name: spoken.number(value) if isinstance(value, int | float) else str(value)
        for name, value in limits.items()
    }
    return spoken(words) % facts, ""
