"""What gateways fetch for the devices of their site: sealed pieces, a few at a time.

It promises that a piece is sealed with a key of the device that it is for and goes to the gateway
of that device's site alone, that a request holds no more than PIECES_MAX of them, and that a site
with nothing to fetch costs no look into the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from alarm_receiver.domain.image import BadImage
from alarm_receiver.domain.orders import What, window
from alarm_receiver.store import images, orders
from alarm_receiver.store.waiting import Lane
from alarm_wire.parcel import pack_image, pack_parcel
from alarm_wire.seal import CONFIG, UPDATE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from alarm_receiver.web.context import Context
    from alarm_receiver.web.keys import DeviceKeys

PIECES_MAX = 128
COMMIT_S = 30.0


class Pieces:
    """The sites that may fetch something, and who waits for it."""

    def __init__(self) -> None:
        self._sites: frozenset[str] = frozenset()
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def ready(self, sites: frozenset[str]) -> None:
        """These sites may fetch something; called from any thread."""
        self._sites = sites
        if self._loop is not None and sites:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake, sites)

    def release(self) -> None:
        """Let everyone who waits go: the receiver is stopping. From any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # as above
                self._loop.call_soon_threadsafe(self._wake, frozenset(self._waiting))

    async def fetch(self, context: Context, site: str, wait_s: float) -> list[bytes]:
        """Pieces for the devices of `site`, noted as sent; none when none are due in time."""
        self._loop = asyncio.get_running_loop()
        until = time.monotonic() + wait_s
        while True:
            woken = asyncio.Event()
            self._waiting.setdefault(site, set()).add(woken)
            try:
                if site in self._sites:
                    found = await asyncio.to_thread(self._take, context, site)
                    if found:
                        return found
                left_s = until - time.monotonic()
                if left_s <= 0 or context.stopping.is_set():
                    return []
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), left_s)
            finally:
                self._waiting[site].discard(woken)
                if not self._waiting[site]:
                    del self._waiting[site]

    def _wake(self, sites: Iterable[str]) -> None:
        for site in sites:
            for woken in self._waiting.get(site, ()):
                woken.set()

    def _take(self, context: Context, site: str) -> list[bytes]:
        """Seal what is due, and note it as sent: COMMIT first, then the answer."""
        frames: dict[tuple[str, str], list[bytes]] = {}
        chosen = []
        room = PIECES_MAX
        with context.reader.connect() as connection:
            now_ms = context.clock.now_ms()
            due = orders.due(connection, now_ms, context.hearing.heard_ms, site_id=site)
            for one in due:
                made = _sealed(context, connection, one)
                if made and len(made) > room:
                    break
                frames[one.device, one.what] = made
                room -= len(made)
                chosen.append(one)
        if not chosen:
            return []
        now_ms = context.clock.now_ms()
        unit = context.writer.submit(
            Lane.STATUS, lambda connection: orders.handed_out(connection, chosen, now_ms)
        )
        gone = unit.wait(COMMIT_S)
        for one in gone:
            context.log("order_sent", device=one.device, order=str(one.what), counter=one.counter)
        return [frame for one in gone for frame in frames[one.device, one.what]]


def _sealed(context: Context, connection: Connection, one: orders.Due) -> list[bytes]:
    """The pieces of an order, sealed with every key that the device may still have."""
    keys = context.keys.get(bytes.fromhex(one.device))
    if keys is None or keys.known.revoked:
        return []
    now_ms = context.clock.now_ms()
    every = [keys, *(older for older, until_ms in keys.older if now_ms < until_ms)]
    device = bytes.fromhex(one.device)
    if one.what is What.IMAGE:
        return _image(context, connection, one, every)
    content = orders.settings(connection, one.device)
    return [
        frame
        for one_key in every
        for frame in pack_parcel(device, one.counter, content, one_key.signer(CONFIG))
    ]


def _image(
    context: Context, connection: Connection, one: orders.Due, every: Iterable[DeviceKeys]
) -> list[bytes]:
    """The pieces of an image that the device wants next; none for a board it has no pins for."""
    try:
        content = images.content_for(connection, one.agency, one.device, one.counter)
    except BadImage as error:
        context.log("order_not_sent", device=one.device, error=str(error))
        return []
    wanted = window(one.place, one.pieces)
    device = bytes.fromhex(one.device)
    return [
        frame
        for keys in every
        for frame in pack_image(device, one.counter, content, keys.signer(UPDATE))[
            wanted.start : wanted.stop
        ]
    ]
