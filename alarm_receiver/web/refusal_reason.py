"""What a refusal is made of: the receiver's own sentence, its words, and the field it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from alarm_receiver.web.words import N_

MOST = N_("At most %(most)s characters.")
NEEDED = N_("This is needed.")
FORM = N_("This does not have the form that is needed.")


@dataclass(frozen=True, slots=True)
class Reason:
    """One refusal: its sentence with holes, its words with some of them, and the field."""

    said: str
    words: str
    about: str = ""
    sign: re.Pattern[str] = field(init=False, repr=False)
    fixed: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the sign by which the sentence is known: holes are {name}, {} is left out."""
        parts = re.split(r"\{(\w*)\}", self.said)
        made = [
            (f"(?P<{part}>.*?)" if part else ".*?") if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        ]
        object.__setattr__(self, "sign", re.compile("".join(made), re.DOTALL))
        object.__setattr__(self, "fixed", sum(map(len, parts[::2])))
