"""What goes down: receipts and sealed pieces, from receivers' answers to the keypads' topics.

It promises that nothing but a well-formed receipt or piece is published, under the topic of the
device that it names; that a long poll's sequence moves on only when the broker has taken every
receipt; and that pieces of settings and images wait for presses, never the other way round: no more
than PIECES_AT_ONCE are under way to the broker, and none while an emergency waits for its receipt.
Pieces are kept nowhere: what is cut off is sent again by the receiver. Pieces of an image go with
QoS 0: the keypad asks for what it misses, and a broker that writes each one to disk holds up the
press behind them (measured: 64 ms from contact to subscriber instead of 39).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from alarm_wire.frame import (
    HEAD_BYTES,
    IMAGE_FRAME,
    PARCEL_FRAME,
    REASON_NAMES,
    RECEIPT_FRAME,
    WireError,
    claim,
)
from alarm_wire.receipt import HEARD, RECEIPT_BYTES, STATE_NAMES
from alarm_wire.signal import device_text, kind_name
from gateway.acts import Frame
from gateway.door import CONFIG_TOPIC
from gateway.journal import also

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessageInfo

    from gateway.client import Answer
    from gateway.journal import Journal
    from gateway.premises import Premises
    from gateway.receiver import Link
    from gateway.relay import Relay
    from gateway.writer import Writer

PUBLISHED_S = 5.0
PIECES_AT_ONCE = 8
PRESS_S_MAX = 5.0
"""So long pieces wait for presses; then they are left, and the receiver sends them again."""
LOOK_S = 0.01
LAST = 20
"""Signals that `status` shows."""
COUNTED = {name: f"receipts_{name}" for name in STATE_NAMES.values()}
RECEIPTED = {
    (state, told): also(state=name, told=told)
    for state, name in STATE_NAMES.items()
    for told in (True, False)
}


class Downlink:
    """Publishes receipts; `own` is our device."""

    def __init__(  # noqa: PLR0917 - it stands between these
        self,
        premises: Premises,
        relay: Relay,
        writer: Writer,
        journal: Journal,
        own: bytes,
        counts: Counter[str],
    ) -> None:
        self._premises = premises
        self._relay = relay
        self._writer = writer
        self._journal = journal
        self._own = own
        self._counts = counts
        self._last: deque[tuple[Frame, str, float]] = deque(maxlen=LAST)

    def last(self) -> list[dict[str, Any]]:
        """The signals receipted most recently, oldest first."""
        return [
            {
                "device": device_text(frame.device),
                "epoch": frame.epoch,
                "number": frame.number,
                "kind": kind_name(frame.content[HEAD_BYTES]) if frame.content else "",
                "state": state,
                "at": round(at_s, 3),
            }
            for frame, state, at_s in self._last
        ]

    async def polled(self, link: Link, receipts: list[bytes], answer: Answer) -> bool:
        """Pass on what the long poll brought; whether the sequence may move on."""
        if answer.confirmed >= 0 and answer.confirmed != link.confirmed:
            self._older(link, answer.confirmed)
        under_way = self._publish(link, receipts)
        if under_way is None or not await _published(under_way):
            return False  # the broker is away: ask for the same again
        if answer.sequence != link.sequence:
            self._writer.count(f"sequence/{link.name}", answer.sequence)
        return True

    def _older(self, link: Link, confirmed: int) -> None:
        """Its store is an older one that was put back: it gets again what it has answered for."""
        count = self._relay.again(link.index)
        link.confirmed = confirmed
        link.wake()
        self._writer.count(f"confirmed/{link.name}", confirmed)
        self._journal.say("sent_again", receiver=link.name, count=count)

    async def carry(self, link: Link, pieces: list[bytes]) -> bool:
        """Pass on pieces of settings or images; False when some were left."""
        devices: Counter[bytes] = Counter()
        for first in range(0, len(pieces), PIECES_AT_ONCE):
            if not await self._no_press():
                return False
            under_way = []
            for piece in pieces[first : first + PIECES_AT_ONCE]:
                device = self._whose(link, piece)
                if device is None:
                    continue
                qos = 0 if piece[1] == IMAGE_FRAME else 1
                told = self._premises.tell(device, piece, CONFIG_TOPIC, qos=qos)
                if told is None:
                    return False
                under_way.append(told)
                devices[device] += 1
            if not await _published(under_way):
                return False
        for device, count in devices.items():
            self._counts["pieces"] += count
            self._journal.say("pieces", device=device_text(device), count=count, receiver=link.name)
        return True

    async def _no_press(self) -> bool:
        """Wait until no emergency waits for its receipt, but not for ever."""
        until = time.monotonic() + PRESS_S_MAX
        while self._relay.pressing():
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    def _whose(self, link: Link, piece: bytes) -> bytes | None:
        """The device that a piece is for; None, and a line in the journal, for anything else."""
        reason = "wrong_type"
        try:
            claimed = claim(piece)
            if claimed.kind_of_frame in {PARCEL_FRAME, IMAGE_FRAME} and claimed.device != self._own:
                return claimed.device
        except WireError as error:
            reason = REASON_NAMES[error.reason]
        self._journal.say("refused", reason=reason, receiver=link.name)
        return None

    def _publish(self, link: Link, receipts: list[bytes]) -> list[MQTTMessageInfo] | None:
        """Hand every good receipt to the broker's client; None as soon as it takes no more."""
        under_way = []
        for receipt in receipts:
            try:
                claimed = claim(receipt)
            except WireError as error:
                self._journal.say("refused", reason=REASON_NAMES[error.reason], receiver=link.name)
                continue
            if (
                claimed.kind_of_frame != RECEIPT_FRAME
                or len(receipt) != RECEIPT_BYTES
                or receipt[HEAD_BYTES] not in STATE_NAMES
            ):
                self._journal.say("refused", reason="wrong_type", receiver=link.name)
                continue
            if claimed.device == self._own:
                continue
            frame = Frame(claimed.device, claimed.epoch, claimed.number, b"", receipt)
            self._relay.acknowledged(receipt)
            told = self.tell(frame, receipt, receipt[HEAD_BYTES])
            if told is None:
                return None
            under_way.append(told)
        return under_way

    def tell(self, frame: Frame, receipt: bytes, state: int) -> MQTTMessageInfo | None:
        """Publish one receipt to its device, not to ourselves; None when it was not taken."""
        if frame.device == self._own:
            return None
        told = self._premises.tell(frame.device, receipt)
        if state != HEARD:
            self._note(frame, STATE_NAMES[state])
            more = RECEIPTED[state, told is not None]
            self._journal.hop("receipted", frame.device, frame.epoch, frame.number, more)
        return told

    def _note(self, frame: Frame, state: str) -> None:
        """Keep what became of the last signals, for whoever looks."""
        self._counts[COUNTED[state]] += 1
        self._last.append((frame, state, time.time()))


async def _published(under_way: list[MQTTMessageInfo]) -> bool:
    """Whether the broker has answered for all of these in time."""
    until = time.monotonic() + PUBLISHED_S
    while not all(one.is_published() for one in under_way):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(LOOK_S)
    return True
