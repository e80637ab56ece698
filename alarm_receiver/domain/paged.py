"""What a page says, and the one method that every channel has. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
    secrets: tuple[bytes, ...] = ()
    """Those that hold now, the newest first; more than one while they change over."""


class Channel(Protocol):
    """One way to reach somebody."""

    def send(self, paged: Paged) -> str:
        """Hand it to the carrier. Raises NotSent."""
