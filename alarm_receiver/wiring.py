"""Builds a receiver from its parts; the one place that knows them all."""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alarm_receiver import older
from alarm_receiver.anchor import Anchor
from alarm_receiver.clock import FOLLOW_MS, Clock
from alarm_receiver.config import Misconfigured
from alarm_receiver.engine.bell import JOINED, Bell, wire_of
from alarm_receiver.engine.eraser import Eraser
from alarm_receiver.engine.expiry import Expiry
from alarm_receiver.engine.missing import Missing
from alarm_receiver.engine.orders import Orders
from alarm_receiver.engine.overdue import Overdue
from alarm_receiver.engine.peer import Peer
from alarm_receiver.engine.primaries import Primaries
from alarm_receiver.engine.sender import Sender
from alarm_receiver.engine.silence import Silence
from alarm_receiver.engine.upkeep import Upkeep
from alarm_receiver.notify.outward import Outward
from alarm_receiver.periods import read_periods
from alarm_receiver.plans import read_plans
from alarm_receiver.rules import read_rules
from alarm_receiver.store import agencies, fence, heard, registry, sealing, tickets
from alarm_receiver.store.database import STEADY, engine_url, open_reader, open_writer
from alarm_receiver.store.fence import Fence
from alarm_receiver.store.lately import Lately
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.parts import EARS, ENGINES
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.sealing import open_box
from alarm_receiver.store.signer import Signer
from alarm_receiver.store.writer import Writer
from alarm_receiver.ways import channels_of
from alarm_receiver.web import app
from alarm_receiver.web.context import Context
from alarm_receiver.web.feed import Feed
from alarm_receiver.web.figures import engine_figures
from alarm_receiver.web.keys import Keys
from alarm_receiver.web.quarantine import Quarantine
from alarm_receiver.web.unverified import Unverified

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from alarm_receiver.config import Settings
    from alarm_receiver.log import Log
    from alarm_receiver.web.figures import Figure


PEOPLE = ("all", "console")
KEEP_MS_APART = 60_000
"""How often a keypad's heartbeat is kept when the console is another process than intake."""


Threaded = (
    Overdue
    | Sender
    | Silence
    | Missing
    | Expiry
    | Peer
    | Primaries
    | Orders
    | Upkeep
    | Eraser
    | Bell
)
"""What has a thread of its own."""


