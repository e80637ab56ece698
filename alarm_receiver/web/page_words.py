"""Why a page did not go out, in the reader's language.

The carrier's own words stay as they came and stand beside it, for whoever mends it; they are in the
carrier's language or in English. It promises that a reason which is not known here is said to be
one, and never hidden.
"""

from __future__ import annotations

import re

from alarm_receiver.web.words import N_

UNKNOWN = N_("It did not go out.")
WHY: tuple[tuple[str, str], ...] = (
    (r"^no \S+ is set up here$", N_("This way is not set up at this receiver.")),
    (r"offers no STARTTLS", N_("The mail relay offers no encryption: no password was sent.")),
    (r"^the SMS gateway answered \d", N_("The SMS gateway refused it.")),
    (r"^the SMS gateway reports \d", N_("The network did not deliver it to the telephone.")),
    (r"^the SMS gateway: \w*Timeout", N_("No answer came in time.")),
    (r"^the SMS gateway: ", N_("The SMS gateway cannot be reached.")),
    (r"^https?://\S+ answered \d", N_("The agency's own system refused it.")),
    (r": Forbidden: ", N_("Its address is not one that may be connected to.")),
    (r"(?i)certificate", N_("The certificate of the other side is not good.")),
    (
        r"(?i)name or service not known|name resolution|no address associated|has no address",
        N_("The name of the other side is not known."),
    ),
    (r"(?i)timed out|timeout|no whole answer in", N_("No answer came in time.")),
    (
        r"(?i)connection (refused|reset|lost)|connect( call|error)|no route|unreach|unexpected",
        N_("The other side cannot be reached."),
    ),
    (r"\(53[0458], ", N_("The mail relay did not let us in: look at its user and password.")),
    (r"\(5\d\d, ", N_("The mail relay refused the address.")),
    (r"\(4\d\d, ", N_("The mail relay asks to try later.")),
)
"""Signs of a reason in what the channel said, and the reason; the first that fits counts."""


def why(said: str) -> str:
    """The reason in English, which the catalogues have in every language."""
    return next((text for sign, text in WHY if re.search(sign, said)), UNKNOWN)
