"""How many connections there may be, and who makes room when there are too many.

The system gives a process only so many descriptors; without any left nobody new gets in, whoever
he is, and the store cannot open a file. It promises that some descriptors stay for ourselves, and
that a newcomer gets in whatever has been opened before him: the oldest connection on which nothing
was ever asked goes, else one that rests between two requests. None that is at work is cut.
"""

from __future__ import annotations

import resource
from collections import OrderedDict
from itertools import islice
from typing import Protocol

OWN = 96
"""Descriptors kept for the store's files, the log, the database, pages that are sent."""
PLACES_MIN = 32
LOOK_MAX = 512
"""How many connections one newcomer looks through; the oldest of them rest most likely."""


class Guest(Protocol):
    """A connection."""

    def rests(self) -> bool:
        """Whether no request of it is under way."""

    def leave(self) -> None:
        """Close it now."""


class Room:
    """`places` connections at most; by default what the system's limit leaves us."""

    def __init__(self, places: int | None = None) -> None:
        self._places = places
        self._silent: OrderedDict[Guest, None] = OrderedDict()
        self._known: OrderedDict[Guest, None] = OrderedDict()

    def enter(self, guest: Guest) -> bool:
        """A new connection; False when there is no place for it and nobody who makes one."""
        if len(self._silent) + len(self._known) >= self.places():
            one = self._who_goes()
            if one is None:
                return False
            self.left(one)
            one.leave()
        self._silent[guest] = None
        return True

    def asked(self, guest: Guest) -> None:
        """It has asked something that was answered."""
        if self._silent.pop(guest, 0) is None:
            self._known[guest] = None

    def left(self, guest: Guest) -> None:
        """It is gone."""
        self._silent.pop(guest, None)
        self._known.pop(guest, None)

    def places(self) -> int:
        """How many connections there may be."""
        if self._places is not None:
            return self._places
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return max(PLACES_MIN, limit - OWN) if limit != resource.RLIM_INFINITY else 2**31

    def _who_goes(self) -> Guest | None:
        for some in (self._silent, self._known):
            for one in islice(some, LOOK_MAX):
                if one.rests():
                    return one
        return None
