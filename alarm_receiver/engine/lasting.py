"""What a turn of an engine raises does not end the engine.

It promises that one row that nobody foresaw costs a turn and a line in the log, not every
escalation after it. Nothing is taken for done: the next turn meets the same row again, and an
engine that cannot turn stops beating, which `/health` and the other engines tell.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.domain.ticket import TicketError
from alarm_receiver.store.database import StoreError
from alarm_receiver.store.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAITS = (StoreError, SQLAlchemyError, TicketError, RegistryError)
"""The store is away or busy, or somebody else was quicker: the next turn does it."""


@contextmanager
def lasting(log: Callable[..., None], name: str) -> Iterator[None]:
    """Log what the block raises: `NAME_waits` for what passes by itself, else `NAME_failed`."""
    try:
        yield
    except WAITS as error:
        log(f"{name}_waits", error=str(error)[:300])
    except Exception as error:  # noqa: BLE001 - see above: it must go on
        log(f"{name}_failed", error=repr(error)[:300], remedy="it tries again; report this line")


class Turning(ABC):
    """A thread `name` that takes a turn every `every_s`, whatever one of them raises."""

    def __init__(self, name: str, every_s: float, log: Callable[..., None]) -> None:
        self._log = log
        self._name = name
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current turn."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            with lasting(self._log, self._name):
                self._turn()

    @abstractmethod
    def _turn(self) -> None:
        """One look, and what follows from it."""
