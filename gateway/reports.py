"""What the gateway itself has to say: its own signals, its heartbeat, and the lines beside them.

It promises that each change of a keypad's or a path's standing becomes one sealed signal of ours
and one line in the journal, and that a start, a stop and trouble of the disk do as well. It decides
nothing: watch, paths and writer do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_wire.signal import (
    CERTIFICATE,
    CERTIFICATE_RECEIVER,
    FORGERY,
    ITSELF,
    PATH_LOST,
    PATH_RESTORED,
    TROUBLE_PATH,
    TROUBLE_STORE,
    device_text,
    kind_name,
)
from gateway.writer import Offer

if TYPE_CHECKING:
    from gateway.acts import Frame
    from gateway.body import Change
    from gateway.journal import Journal
    from gateway.own import Own
    from gateway.paths import Paths, Standing
    from gateway.watch import Told
    from gateway.writer import Writer

FORGED_MS = 3_600_000
FORGED_MAX = 1_000
"""Devices of which frames with wrong seals are counted."""


class Reports:
    """Says things under the gateway's own key."""

    def __init__(self, own: Own, writer: Writer, journal: Journal) -> None:
        self._own = own
        self._writer = writer
        self._journal = journal
        self._ends_hour = 0
        self._forged: dict[bytes, tuple[int, int]] = {}

    def signal(self, kind: int, *, zone: int = 0, about: bytes = ITSELF, value: int = 0) -> None:
        """One signal of our own."""
        frame, urgency = self._own.signal(kind, zone=zone, about=about, value=value)
        self._writer.offer(Offer(frame, urgency, _nobody))

    def keypads(self, told: list[Told]) -> None:
        """Keypads that went late or lost, or came back."""
        for change in told:
            self._writer.stand(change.device, change.standing)
            self._journal.say(
                "keypad",
                device=device_text(change.device),
                standing=kind_name(change.kind),
                silent_ms=change.silent_ms,
            )
            self.signal(change.kind, about=change.device, value=change.silent_ms)

    def paths(self, standings: list[Standing], paths: Paths) -> None:
        """Paths that were lost or came back."""
        for standing in standings:
            kind = PATH_LOST if standing.lost else PATH_RESTORED
            name = paths.name(standing.path)
            self._journal.say(kind_name(kind), path=name, text=standing.text)
            self.signal(kind, value=standing.path)

    def body(self, changes: list[Change]) -> None:
        """Our mains, lid, clock or disk."""
        for change in changes:
            self._journal.say(kind_name(change.kind), text=change.text)
            self.signal(change.kind, value=change.value)

    def certificate(self, ends_s: list[int]) -> None:
        """The ends of what receivers have shown us: the first of them is told when it changes."""
        hour = min(ends_s, default=0) // 3600
        if hour and hour != self._ends_hour:
            self._ends_hour = hour
            self.signal(CERTIFICATE, zone=CERTIFICATE_RECEIVER, value=hour)

    def forged(self, device: bytes, now_ms: int) -> None:
        """A receiver that knows `device` found its seal under a frame wrong: told once an hour.

        `value` counts the frames since the last time; a keypad with a wrong key sounds alike.
        """
        told_ms, count = self._forged.pop(device, (now_ms - FORGED_MS, 0))
        if now_ms - told_ms >= FORGED_MS:
            self.signal(FORGERY, about=device, value=count + 1)
            told_ms, count = now_ms, -1
        self._forged[device] = (told_ms, count + 1)
        if len(self._forged) > FORGED_MAX:
            del self._forged[next(iter(self._forged))]

    def heartbeat(self, *, pending: int, path_lost: bool) -> Frame:
        """Our next heartbeat."""
        trouble = TROUBLE_STORE if self._writer.in_trouble() else 0
        trouble |= TROUBLE_PATH if path_lost else 0
        return self._own.heartbeat(pending=pending, trouble=trouble)


def _nobody() -> None:
    """Nobody waits for an answer for our own signals."""
