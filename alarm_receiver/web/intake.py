"""The intake door: batches of frames in, receipts out after COMMIT; and the receipts' long poll.

It stands in front of everything else: a lone panic must not wait behind a framework. `begin` takes
the body of a batch and calls back with the answer, so that nothing is kept for a signal that waits
but the answer's place; `web.hurry` hands bodies over as they come from the parser, and the ASGI
callable does for whoever comes otherwise. It promises as many answers as frames, in order; that
nothing unsealed gets past it; that bad input gets a reason and never a 5xx; and 503 with
Retry-After when nothing can be committed.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from alarm_receiver.domain.intake import Arrival, Verdict
from alarm_receiver.store import receipts
from alarm_receiver.store.taking import Taking
from alarm_receiver.store.waiting import Lane, Unavailable
from alarm_receiver.web.answers import (
    Answer,
    HttpError,
    problem,
    send_answer,
    too_long,
    too_slow,
    unavailable,
)
from alarm_receiver.web.floods import Floods
from alarm_wire import batch
from alarm_wire.frame import (
    BAD_FIELD,
    HEARTBEAT_BYTES,
    HEARTBEAT_FRAME,
    OVERSIZE,
    REASON_NAMES,
    REVOKED_DEVICE,
    SIGNAL_FRAME,
    STALE,
    UNKNOWN_DEVICE,
    WRONG_TYPE,
    WireError,
    claim,
    open_heartbeat,
    open_signal,
)
from alarm_wire.receipt import (
    ACKNOWLEDGED,
    HEARD,
    NO_TICKET,
    Receipt,
    Refusal,
    pack_refusal,
    seal_receipt,
)
from alarm_wire.seal import HEARTBEAT, SIGNAL
from alarm_wire.signal import STARTED, STATUS, urgency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from alarm_receiver.domain.intake import Identity
    from alarm_receiver.store.waiting import Done
    from alarm_receiver.web.context import Context, Figure
    from alarm_receiver.web.keys import DeviceKeys

TYPE = b"application/vnd.holdfast.batch"
BODY_S_MAX = 10.0
"""A body that takes longer than this to arrive is given up (408)."""
RECEIPTS_MAX = 150
REPORTED_MAX = 10_000


@dataclass(slots=True)
class Taken:
    """A batch between its opening and its answers: signals, and their places among the answers."""

    answers: list[bytes]
    places: list[int]
    arrivals: list[Arrival]


class Intake:
    """ASGI callable for POST /v1/signals, /v1/receipts and /v1/pieces."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.signals = 0
        self.duplicates = 0
        self.heartbeats = 0
        self._reported: OrderedDict[Identity, None] = OrderedDict()
        self._floods = Floods(context)
        self._taking = Taking(context.clock.now_ms, context.policies, self._reported.keys())

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        try:
            body = await asyncio.wait_for(_body(receive), BODY_S_MAX)
            if scope["path"] == "/v1/signals":
                told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
                self.begin(body, partial(_settle, told))
                answer = await told
            elif scope["path"] == "/v1/pieces":
                wait_s = self._asked(scope["query_string"])[1]
                site = self._who_asks(body)
                pieces = await self._context.pieces.fetch(self._context, site, wait_s)
                answer = Answer(200, TYPE, batch.pack(pieces))
            else:
                frames, sequence = await self._hand_out(body, scope["query_string"])
                newest = (b"holdfast-sequence", str(sequence).encode())
                confirmed = (b"holdfast-confirmed", str(self._context.confirmed_ms).encode())
                answer = Answer(200, TYPE, batch.pack(frames), (newest, confirmed))
        except TimeoutError:
            answer = too_slow()
        except HttpError as error:
            answer = problem(error)
        except Unavailable as error:
            answer = unavailable(error)
        await send_answer(send, answer)

    def begin(self, body: bytes, tell: Callable[[Answer], None]) -> None:
        """Take the batch in `body`; `tell` is called once, in this loop, after COMMIT."""
        try:
            taken = self._open_all(_frames(body))
            if taken.arrivals:
                self._commit(taken.arrivals, partial(self._committed, taken, tell))
                return
        except HttpError as error:
            tell(problem(error))
        except Unavailable as error:
            tell(unavailable(error))
        else:
            tell(Answer(200, TYPE, batch.pack(taken.answers)))

    def figures(self) -> list[Figure]:
        """What /metrics shows of this door."""
        told = (
            ("signals_total", "Signals committed, duplicates included", self.signals),
            ("duplicates_total", "Signals that had been committed before", self.duplicates),
            ("heartbeats_total", "Heartbeats heard", self.heartbeats),
        )
        return [(name, "counter", what, [("", value)]) for name, what, value in told]

    def _open_all(self, frames: Sequence[bytes]) -> Taken:
        """What is in `frames`: signals to be committed, and answers to all else."""
        taken = Taken([b""] * len(frames), [], [])
        now_ms = self._context.clock.now_ms()
        for place, frame in enumerate(frames):
            try:
                arrival = self._open(frame, now_ms)
            except WireError as error:
                taken.answers[place] = self._refuse(frame, error)
                continue
            if isinstance(arrival, bytes):
                taken.answers[place] = arrival
            else:
                taken.places.append(place)
                taken.arrivals.append(arrival)
        return taken

    def _committed(
        self,
        taken: Taken,
        tell: Callable[[Answer], None],
        verdicts: list[Verdict] | None,
        error: BaseException | None,
    ) -> None:
        """Receipts and refusals for what was taken; called after COMMIT, or with why not."""
        if verdicts is None:
            if not isinstance(error, Unavailable):
                self._context.log("intake_failed", error=repr(error), units=len(taken.arrivals))
                error = Unavailable("the store refused this group; it was not committed")
            tell(unavailable(error))
            return
        self._note(taken.arrivals, verdicts)
        for place, arrival, verdict in zip(taken.places, taken.arrivals, verdicts, strict=True):
            taken.answers[place] = self._answer(arrival, verdict)
        tell(Answer(200, TYPE, batch.pack(taken.answers)))

    def _open(self, frame: bytes, now_ms: int) -> Arrival | bytes:
        """A signal's arrival, or at once the receipt of a heartbeat. Raises WireError."""
        claimed = claim(frame)
        device = self._device(claimed.device)
        if claimed.kind_of_frame == HEARTBEAT_FRAME:
            return self._hear(frame, device, now_ms)
        if claimed.kind_of_frame != SIGNAL_FRAME:
            raise WireError(WRONG_TYPE, f"type {claimed.kind_of_frame} is not sent to a receiver")
        device = device.holding(frame, SIGNAL, now_ms)
        signal, sent = open_signal(frame, device.signal)
        known = device.known
        if signal.kind >= STARTED:  # status: the only kinds that are ever limited
            self._floods.check(signal.device, known, now_ms)
        return Arrival(signal, sent, frame, known.device, known.agency, known.site, now_ms)

    def _device(self, device: bytes) -> DeviceKeys:
        found = self._context.keys.get(device)
        if found is None:
            raise WireError(UNKNOWN_DEVICE, "no such device is registered")
        if found.known.revoked:
            raise WireError(REVOKED_DEVICE, "the device was revoked")
        return found

    def _hear(self, frame: bytes, device: DeviceKeys, now_ms: int) -> bytes:
        device = device.holding(frame, HEARTBEAT, now_ms)
        beat = open_heartbeat(frame, device.heartbeat)
        prompt = device.known.kind == "gateway"
        hearing = self._context.hearing
        identity = (beat.device, beat.epoch, beat.number)
        if not hearing.hear(*identity, now_ms, prompt=prompt, said=beat):
            raise WireError(STALE, f"heartbeat {beat.epoch}.{beat.number} was heard before")
        self.heartbeats += 1
        return seal_receipt(
            Receipt(beat.device, beat.epoch, beat.number, HEARD, moment_utc_ms=now_ms),
            device.receipt,
        )

    def _commit(self, arrivals: list[Arrival], done: Done[list[Verdict]]) -> None:
        alarm = any(urgency(one.signal.kind) != STATUS for one in arrivals)
        lane = Lane.ALARM if alarm else Lane.STATUS
        self._context.writer.submit_bulk(lane, self._taking, arrivals, done)

    def _note(self, arrivals: list[Arrival], verdicts: list[Verdict]) -> None:
        """Count and log what was committed."""
        at = time.time()
        hops: list[str] = []
        for arrival, verdict in zip(arrivals, verdicts, strict=True):
            if verdict.refusal:
                self._report(arrival.identity)
                continue
            self.signals += 1
            self.duplicates += verdict.duplicate
            device, epoch, number = arrival.identity
            again = ', "duplicate": true' if verdict.duplicate else ""
            hops.append(
                f'{{"hop": "committed", "device": "{device}", "epoch": {epoch}, '
                f'"number": {number}, "at": {at!r}{again}}}'
            )
        self._context.log.lines(hops)

    def _report(self, identity: Identity) -> None:
        """Remember, after COMMIT, that people were told of this reused identity."""
        self._reported[identity] = None
        while len(self._reported) > REPORTED_MAX:
            self._reported.popitem(last=False)

    def _answer(self, arrival: Arrival, verdict: Verdict) -> bytes:
        if verdict.refusal:
            error = WireError(verdict.refusal, "the identity was used with other content")
            return self._refuse(arrival.frame, error)
        signal = arrival.signal
        device = self._context.keys.get(signal.device)
        if device is not None:
            device = device.holding(arrival.frame, SIGNAL, arrival.received_ms)
        if device is None:  # a device is never forgotten, only revoked
            return self._refuse(arrival.frame, WireError(UNKNOWN_DEVICE, "forgotten meanwhile"))
        ticket = bytes.fromhex(verdict.ticket.replace("-", "")) if verdict.ticket else NO_TICKET
        receipt = Receipt(
            signal.device,
            signal.epoch,
            signal.number,
            verdict.state,
            ticket=ticket,
            moment_utc_ms=self._context.clock.now_ms(),
        )
        return seal_receipt(receipt, device.receipt)

    def _refuse(self, frame: bytes, error: WireError) -> bytes:
        self._context.quarantine.refuse(error.reason, error.detail, frame)
        try:
            claimed = claim(frame)
        except WireError:
            return pack_refusal(Refusal(bytes(8), 0, 0, error.reason))
        refusal = Refusal(claimed.device, claimed.epoch, claimed.number, error.reason)
        return pack_refusal(refusal)

    async def _hand_out(self, body: bytes, query: bytes) -> tuple[list[bytes], int]:
        """Receipts "acknowledged" for the gateway that asks, and the next sequence."""
        after, wait_s = self._asked(query)
        site = self._who_asks(body)
        deadline = time.monotonic() + wait_s
        while True:
            seen = self._context.feed.newest
            queued, after = await self._context.feed.for_gateways(self._queued, site, after)
            left_s = deadline - time.monotonic()
            if queued or left_s <= 0 or self._context.stopping.is_set():
                sequence = queued[-1].seq if queued else after
                return [frame for one in queued for frame in self._acknowledged(one)], sequence
            await self._context.feed.wait_beyond(seen, left_s)

    def _asked(self, query: bytes) -> tuple[int, float]:
        fields = parse_qs(query.decode("latin-1"))
        try:
            after = int(fields.get("after", ["0"])[0])
            wait_s = float(fields.get("wait_s", ["0"])[0])
        except ValueError as error:
            raise HttpError(400, "Bad Request", f"after and wait_s are numbers: {error}") from None
        if not 0 <= after < 2**63 or not 0 <= wait_s < float("inf"):
            raise HttpError(400, "Bad Request", "after and wait_s are not negative, and bounded")
        return after, min(wait_s, self._context.settings.wait_s_max)

    def _who_asks(self, body: bytes) -> str:
        """The site of the gateway whose heartbeat is in `body`."""
        frames = [body] if len(body) == HEARTBEAT_BYTES else _frames(body)
        if len(frames) != 1:
            raise HttpError(400, "Bad Request", "the body is one heartbeat frame of the gateway")
        try:
            return self._prove(frames[0])
        except WireError as error:
            self._context.quarantine.refuse(error.reason, error.detail, frames[0])
            reason = REASON_NAMES[error.reason]
            raise HttpError(403, "Forbidden", error.detail, reason=reason) from None

    def _prove(self, frame: bytes) -> str:
        """The site of the gateway that made this heartbeat. Raises WireError."""
        device = self._device(claim(frame).device)
        device = device.holding(frame, HEARTBEAT, self._context.clock.now_ms())
        beat = open_heartbeat(frame, device.heartbeat)
        if device.known.kind != "gateway":
            raise WireError(BAD_FIELD, "only a gateway may ask for receipts")
        if not self._context.hearing.fresh_enough(beat.device, beat.epoch, beat.number):
            raise WireError(STALE, f"heartbeat {beat.epoch}.{beat.number} is too old")
        return device.known.site

    def _queued(self, site: str, after: int) -> tuple[list[receipts.Queued], int]:
        now_ms = self._context.clock.now_ms()
        with self._context.steady.connect() as connection:
            if after > receipts.newest(connection):
                after = 0  # another store than the one that counted so far
            return receipts.after(connection, site, after, now_ms, RECEIPTS_MAX), after

    def _acknowledged(self, one: receipts.Queued) -> list[bytes]:
        """The receipt, sealed with every key that the device may still have."""
        device = self._context.keys.get(bytes.fromhex(one.device))
        if device is None or device.known.revoked:
            return []
        receipt = Receipt(
            bytes.fromhex(one.device),
            one.epoch,
            one.number,
            ACKNOWLEDGED,
            ticket=bytes.fromhex(one.ticket.replace("-", "")),
            moment_utc_ms=self._context.clock.now_ms(),
        )
        now_ms = self._context.clock.now_ms()
        older = [keys for keys, until_ms in device.older if now_ms < until_ms]
        return [seal_receipt(receipt, keys.receipt) for keys in (device, *older)]


def _frames(body: bytes) -> list[bytes]:
    try:
        return batch.unpack(body)
    except WireError as error:
        status, title = (
            (413, "Content Too Large") if error.reason == OVERSIZE else (400, "Bad Request")
        )
        reason = REASON_NAMES[error.reason]
        raise HttpError(status, title, f"no batch: {error.detail}", reason=reason) from None


async def _body(receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        got = await receive()
        if got["type"] == "http.disconnect":
            raise HttpError(400, "Bad Request", "the connection ended inside the body")
        parts.append(got.get("body", b""))
        size += len(parts[-1])
        if size > batch.BATCH_BYTES_MAX:
            raise too_long()
        if not got.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _settle(told: asyncio.Future[Answer], answer: Answer) -> None:
    if not told.done():  # who waited may have gone
        told.set_result(answer)
