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


class Reports:
    """Says things under the gateway's own key."""

    def __init__(self, own: Own, writer: Writer, journal: Journal) -> None:
        self._own = own
        self._writer = writer
        self._journal = journal
        self._ends_hour = 0

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

    def heartbeat(self, *, pending: int, path_lost: bool) -> Frame:
        """Our next heartbeat."""
        trouble = TROUBLE_STORE if self._writer.in_trouble() else 0
        trouble |= TROUBLE_PATH if path_lost else 0
        return self._own.heartbeat(pending=pending, trouble=trouble)


def _nobody() -> None:
    """Nobody waits for an answer for our own signals."""
