"""The one thread that writes the spool: it commits what waits in groups, and answers after that.

It promises: PUBACK only after COMMIT, or after a receiver has the signal; a full spool lets go what
a receiver has or what is less urgent, never an alarm for a status signal; while the disk refuses,
signals are carried from memory, unanswered, so that a press is not held up by a full disk. Brokers
send only so many unanswered inputs: few places among these are for what is no emergency, and beyond
them a keypad's signal is answered and let go (its keypad keeps it), or it would keep another's
press at the broker. What the gateway itself has to say is kept by nobody else and never left. When
fsync fails it calls `die`: nothing that was answered after that could be trusted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from alarm_wire.signal import EMERGENCY
from gateway.errors import SpoolBroken, SpoolError
from gateway.shelf import Shelf
from gateway.spool import Group, Spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.acts import Frame

GROUP_MAX = 2_000
INBOX_MAX = 5_000
"""Offered and not yet committed; a broker that honours our receive maximum stays far below."""
HELD_MAX = 2_000
CALM_MAX = 200
"""Of these for what is no emergency; far below the receive maximum that the broker was told."""
DROPS_LAZY = 200
LAZY_S = 0.2
"""Drops wait this long for company: a crash before costs a duplicate that receivers know."""
RETRY_S = 0.5
TURN_MS_MAX = 20_000
"""A turn that takes longer is stuck, and so are we: the watchdog goes unfed."""
FULL = (
    "the spool is full; alarms are carried from memory, what is less urgent is left to its keypad: "
    "bring a receiver back, or raise spool.signals_max"
)


@dataclass(slots=True)
class Offer:
    """A frame to keep; `puback` answers the broker for it (nothing for the gateway's own)."""

    frame: Frame
    urgency: int
    puback: Callable[[], None]


class Owner(Protocol):
    """Who is told what the writer did; called from the writer's thread."""

    def kept(self, offers: list[Offer], *, on_disk: bool) -> None:
        """These are to be carried: on disk and answered, or held in memory."""

    def on_disk(self, offers: list[Offer]) -> None:
        """These were held and have been committed since."""

    def let_go(self, contents: list[bytes]) -> None:
        """The spool was full and these had to make room."""

    def trouble(self, text: str) -> None:
        """The spool cannot keep (what, where, what to do), or can again (empty text)."""

    def die(self, text: str) -> None:
        """End the process now."""


class Writer:
    """Owns the spool in `folder` from its own thread, holding at most `signals_max` signals.

    Signals of device `own` are the gateway's: nobody else keeps them.
    """

    def __init__(self, folder: Path, signals_max: int, owner: Owner, own: bytes = b"") -> None:
        self._folder = folder
        self._own = own
        self._owner = owner
        self._spool: Spool | None = None
        self._shelf = Shelf(signals_max)
        self._inbox: deque[Offer] = deque()
        self._side: deque[tuple[str, object]] = deque()
        self._group = Group()
        self._held: dict[bytes, Offer] = {}
        self._calm_held = 0
        self._evicted: list[bytes] = []
        self._wake = threading.Event()
        self._room = threading.Event()
        self._ending = False
        self._turned_ms = monotonic_ms()
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._missed = 0

    def use(self, spool: Spool) -> None:
        """Write to `spool`, opened by the caller; before `start`."""
        self._spool = spool
        for frame, urgency in spool.kept():
            self._shelf.put(frame.content, urgency, ours=frame.device == self._own)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what waits and end the thread."""
        self._ending = True
        self._wake.set()
        self._thread.join(10)

    def offer(self, offer: Offer, wait_s: float = 0.0) -> bool:
        """Keep this frame, then answer for it. False, and no answer, when there is no room.

        Waiting for room holds up the broker's thread, and so the broker: mosquitto 2.0 was seen to
        send 20,000 inputs where it had been asked for at most 1,000 under way.
        """
        until = time.monotonic() + wait_s
        while len(self._inbox) >= INBOX_MAX and not self._ours(offer):
            if time.monotonic() >= until:
                self._missed += 1
                return False
            self._room.clear()
            self._room.wait(0.05)
        self._inbox.append(offer)
        if not self._wake.is_set():  # a lock less; the thread clears it before it looks
            self._wake.set()
        return True

    def drop(self, content: bytes) -> None:
        """Every receiver has answered for it, or refused it."""
        self._side.append(("drop", content))
        if len(self._side) >= DROPS_LAZY:
            self._wake.set()

    def safe(self, content: bytes) -> None:
        """One receiver has it: it may make room for another."""
        self._side.append(("safe", content))

    def quarantine(self, frame: Frame, reason: str) -> None:
        """Keep a refused frame for people to look at."""
        self._side.append(("quarantine", (frame, reason)))

    def count(self, name: str, value: int) -> None:
        """Make a counter durable, soon."""
        self._side.append(("count", (name, value)))

    def stand(self, device: bytes, standing: int | None) -> None:
        """Make the told standing of a keypad durable, soon; None forgets the keypad."""
        self._side.append(("stand", (device, standing)))

    def lives(self) -> bool:
        """Whether the thread has come round lately, or waits for a disk that it knows of."""
        return self._thread.is_alive() and monotonic_ms() - self._turned_ms < TURN_MS_MAX

    def places(self) -> int:
        """How many signals the spool can hold."""
        return self._shelf.places

    def waiting(self) -> int:
        """How many signals wait, on disk and in memory."""
        return len(self._shelf) + len(self._held)

    def missed(self) -> int:
        """How many inputs found no room since the last time of asking, once there is room again.

        They were not answered: the broker keeps them, and offers them on a new connection.
        """
        if self._trouble or self._inbox:
            return 0
        missed, self._missed = self._missed, 0
        return missed

    def in_trouble(self) -> str:
        """What keeps the spool from keeping; '' when nothing does."""
        return self._trouble

    def _run(self) -> None:
        try:
            while not self._ending or self._inbox or self._side:
                self._wake.wait(self._patience_s())
                self._wake.clear()
                self._turn()
                self._turned_ms = monotonic_ms()
                if self._ending and self._trouble:
                    break
            if self._spool is not None:
                self._spool.close()
        except SpoolBroken as error:
            self._owner.die(str(error))
        except Exception as error:  # noqa: BLE001 - a writer that dies must take the process along
            self._owner.die(
                f"spool writer: {type(error).__name__}: {error}; this is a fault of ours"
            )

    def _patience_s(self) -> float | None:
        if self._inbox or self._ending:
            return 0
        if self._trouble:
            return RETRY_S
        return LAZY_S

    def _turn(self) -> None:
        """One group: gather, commit, answer, hand on."""
        offers = [self._inbox.popleft() for _ in range(min(len(self._inbox), GROUP_MAX))]
        self._room.set()
        self._gather()
        fresh, placed, full = self._place([*self._held.values(), *offers])
        if not fresh and not self._group:
            self._hold(full, FULL if full else "")
            return
        self._group.keep = [(offer.frame, offer.urgency) for offer in fresh]
        try:
            self._commit()
        except SpoolBroken:
            raise
        except SpoolError as error:
            for content in placed:
                self._shelf.remove(content)
            self._group.keep = []
            self._hold([*full, *fresh], str(error))
            return
        self._group = Group()
        self._after_commit(fresh)
        self._hold(full, FULL if full else "")

    def _commit(self) -> None:
        if self._spool is None:
            try:
                spool = Spool(self._folder)
            except SpoolBroken as error:  # nothing was answered by it yet: carry on from memory
                raise SpoolError(str(error)) from error
            self.use(spool)
        assert self._spool is not None  # noqa: S101 - `use` has just set it
        self._spool.commit(self._group)

    def _gather(self) -> None:
        """Take over what the others asked for since the last turn."""
        while self._side:
            what, thing = self._side.popleft()
            if what == "drop":
                self._drop(thing)  # type: ignore[arg-type] # by its tag
            elif what == "safe":
                self._shelf.safe(thing)  # type: ignore[arg-type]
            elif what == "quarantine":
                self._group.quarantine.append(thing)  # type: ignore[arg-type]
                del self._group.quarantine[:-GROUP_MAX]
            elif what == "count":
                name, value = thing  # type: ignore[misc]
                self._group.counters[name] = value  # type: ignore[has-type]
            else:
                device, standing = thing  # type: ignore[misc]
                self._group.keypads[device] = standing  # type: ignore[has-type]

    def _drop(self, content: bytes) -> None:
        held = self._unhold(content)
        if held is not None:
            held.puback()  # not on our disk, but at a receiver
        if self._shelf.remove(content):
            self._group.drop.append(content)

    def _place(self, offers: list[Offer]) -> tuple[list[Offer], list[bytes], list[Offer]]:
        """Which offers get a place, which contents are new there, and which offers get none."""
        fresh: list[Offer] = []
        placed: list[bytes] = []
        full: list[Offer] = []
        for offer in sorted(offers, key=lambda offer: offer.urgency):
            content = offer.frame.content
            if content not in self._shelf:
                if self._shelf.full() and not self._make_room(offer.urgency):
                    full.append(offer)
                    continue
                self._shelf.put(content, offer.urgency, ours=self._ours(offer))
                placed.append(content)
            fresh.append(offer)
        return fresh, placed, full

    def _make_room(self, urgency: int) -> bool:
        victim = self._shelf.victim(urgency)
        if victim is None:
            return False
        self._shelf.remove(victim)
        self._group.drop.append(victim)
        self._evicted.append(victim)
        return True

    def _after_commit(self, fresh: list[Offer]) -> None:
        for offer in fresh:
            offer.puback()
        new: list[Offer] = []
        late: list[Offer] = []
        for offer in fresh:
            held = self._unhold(offer.frame.content)
            (new if held is None else late).append(offer)
        if self._evicted:
            self._owner.let_go(self._evicted)
            self._evicted = []
        if new:
            self._owner.kept(new, on_disk=True)
        if late:
            self._owner.on_disk(late)

    def _hold(self, offers: list[Offer], why: str) -> None:
        """Carry these from memory, unanswered, as far as there is room; say why, once."""
        new: list[Offer] = []
        left: list[bytes] = []
        for offer in offers:
            content = offer.frame.content
            known = content in self._held
            if not known and self._calm(offer) and self._calm_held >= CALM_MAX:
                offer.puback()
                left.append(content)
                continue
            if not known and len(self._held) >= HELD_MAX and not self._ours(offer):
                self._missed += 1
                continue
            self._held[content] = offer
            if not known:
                self._calm_held += self._calm(offer)
                new.append(offer)
        if why != self._trouble and (why or not self._held):
            self._trouble = why
            self._owner.trouble(why)
        if left:
            self._owner.let_go(left)
        if new:
            self._owner.kept(new, on_disk=False)

    def _unhold(self, content: bytes) -> Offer | None:
        held = self._held.pop(content, None)
        if held is not None:
            self._calm_held -= self._calm(held)
        return held

    def _ours(self, offer: Offer) -> bool:
        return offer.frame.device == self._own

    def _calm(self, offer: Offer) -> bool:
        """No emergency, and kept by its keypad until a receiver has it."""
        return offer.urgency != EMERGENCY and not self._ours(offer)


def monotonic_ms() -> int:
    """Milliseconds of a clock that never steps."""
    return time.monotonic_ns() // 1_000_000
