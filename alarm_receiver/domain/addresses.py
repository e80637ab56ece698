"""Where people can be paged: what is a mail address, and what a telephone number. Pure.

It promises that what it lets through can be handed to a relay or a gateway as it is: one address,
no header, no list. Whether somebody reads it only a page shows.
"""

from __future__ import annotations

import re

_MAIL = re.compile(r"[^\s@<>,;:\"\\()\[\]]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,130}[A-Za-z0-9])?")
_SMS = re.compile(r"\+?[0-9]{3,15}")
_BETWEEN = re.compile(r"[ ()/.\u00a0-]")


def usable(channel: str, value: str) -> str:
    """`value` as it is kept: a number without what stands between. Raises ValueError."""
    if channel == "mail":
        if not _MAIL.fullmatch(value) or ".." in value:
            raise ValueError(f"{value!r} is no mail address; one is ada@example.org")
        return value
    number = _BETWEEN.sub("", value)
    if not _SMS.fullmatch(number):
        raise ValueError(
            f"{value!r} is no telephone number; one is +420601234567, 3 to 15 digits with or "
            "without + in front"
        )
    return number
