"""Puts the parts together: reads, calls the cores, does what they say.

It promises nothing of its own but order: all state of relay and watch is touched by the event loop
alone; the broker's thread and the writer's thread only hand on to it. Times are monotonic.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal as signals
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from alarm_wire.frame import REASON_NAMES, REVOKED_DEVICE, STALE, UNKNOWN_DEVICE, WRONG_SEAL
from alarm_wire.signal import (
    CONFIG_CHANGED,
    STARTED,
    STOPPED,
    STORE_RESTORED,
    STORE_TROUBLE,
    device_text,
)
from alarm_wire.supervision import Term
from gateway import answers
from gateway.acts import Act, Done, Doubt, Frame, Heard, Order, Refuse, Safe, Tell
from gateway.body import Body
from gateway.config import DEVICES_MAX
from gateway.door import admit
from gateway.downlink import Downlink
from gateway.errors import Refused
from gateway.journal import also
from gateway.look import look
from gateway.outsider import OutsiderLink
from gateway.paths import BROKER, Paths
from gateway.premises import Input, Premises
from gateway.receiver import Link
from gateway.refusals import Refusals
from gateway.relay import ALARMS, BEATS, OTHERS, Relay
from gateway.reports import Reports
from gateway.service import notify
from gateway.start import paths_of, start
from gateway.texts import Outage, Texts
from gateway.watch import Watch
from gateway.window import Window
from gateway.writer import Offer, Writer, monotonic_ms

if TYPE_CHECKING:
    from gateway.client import Answer
    from gateway.config import Config
    from gateway.journal import Journal
    from gateway.status import State

EXIT_BROKEN = 70
TICK_S = 1.0
UNPROVEN = (WRONG_SEAL, UNKNOWN_DEVICE, REVOKED_DEVICE)
"""A heartbeat that is refused so proves nobody's life."""
GARBAGE = (20_000, 10, 10)
"""Thresholds of the collector: signals die by their reference counts, and thousands may wait."""
ROOM_S = 2.0
"""How long an input may wait for room before it is left to the broker."""