class Receiver:
    """One process of a receiver: its parts, started and stopped in order.

    `part` is "all", or "intake" and "console" (the doors) and "engine" in processes of their own.
    """

    _noted: tuple[str, ...] = ()

    def __init__(self, settings: Settings, log: Log, part: str = "all") -> None:
        self.settings = settings
        self.log = log
        self.part = part
        self._open_store()
        self._anchor = Anchor(settings.data / older.CLOCK)
        clock = self._clock()
        self.policies = Policies(settings.position)
        self.overdue: Overdue | None = None
        self.sender: Sender | None = None
        self.silence: Silence | None = None
        self.missing: Missing | None = None
        self.expiry: Expiry | None = None
        self.peer: Peer | None = None
        self.eraser: Eraser | None = None
        self._periods = read_periods(settings.data)
        if part in ENGINES:
            self._make_engines(clock)
        feed = Feed(self._reader, log)
        self.context = Context(
            settings=settings,
            clock=clock,
            log=log,
            writer=self.writer,
            reader=self._people,
            steady=self._reader,
            box=self._box,
            keys=Keys(),
            quarantine=Quarantine(self.writer, clock.now_ms, log),
            feed=feed,
            policies=self.policies,
            plans=read_plans(settings.data / "plans"),
            rules=read_rules(settings.data),
            periods=self._periods,
            engine_beat_ms=self._engine_beat_ms if self.overdue else None,
            confirmed_ms=self._confirmed_ms,
        )
        self.context.engine_figures = self._engine_figures if part in ENGINES else None
        self.context.quarantine.revoked = Unverified(
            self.writer, self.context.keys, now_ms=clock.now_ms, log=log, policies=self.policies
        )
        if part != "all":
            self.context.hearing.keep_ms = KEEP_MS_APART
        self.orders = self._orders() if part in EARS else None
        self.primaries = self._primaries(clock)
        self._lately = Lately(settings.data, log) if part in EARS else None
        self.upkeep = self._upkeep(clock)
        feed.followed = lambda: self.context.streams > 0
        wire = wire_of(settings.database_url, settings.data, self._preferred)
        self.bell = Bell(wire, self._rung, log)

    def app(self) -> Callable[..., Awaitable[None]]:
        """The ASGI application; starts and stops the feed with its lifespan."""
        inner = app.make(self.context, self.part)
        feed = self.context.feed

        async def with_lifespan(scope: dict[str, object], receive: object, send: object) -> None:
            if scope["type"] == "lifespan":
                await _lifespan(feed, receive, send)
            else:
                await inner(scope, receive, send)

        return with_lifespan

    def start(self) -> str | None:
        """Start the writer and the engine; the setup token when nobody has an account yet."""
        self.writer.on_commit, self.writer.on_join = self._committed, self._joined
        self.writer.start()
        token = self.writer.do(self._first_run)
        self.context.learn()
        self._remember()
        for one in self._running():
            one.start()
        return token

    def stop(self) -> None:
        """Commit what waits, then end."""
        for one in reversed(self._running()):
            one.stop()
        self.writer.stop()

    def _running(self) -> list[Threaded]:
        """What has a thread here, beside the writer."""
        watchers = (self.silence, self.missing, self.expiry, self.peer, self.eraser)
        some = (
            self.primaries,
            self.overdue,
            self.sender,
            self.upkeep,
            *watchers,
            self.orders,
            self.bell,
        )
        return [one for one in some if one is not None]

    def _open_store(self) -> None:
        settings = self.settings
        self.fence: Fence | None = None
        _make_folder(settings.data)
        url, guard = settings.database_url, (lambda _: None)
        if not engine_url(url).startswith("sqlite"):
            self.fence = Fence(url, settings.data / fence.FILE, self.log)
            self.fence.look()
            url, guard = self.fence.preferred(url), self.fence.guard
        self._box = open_box(url, settings.key_path)
        with _alone(settings.data / "migrating"):
            upgrade(url, self._box)
        options: dict[str, Any] = {"position": settings.position, "box": self._box}
        # Whatever people's requests wait for, engines and streams go on: they read apart.
        self._reader = open_reader(url, guard, connections=STEADY).execution_options(**options)
        self._people = open_reader(url, guard).execution_options(**options)
        self._refuse_older()
        self.writer = Writer(
            open_writer(url, guard).execution_options(**options),
            log=self.log,
            end_process=self._end_process,
        )

    def _refuse_older(self) -> None:
        """Go no further with a store that lacks what was seen, unless somebody has confirmed it."""
        self._memory = older.Memory(self.settings.data)
        try:
            with self._reader.connect() as connection:
                now_ms = Clock().now_ms()
                older.refuse(self._memory.why(connection, now_ms), self.settings.data)
                self._confirmed_ms = older.confirmed_ms(connection)
        except Misconfigured:
            self._reader.dispose()
            raise

    def _make_engines(self, clock: Clock) -> None:
        writer, reader, log = self.writer, self._reader, self.log
        self.overdue = Overdue(writer, reader, now_ms=clock.now_ms, log=log, policies=self.policies)
        self.overdue.beat_ms = clock.now_ms()
        outward = Outward(self.settings.webhook_allowed)
        channels = channels_of(self.settings, clock.now_ms, outward)
        self.sender = Sender(writer, reader, channels, now_ms=clock.now_ms, log=log)
        self.silence = Silence(writer, reader, now_ms=clock.now_ms, log=log, policies=self.policies)
        self.missing = Missing(writer, reader, now_ms=clock.now_ms, log=log, policies=self.policies)
        self.expiry = Expiry(
            writer, reader, outward.shown, now_ms=clock.now_ms, log=log, policies=self.policies
        )
        self.eraser = Eraser(writer, reader, self._periods, now_ms=clock.now_ms, log=log)
        if self.settings.peer_url:
            self.peer = self._peer(clock)

    def _clock(self) -> Clock:
        """Our time: that of the process before, unless nothing hangs on it and it was wrong."""
        clock = Clock(offset_ns=self._anchor.offset_ns())
        if abs(clock.skew_ms()) > FOLLOW_MS:
            with self._reader.connect() as connection:
                live = tickets.next_due_ms(connection) is not None
            if live or self.part != "all":
                self.log("clock_was_set", ahead_ms=clock.skew_ms(), remedy="see docs/operate.md")
            else:
                clock = Clock()
        self._anchor.keep(clock.offset_ns)
        return clock

    def _upkeep(self, clock: Clock) -> Upkeep:
        return Upkeep(
            self.writer,
            self._reader,
            now_ms=clock.now_ms,
            log=self.log,
            learn=self._learn,
            hearing=self.context.hearing,
            sign=Signer(self.settings.signing_path).sign,
            saw=self._memory.saw,
            part=self.part,
            lately=self._lately,
        )

    def _orders(self) -> Orders:
        return Orders(
            self.writer,
            self._reader,
            now_ms=self.context.clock.now_ms,
            heard_ms=self.context.hearing.heard_ms,
            ready=self.context.pieces.ready,
            log=self.log,
        )

    def _primaries(self, clock: Clock) -> Primaries | None:
        if self.fence is None:
            return None
        return Primaries(
            self.fence,
            self.writer,
            part=self.part,
            now_ms=clock.now_ms,
            log=self.log,
            policies=self.policies,
        )

    def _peer(self, clock: Clock) -> Peer:
        return Peer(
            self.writer,
            self._reader,
            url=self.settings.peer_url,
            secret=self.settings.peer_secret.get_secret_value(),
            now_ms=clock.now_ms,
            log=self.log,
            policies=self.policies,
        )

    def _preferred(self, url: str) -> str:
        return url if self.fence is None else self.fence.preferred(url)

    def _engine_figures(self) -> list[Figure]:
        """What the engine in this process did since it began."""
        if not self.overdue or not self.sender:
            return []
        rest_ms = self.context.clock.now_ms() - self.overdue.beat_ms
        return engine_figures(self.overdue.raised, self.sender.counts, rest_ms)

    def _engine_beat_ms(self) -> int:
        return self.overdue.beat_ms if self.overdue else 0

    def _committed(self) -> None:
        """We wrote something; from the writer's thread."""
        self.context.feed.wake()
        self.bell.ring()

    def _joined(self) -> None:
        """We added to live tickets: our own engines have nothing to do with that."""
        self.context.feed.wake()
        self.bell.ring(here=False)

    def _rung(self, what: str) -> None:
        """Somebody wrote something, perhaps another process; JOINED is as with our own."""
        self.context.feed.wake()
        for one in (self.overdue, self.sender, self.orders):
            if one and what != JOINED:
                one.wake()

    def _remember(self) -> None:
        """Whom the last process heard: what was recorded then does not count now."""
        if self._lately:
            self._bring_up(self._lately)
        with self._reader.connect() as connection:
            for device, epoch, number, heard_ms in heard.everything(connection):
                self.context.hearing.remember(device, epoch, number, heard_ms)

    def _bring_up(self, lately: Lately) -> None:
        """Keep whom a process heard that was killed; devices that this store has not are nobody."""
        now_ms, known = self.context.clock.now_ms(), self.context.keys
        rows = [(*row[:3], min(row[3], now_ms)) for row in lately.left() if known.get(row[0])]
        self.writer.do(lambda connection: heard.keep(connection, rows))
        lately.forget()

    def _learn(self) -> None:
        self._anchor.keep(self.context.clock.offset_ns)
        self.context.learn()
        if (notes := tuple(self.context.notes())) != self._noted:
            self._noted = notes
            self.log("to_be_mended" if notes else "mended", notes=notes)
        if self.part == "console":
            self._overhear()

    def _overhear(self) -> None:
        """Whom intake heard lately: the console shows it, and hears nobody itself."""
        since_ms = self.context.clock.now_ms() - 2 * KEEP_MS_APART
        with self._reader.connect() as connection:
            for device, _, _, heard_ms in heard.everything(connection, since_ms):
                self.context.hearing.told(device, heard_ms)

    def _end_process(self, code: int) -> None:
        """End at once, with the last words written."""
        self.log.flush()
        os._exit(code)

    def _first_run(self, connection: Connection) -> str | None:
        sealing.note(connection, self._box, self.context.clock.now_ms())
        registry.make_agency(connection, registry.OWN, "Own agency")
        if self.part not in PEOPLE or not agencies.none_yet(connection):
            return None
        token = secrets.token_urlsafe(24)
        agencies.offer_setup(connection, token, self.context.clock.now_ms())
        return token


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"cannot make the data folder {path} ({error.strerror}); "
            "name another with --data, or make it writable"
        ) from error


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one process of this folder at a time; the others wait."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


async def _lifespan(feed: Feed, receive: object, send: object) -> None:
    while True:
        asked = await receive()  # type: ignore[operator]  # an ASGI callable
        if asked["type"] == "lifespan.startup":
            await feed.start()
            await send({"type": "lifespan.startup.complete"})  # type: ignore[operator]
        else:
            await feed.stop()
            await send({"type": "lifespan.shutdown.complete"})  # type: ignore[operator]
            return
