"""What a page says, and the one method that every channel has. Pure values."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

REPORTS = {1: "delivered", 2: "failed", 16: "failed"}
"""Kannel's delivery reports by their number: at the phone, not to be delivered, refused by the
network. 4 and 8 (on its way) change nothing: that is what "accepted" says already."""
REPORTS_WANTED = sum(REPORTS)
TOLD: dict[str, tuple[str, ...]] = {
    "queued": ("delivered",),
    "sending": ("delivered", "failed"),
    "sent": ("delivered", "failed"),
    "accepted": ("delivered", "failed"),
    "failed": ("delivered",),
    "superseded": ("delivered",),
}
"""Where a page may go by a report. A page that is tried again is stopped by a delivery alone; what
was delivered or acknowledged stays so, whatever comes later or twice."""


@dataclass(frozen=True, slots=True)
class Premises:
    """What somebody who is sent to a site needs beside its name."""

    id: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    jurisdiction: str = "generic"
    police_reference: str = ""
    police_response: str = "active"
    hazards: str = ""


class NotSent(Exception):
    """The carrier did not take it; the text says why. It is tried again later."""


@dataclass(frozen=True, slots=True)
class Paged:
    """What a page says: which ticket, where to, and in whose language."""

    page: str
    ticket: str
    number: int
    class_: str
    kind: str
    silent: bool
    round: int
    site: str
    account: str
    place: str
    opened_at: str
    address: str
    language: str
    premises: Premises
    secrets: tuple[bytes, ...] = ()
    """Those that hold now, the newest first; more than one while they change over."""


class Channel(Protocol):
    """One way to reach somebody."""

    def send(self, paged: Paged) -> str:
        """Hand it to the carrier. Raises NotSent."""


def report_token(password: str, page: str) -> str:
    """What a report about `page` must carry: only who knows the gateway's password can make it."""
    said = f"holdfast delivery report {page}".encode()
    return hmac.new(password.encode(), said, hashlib.sha256).hexdigest()[:32]
