"""What is costly is done by few at once, so that it never takes all threads of people's requests.

Hashing a password takes 64 MB and some 50 ms of a core, an export a thread and a connection of the
store as long as it lasts. It promises that whoever finds no place is told at once to come again,
and that strangers who try passwords are in nobody's way who has signed in.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from pwdlib import PasswordHash

from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 20.0


class Turns:
    """Lets `at_once` in, and `waiting` more wait for their turn; the others are refused (503)."""

    def __init__(self, at_once: int, waiting: int, what: str) -> None:
        self._places = BoundedSemaphore(at_once + waiting)
        self._turns = BoundedSemaphore(at_once)
        self._what = what

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Do the block in its turn. Raises ApiError (503)."""
        if not self._places.acquire(blocking=False):
            raise self._full()
        try:
            if not self._turns.acquire(timeout=WAIT_S):
                raise self._full()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()

    def _full(self) -> ApiError:
        return ApiError(503, f"{self._what}; come again in 1 s", headers={"Retry-After": "1"})


class Passwords:
    """argon2id as pwdlib recommends it, in turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._hash = PasswordHash.recommended()

    def hash(self, password: str) -> str:
        """What is stored of a password. Raises ApiError (503)."""
        with self._turns.turn():
            return self._hash.hash(password)

    def verify(self, password: str, hashed: str) -> bool:
        """Whether `hashed` is of `password`. Raises ApiError (503)."""
        with self._turns.turn():
            return self._hash.verify(password, hashed)


STRANGERS = Passwords(Turns(2, 6, "many try to sign in at the same time"))
"""For who has not signed in yet."""
PASSWORDS = Passwords(Turns(2, 12, "many passwords are being checked"))
"""For who has: keyholders' words, unlocking, accounts."""
TABLES = Turns(2, 0, "others are taking registers out or bringing them in")
"""Exports and imports: each may take seconds, and its rows are in memory."""