class Gateway:
    """One gateway; `run` until SIGTERM."""

    def __init__(self, config: Config, journal: Journal) -> None:
        self.config = config
        self.journal = journal
        self.counts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        found = start(config, journal)
        self.own = found.own
        self.relay = Relay(
            len(config.receivers) + len(config.outsiders), config.device, self.own.holds
        )
        self.writer = Writer(config.folder, config.signals_max, self, config.device)
        self.reports = Reports(self.own, self.writer, journal)
        now_ms = monotonic_ms()
        term = Term(int(config.keypads.late_s * 1000), int(config.keypads.lost_s * 1000))
        self.watch = Watch(term, DEVICES_MAX, found.keypads, now_ms)
        for device in config.keypads.devices:
            self.watch.expect(device, now_ms)
        for device in config.keypads.retired:
            if self.watch.forget(device):
                self.writer.stand(device, None)
        self.premises = Premises(config.broker, self._came, self._linked)
        self.downlink = Downlink(
            self.premises, self.relay, self.writer, journal, self.own.device, self.counts
        )
        self.paths = Paths(paths_of(config), now_ms)
        self.refusals = Refusals()
        self.body = Body(config.folder, config.inputs)
        self._window = Window(config.folder, config.metrics_port, self.look)
        self._outage = Outage()
        self._texts = Texts(config.texting, journal)
        self._ready = False
        self._found = found
        self._ended = asyncio.Event()
        self._links: list[Link | OutsiderLink] = []
        self._receivers: list[Link] = []
        if found.spool is not None:
            self.writer.use(found.spool)
            for frame, urgency in found.kept:
                self.relay.take(frame, urgency)
            if found.spool.set_aside:
                self.reports.signal(STORE_TROUBLE)
            if found.config_changed:
                self.reports.signal(CONFIG_CHANGED)
        else:  # durable as soon as the disk takes it
            self.writer.count("epoch", self.own.epoch)
            self.writer.count("number", self.own.number_high)

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; the exit code."""
        gc.freeze()  # what is loaded by now stays; looking through it again and again finds nothing
        gc.set_threshold(*GARBAGE)
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._faulted)
        try:
            return self._loop.run_until_complete(self._main())
        finally:
            self._loop.close()

    async def _main(self) -> int:
        for number in (signals.SIGTERM, signals.SIGINT):
            self._loop.add_signal_handler(number, self._ended.set)
        self.writer.start()
        first = BROKER + 1
        for index, receiver in enumerate(self.config.receivers):
            made = Link(index, first, receiver, self.relay, self.paths, self)
            first += len(receiver.ways)
            made.sequence = self._found.sequences.get(receiver.name, 0)
            made.confirmed = self._found.confirmed.get(receiver.name, 0)
            self._links.append(made)
            self._receivers.append(made)
        for nth, outsider in enumerate(self.config.outsiders):
            index = len(self.config.receivers) + nth
            self._links.append(OutsiderLink(index, first + nth, outsider, self.relay, self))
        for link in self._links:
            link.start()
        self.reports.signal(STARTED)
        self.premises.start()
        for failure in await self._window.open():
            self.journal.say("window", text=failure)
        ticks = self._loop.create_task(self._ticks())
        ended = self._loop.create_task(self._ended.wait())
        notify("READY=1")
        await asyncio.wait({ticks, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ticks.done():
            error = ticks.exception()
            self.die(f"ticks: {type(error).__name__}: {error}; a fault of ours")
        ticks.cancel()
        notify("STOPPING=1")
        self._window.close()
        self.reports.signal(STOPPED)
        self.premises.stop()
        await asyncio.sleep(0.2)  # the last signal of ours may still leave; it is on disk anyway
        for link in self._links:
            await link.stop()
        self.writer.stop()
        self.journal.say("stopped", waiting=self.writer.waiting())
        self.journal.flush()
        return 0

    async def _ticks(self) -> None:
        """Judge keypads, paths and ourselves, and show systemd that we live."""
        while True:
            now_ms = monotonic_ms()
            self.reports.keypads(self.watch.judge(now_ms))
            self.reports.paths(self.paths.judge(now_ms), self.paths)
            self.reports.body(self.body.look())
            lost = len(self.paths.lost() - {BROKER})
            self.reports.certificate([end for one in self._receivers for end in one.ends_s()])
            self._texts.say(self._outage.look(lost=lost, paths=len(self.paths) - 1))
            missed = self.writer.missed()
            if missed:
                self.journal.say("missed", count=missed, text="no room then; asking for them again")
                self.premises.again()
            mark = self.own.block_due()
            if mark is not None:
                self.writer.count("number", mark)
            for link in self._links:
                for error in link.failed_tasks():
                    self.die(f"{link.name}: {type(error).__name__}: {error}; a fault of ours")
            if self.writer.lives() and self.premises.lives():
                notify("WATCHDOG=1")
            await asyncio.sleep(self._tick_s())

    def _tick_s(self) -> float:
        """Until the next keypad may change its standing, at most a second."""
        next_ms = self.watch.next_ms()
        wait_s = TICK_S if next_ms is None else (next_ms - monotonic_ms()) / 1000
        return min(TICK_S, max(0.01, wait_s))

    def _faulted(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Something of ours raised where nobody caught it: better dead than half alive."""
        error = context.get("exception")
        if "transport" in context:  # one connection's trouble, not ours
            self.journal.say("connection", text=f"{context.get('message')}: {error!r}")
            return
        self.die(f"{context.get('message')}: {type(error).__name__}: {error}; a fault of ours")

    # -- from the broker's thread

    def _came(self, given: Input) -> None:
        try:
            self._admit(given)
        except Exception as error:  # noqa: BLE001 - a deaf gateway is worse than a dead one
            self.die(f"input: {type(error).__name__}: {error}; a fault of ours")

    def _admit(self, given: Input) -> None:
        try:
            admitted = admit(given.topic, given.body, retained=given.retained)
        except Refused as refused:
            self.counts[f"refused_{refused.reason}"] += 1
            self.journal.say("refused", reason=refused.reason, text=refused.detail)
            self.premises.puback(given)  # or the broker would offer it for ever
            return
        frame = Frame(
            admitted.device, admitted.epoch, admitted.number, admitted.content, admitted.frame
        )
        if admitted.content:
            offer = Offer(frame, admitted.urgency, lambda: self.premises.puback(given))
            self.writer.offer(offer, ROOM_S)
            return
        self.premises.puback(given)
        self._loop.call_soon_threadsafe(self._beat, frame)

    def _linked(self, up: bool, why: str) -> None:
        self._loop.call_soon_threadsafe(self._link, up, why)

    # -- from the writer's thread

    def kept(self, offers: list[Offer], *, on_disk: bool) -> None:
        """Carry these (writer's Owner)."""
        if on_disk:
            self.on_disk(offers)
        self._loop.call_soon_threadsafe(self._carry, offers)

    def on_disk(self, offers: list[Offer]) -> None:
        """Mark the hop (writer's Owner)."""
        for offer in offers:
            frame = offer.frame
            self.journal.hop("spooled", frame.device, frame.epoch, frame.number)

    def let_go(self, contents: list[bytes]) -> None:
        """The spool was full (writer's Owner)."""
        self.counts["let_go"] += len(contents)
        self.journal.say(
            "let_go",
            signals=[
                f"{device_text(c[2:10])} {int.from_bytes(c[10:14], 'big')}."
                f"{int.from_bytes(c[14:18], 'big')}"
                for c in contents[:20]
            ],
            count=len(contents),
            text="the spool was full and these had to make room; their keypads keep them",
        )
        self._loop.call_soon_threadsafe(self.relay.forget, contents)

    def trouble(self, text: str) -> None:
        """The spool cannot keep, or can again (writer's Owner)."""
        self.journal.say("store_trouble" if text else "store_restored", text=text)
        self._loop.call_soon_threadsafe(
            self.reports.signal, STORE_TROUBLE if text else STORE_RESTORED
        )

    def die(self, text: str) -> None:
        """End at once: systemd starts us anew, the broker and the keypads offer again."""
        self.journal.say("broken", text=text)
        self.journal.flush()
        os._exit(EXIT_BROKEN)

    # -- in the event loop

    def _carry(self, offers: list[Offer]) -> None:
        lanes = set()
        for offer in offers:
            acts = self.relay.take(offer.frame, offer.urgency)
            lanes.add(ALARMS if offer.urgency == 0 else OTHERS)
            if acts:
                self.act(None, acts)
        self._wake(*lanes)

    def _beat(self, frame: Frame) -> None:
        self.watch.beat(frame.device, frame.epoch, frame.number, monotonic_ms())
        self.relay.beat(frame)
        self._wake(BEATS)

    def _link(self, up: bool, why: str) -> None:
        self.watch.link(up=up, now_ms=monotonic_ms())
        self.path(BROKER, why)
        if up and not self._ready:
            self._ready = True
            self.journal.say("ready", broker=f"{self.config.broker.host}:{self.config.broker.port}")

    def act(self, link: Link | OutsiderLink | None, acts: list[Act]) -> None:
        """Do what the relay says (receiver's Owner)."""
        for act in acts:
            match act:
                case Tell():
                    self.downlink.tell(act.frame, act.receipt, act.state)
                case Done():
                    self.writer.drop(act.content)
                case Safe():
                    self.writer.safe(act.content)
                case Heard():
                    self._heard(act.frame)
                case Doubt():
                    self._doubt(act, link)
                case Refuse():
                    self.writer.quarantine(act.frame, REASON_NAMES[act.reason])
                    self.writer.drop(act.frame.content)

    def frames(self, order: Order) -> list[bytes]:
        """The bytes of an order; marks the hop (receiver's Owner)."""
        if order.lane != BEATS:
            more = also(receiver=self._links[order.receiver].name)
            for frame in order.frames:
                self.journal.hop("forwarded", frame.device, frame.epoch, frame.number, more)
        return [self.own.fresh(frame) for frame in order.frames]

    def forwarded(self, frame: Frame, receiver: str) -> None:
        """Mark the hop (outsider's Owner)."""
        more = also(receiver=receiver)
        self.journal.hop("forwarded", frame.device, frame.epoch, frame.number, more)

    def asking(self) -> bytes:
        """Proof of who asks for receipts (receiver's Owner)."""
        return self._heartbeat().bytes

    async def receipts(self, link: Link, receipts: list[bytes], answer: Answer) -> bool:
        """Pass on what the long poll brought (receiver's Owner)."""
        return await self.downlink.polled(link, receipts, answer)

    async def pieces(self, link: Link, pieces: list[bytes]) -> bool:
        """Pass on settings and images (receiver's Owner)."""
        return await self.downlink.carry(link, pieces)

    def path(self, path: int, why: str) -> None:
        """A path stands, or has failed once more (receiver's Owner)."""
        if not why:
            self.reports.paths(self.paths.stands(path, monotonic_ms()), self.paths)
            return
        self.counts[f"failed_{self.paths.name(path)}"] += 1
        if self.paths.fails(path, why, monotonic_ms()):
            self.journal.say("path_failing", path=self.paths.name(path), text=why)

    def heard(self, path: int, asked: bytes, told: list[bytes]) -> None:
        """The answer to our own heartbeat (receiver's Owner). Raises AnswerError."""
        moment_ms = answers.heard(self.paths.name(path), asked, told, self.own.holds)
        self.reports.body(self.body.clock(path, moment_ms, time.time_ns() // 1_000_000))

    def _heard(self, frame: Frame) -> None:
        if frame.device == self.own.device:
            return
        now_ms = monotonic_ms()
        retired = frame.device in self.config.keypads.retired
        if not retired and self.watch.expect(frame.device, now_ms):
            self.writer.stand(frame.device, 0)
            self.journal.say("keypad", device=device_text(frame.device), standing="supervised")
        self.reports.keypads(self.watch.confirmed(frame.device, frame.epoch, frame.number, now_ms))

    def _doubt(self, act: Doubt, link: Link | OutsiderLink | None) -> None:
        if act.reason == STALE:
            return  # a heartbeat that came twice, by us or by the keypad
        reason = REASON_NAMES[act.reason]
        self.refusals.note(link.name if link else "", act.frame.device, act.reason, monotonic_ms())
        self.counts[f"refused_by_receiver_{reason}"] += 1
        self.journal.say(
            "refused_by_receiver",
            reason=reason,
            receiver=link.name if link else "",
            device=device_text(act.frame.device),
            epoch=act.frame.epoch,
            number=act.frame.number,
            heartbeat=not act.frame.content,
        )
        if act.reason == WRONG_SEAL:
            self.reports.forged(act.frame.device, monotonic_ms())
        if act.reason in UNPROVEN and not act.frame.content:
            self.watch.doubted(act.frame.device)

    def _heartbeat(self) -> Frame:
        return self.reports.heartbeat(pending=len(self.relay), path_lost=bool(self.paths.lost()))

    def look(self) -> State:
        """How we are, for `status` and for the metrics."""
        return look(self)

    def _wake(self, *lanes: int) -> None:
        for link in self._links:
            link.wake(*lanes)
