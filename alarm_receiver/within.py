"""One deadline for the whole of a conversation with others, however slowly they answer.

Timeouts of sockets bound each single read: who sends a byte now and then is waited for without
end. Here the conversation runs in an event loop of its own, in the caller's thread, and what was
not done when the time is up ends there: looking the name up, connecting, TLS and each answer.
It promises to come back at once then; a name server that still thinks is left to think.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")
_TURNS = 5
"""Of a loop, until transports that were cut off have closed their sockets: they need three."""


def within(total_s: float, talk: Coroutine[Any, Any, _T]) -> _T:
    """What `talk` gives. Raises TimeoutError after `total_s` seconds, and whatever `talk` raises.

    For threads without a running event loop.
    """
    loop = asyncio.SelectorEventLoop()
    try:
        return loop.run_until_complete(_bounded(total_s, talk))
    finally:
        loop.run_until_complete(_swept())
        loop.close()  # waits for no thread, unlike asyncio.run


async def _bounded(total_s: float, talk: Coroutine[Any, Any, _T]) -> _T:
    try:
        async with asyncio.timeout(total_s) as deadline:
            return await talk
    except TimeoutError as error:
        if deadline.expired():
            raise TimeoutError(f"no whole answer in {total_s:g} s") from error
        raise


async def _swept() -> None:
    """Nothing that was begun in this loop goes on."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _ in range(_TURNS):
        await asyncio.sleep(0)
