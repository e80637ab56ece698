"""Why something was refused, in the reader's words: by the receiver's own sentence, and its field.

The layers below say in English what they refuse, and programs read it so. Here each such sentence
has a code, the words that the catalogues have in every language, and the field of a form that it is
about. It promises nothing for a sentence that is not here; that none is missing which the console
can meet is tests/receiver/test_refusal_words.py's to say.
"""

from __future__ import annotations

from alarm_receiver.web.refusal_desk import DESK
from alarm_receiver.web.refusal_house import HOUSE
from alarm_receiver.web.refusal_reason import FORM, MOST, NEEDED, Reason
from alarm_receiver.web.words import DUTIES, N_, STANDINGS, STATES

TERMS = {"state": STATES, "duty": DUTIES, "decision": STANDINGS}
"""Facts that are terms of the domain, and what they are called on screen."""

FORMS: dict[str, Reason] = {
    "form": Reason("the request does not have the documented form", N_("Look at what is marked.")),
    "no_text": Reason(
        "a value holds what no text or number of ours can be",
        N_("It holds a sign that cannot be stored."),
    ),
    "not_text": Reason("Value error, not a text: {}", N_("It holds a sign that cannot be stored.")),
    "database": Reason(
        "the database refused it: {}",
        N_("It exists already, or names something that does not exist."),
    ),
    "no_day": Reason("{} is no day", N_("This is no day."), "until_day"),
    "no_moment": Reason("Invalid isoformat string: {}", N_("This is no moment."), "begins"),
    "past": Reason("until: that moment has passed", N_("That day has passed."), "until_day"),
}
REASONS = dict(
    sorted((FORMS | DESK | HOUSE).items(), key=lambda one: one[1].fixed, reverse=True),
)
"""Code -> reason; the one that fits with the most of its own counts: what is general is last."""

ERRORS: dict[str, str] = {
    "missing": NEEDED,
    "string_too_long": MOST,
    "string_too_short": N_("At least %(min_length)s characters."),
    "too_long": N_("Too many are chosen."),
    "too_short": NEEDED,
    "string_pattern_mismatch": FORM,
    "string_type": FORM,
    "literal_error": N_("Choose one of the list."),
    "enum": N_("Choose one of the list."),
    "greater_than_equal": N_("At least %(ge)s."),
    "less_than_equal": N_("At most %(le)s."),
    "int_parsing": N_("This is a whole number."),
    "int_from_float": N_("This is a whole number."),
    "int_parsing_size": N_("This number is too large."),
    "float_parsing": N_("This is a number."),
    "finite_number": N_("This is a number."),
    "bool_parsing": N_("Choose one of the list."),
}
"""What is wrong with one field, by the code of the check that it did not pass."""
FIELDS = {
    "from_at": "begins",
    "until_at": "ends",
    "until": "until_day",
    "latitude": "spot",
    "longitude": "spot",
}
"""Fields of the API that a form of the console names otherwise."""


def reason(said: str) -> tuple[Reason, dict[str, str]] | None:
    """The reason behind a sentence of the receiver, and what stood in its holes."""
    for one in REASONS.values():
        found = one.sign.fullmatch(said)
        if found:
            return one, found.groupdict()
    return None
