"""What waits for the store: units of work, the lanes they wait in, and how results go back.

It promises that whoever asked is told once, after COMMIT or with why not, in his own thread or
loop; and that one who fails at being told keeps nobody else from it. It writes nothing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from alarm_receiver.store.database import StoreError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from sqlalchemy import Connection

T = TypeVar("T")
Done = Callable[[T | None, BaseException | None], None]
"""Called with the result after COMMIT, or with the error when nothing was committed."""
GROUP_MAX = 2_000
"""Units of intake in one transaction; more wait for the next one."""
WAITING_MAX = 20_000
"""Units that may wait at all; beyond that a caller is told to come back."""


class Unavailable(StoreError):
    """Nothing could be committed just now: the disk is full or too much is waiting. Ask again."""


class Lane(IntEnum):
    """Who goes first when several wait."""

    ALARM = 0
    PEOPLE = 1
    STATUS = 2


class Unit(Generic[T]):
    """Something to do in the writer's next transaction, and where its result goes.

    A unit with `items` is bulk: neighbours with the same `do` are done by one call with all their
    items, and each gets its share of the list that comes back.
    """

    def __init__(
        self, do: Callable[..., T], size: int = 1, items: Sequence[Any] | None = None
    ) -> None:
        self.do = do
        self.size = size
        self.items = items
        self.result: T | None = None
        self.error: BaseException | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._waking: threading.Event | None = None
        self._done: Done[T] | None = None

    def call(self, loop: asyncio.AbstractEventLoop, done: Done[T]) -> None:
        """Let `done` be called in `loop` after the COMMIT."""
        self.loop, self._done = loop, done

    def wait(self, timeout_s: float) -> T:
        """Block a thread until the COMMIT; raises what the unit raised."""
        if self._waking is None or not self._waking.wait(timeout_s):
            raise Unavailable(f"the store did not answer within {timeout_s} s")
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # set before _waking

    def prepare_wait(self) -> Unit[T]:
        """Let a thread `wait` for this unit; called before it is put in a lane."""
        self._waking = threading.Event()
        return self

    def finish(self) -> None:
        """Let a waiting thread go on; called after COMMIT or ROLLBACK."""
        if self._waking is not None:
            self._waking.set()

    def resolve(self) -> None:
        """Hand the result to who asked to be called; called in his loop."""
        if self._done is not None:
            self._done(None if self.error is not None else self.result, self.error)


def hand_over(group: list[Unit[Any]]) -> None:
    """Finish all units of a group, with one call into each loop that waits."""
    loops: dict[asyncio.AbstractEventLoop, list[Unit[Any]]] = {}
    for unit in group:
        unit.finish()
        if unit.loop is not None:
            loops.setdefault(unit.loop, []).append(unit)
    for loop, units in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended; nobody waits any more
            loop.call_soon_threadsafe(resolve_all, loop, units)


def resolve_all(loop: asyncio.AbstractEventLoop, units: list[Unit[Any]]) -> None:
    """Tell all who asked, in `loop`; called in it."""
    for unit in units:
        try:
            unit.resolve()
        except Exception as error:  # noqa: BLE001 - one who fails keeps nobody from his receipt
            loop.call_exception_handler({"message": "not told of a COMMIT", "exception": error})
            unit.error = error
            with contextlib.suppress(Exception):
                unit.resolve()  # better an error than no answer: a duplicate is no harm


def runs(group: list[Unit[Any]]) -> list[list[Unit[Any]]]:
    """`group` cut into single units and runs of bulk units that one call can do."""
    found: list[list[Unit[Any]]] = []
    for unit in group:
        if unit.items is not None and found and found[-1][0].do == unit.do:
            found[-1].append(unit)
        else:
            found.append([unit])
    return found


def bulk(connection: Connection, units: list[Unit[Any]]) -> None:
    """One call for all the items of `units`; each unit gets its share of the results."""
    items = [item for unit in units for item in unit.items or ()]
    results = units[0].do(connection, items)
    place = 0
    for unit in units:
        unit.error = None
        unit.result = results[place : place + unit.size]
        place += unit.size
