"""What to send next, to which receiver, and when again: pure, it takes `now` and a jitter.

It promises that each signal goes to every receiver until that one has answered for it, that the
keypad is told by the first valid receipt, that an emergency has a lane of its own to each receiver
and waits behind nothing else, and that of heartbeats only the newest of each keypad is ever
waiting. It may not open, log, sleep or draw: the shell does what the acts say.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarm_wire.backoff import Backoff
from alarm_wire.batch import FRAMES_MAX
from alarm_wire.frame import TOO_MANY
from alarm_wire.signal import EMERGENCY, STATUS, TECHNICAL
from gateway.acts import Act, Done, Doubt, Frame, Heard, Order, Refuse, Safe, Tell
from gateway.answers import STATE_AT, verdict
from gateway.errors import AnswerError
from gateway.resting import Resting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Lanes to a receiver. Each has at most one request under way; none waits for another.
ALARMS = 0
OTHERS = 1
BEATS = 2
LANES = (ALARMS, OTHERS, BEATS)
URGENCIES = {ALARMS: (EMERGENCY,), OTHERS: (TECHNICAL, STATUS)}

WAIT_MS_MIN = 100
WAIT_MS_MAX = (2_000, 10_000, 10_000)
"""Longest wait between attempts, by lane: a press is tried again at least every 2 s."""
RETRY_AFTER_MS_MAX = (2_000, 30_000, 30_000)
"""No receiver may silence a lane for longer, whatever its Retry-After says."""
RECEIPTS_MAX = 10_000
REPEATS_MAX = 3
"""A keypad that sends so often what it was told a receipt for does not believe that receipt."""
DIFFERENT_MAX = 4
"""Receipts that are kept of one signal."""


@dataclass(slots=True)
class Waiting:
    """A signal until every receiver has answered for it; `frame` is the one that came last."""

    frame: Frame
    urgency: int
    owed: set[int]
    receipts: tuple[bytes, ...] = ()
    repeats: int = 0
    refusals: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Told:
    """A signal that every receiver has answered for, and what its keypad is told of it."""

    frame: Frame
    receipts: tuple[bytes, ...]
    repeats: int = 0


class _Lane:
    def __init__(self, wait_ms_max: int) -> None:
        self.backoff = Backoff(WAIT_MS_MIN, wait_ms_max)
        self.busy = False
        self.due_ms = 0
        self.frames_max = FRAMES_MAX


class _Receiver:
    def __init__(self) -> None:
        self.lanes = [_Lane(wait_ms_max) for wait_ms_max in WAIT_MS_MAX]
        self.owed: list[dict[bytes, Waiting]] = [{} for _ in (EMERGENCY, TECHNICAL, STATUS)]
        self.beats: dict[bytes, Frame] = {}
        self.resting = Resting()


class Relay:
    """Signals and heartbeats on their way to `receivers_count` receivers, all at once.

    `own` is the gateway's device, and `holds(receipt)` says whether the seal of a receipt for it
    holds: the gateway drops its own signals on nothing less.
    """

    def __init__(self, receivers_count: int, own: bytes, holds: Callable[[bytes], bool]) -> None:
        self._receivers = [_Receiver() for _ in range(receivers_count)]
        self._own = own
        self._holds = holds
        self._waiting: dict[bytes, Waiting] = {}
        self._receipts: OrderedDict[bytes, _Told] = OrderedDict()
        self._told_beats: dict[bytes, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, frame: Frame, urgency: int) -> list[Act]:
        """A signal is on disk (or could not be put there): carry it.

        One that came before is told its receipts again: its keypad missed them, or the seal did not
        hold for it, which nobody can see here. So after REPEATS_MAX it is carried anew.
        """
        waiting = self._waiting.get(frame.content)
        if waiting is not None:
            waiting.frame = frame  # sent later, so it tells the signal's age better
            return self._repeated(waiting, waiting) if waiting.receipts else []
        waiting = Waiting(frame, urgency, set())
        known = self._receipts.get(identity_of(frame.content))
        if known is None or known.frame.content != frame.content:
            self._owe(waiting)
            return []
        acts = self._repeated(known, waiting)
        if not waiting.owed:
            acts.append(Done(frame.content))
        return acts

    def _repeated(self, known: Waiting | _Told, waiting: Waiting) -> list[Act]:
        known.repeats += 1
        waiting.receipts, waiting.repeats = known.receipts, known.repeats
        if known.repeats >= REPEATS_MAX:
            self._owe(waiting)
        return [self._tell(waiting.frame, receipt) for receipt in known.receipts]

    def _owe(self, waiting: Waiting) -> None:
        """Every receiver is asked for an answer, also those that have given one."""
        content = waiting.frame.content
        self._waiting[content] = waiting
        for nth, receiver in enumerate(self._receivers):
            if nth in waiting.owed:
                continue
            waiting.owed.add(nth)
            if waiting.urgency != STATUS or not receiver.resting.joins(waiting):
                receiver.owed[waiting.urgency][content] = waiting

    def beat(self, frame: Frame) -> None:
        """The newest heartbeat of a device; it takes the place of one that still waits."""
        for receiver in self._receivers:
            receiver.beats[frame.device] = frame

    def forget(self, contents: Iterable[bytes]) -> None:
        """The spool had to let these go."""
        for content in contents:
            waiting = self._waiting.pop(content, None)
            if waiting is not None:
                for receiver in self._receivers:
                    receiver.owed[waiting.urgency].pop(content, None)
                    receiver.resting.remove(waiting.frame.device, content)

    def next(
        self, receiver: int, lane: int, now_ms: int, *, limit: int = FRAMES_MAX
    ) -> Order | None:
        """What to send now, or None. The lane is busy until `answered`, `accepted` or `failed`."""
        state = self._receivers[receiver]
        way = state.lanes[lane]
        if way.busy or now_ms < way.due_ms:
            return None
        most = min(limit, way.frames_max)
        if lane == OTHERS:
            for waiting in state.resting.due(now_ms):
                state.owed[STATUS][waiting.frame.content] = waiting
        frames = self._beats(state, most) if lane == BEATS else self._signals(state, lane, most)
        if not frames:
            return None
        way.busy = True
        return Order(receiver, lane, tuple(frames))

    def wait_ms(self, receiver: int, lane: int, now_ms: int) -> int | None:
        """Milliseconds until `next` may have something; None: only when something new comes."""
        state = self._receivers[receiver]
        way = state.lanes[lane]
        if lane == BEATS:
            empty = not state.beats
        else:
            empty = not any(state.owed[urgency] for urgency in URGENCIES[lane])
        due_ms: int | None = None if empty else 0
        if empty and lane == OTHERS:
            due_ms = state.resting.next_ms()
        if way.busy or due_ms is None:
            return None
        return max(0, way.due_ms - now_ms, due_ms - now_ms)

    def answered(self, order: Order, answers: list[bytes], now_ms: int) -> list[Act]:
        """The receiver's answers, in the order of the frames.

        Raises AnswerError, and changes nothing, when they are no answers to this order.
        """
        if len(answers) != len(order.frames):
            raise AnswerError(
                f"{len(answers)} answers to {len(order.frames)} frames: is this a receiver?"
            )
        verdicts = [
            verdict(frame, answer, self._own, self._holds)
            for frame, answer in zip(order.frames, answers, strict=True)
        ]
        self._freed(self._receivers[order.receiver], order.lane)
        acts: list[Act] = []
        for frame, answer, reason in zip(order.frames, answers, verdicts, strict=True):
            if frame.content:
                if reason == TOO_MANY:
                    acts += self._rest(order.receiver, frame, now_ms)
                else:
                    acts += self._signal_answered(order.receiver, frame, answer, reason)
            else:
                acts += self._beat_answered(order.receiver, frame, answer, reason)
        return acts

    def accepted(self, order: Order) -> list[Act]:
        """A receiver that knows no receipts has taken everything in `order`."""
        state = self._receivers[order.receiver]
        self._freed(state, order.lane)
        acts: list[Act] = []
        for frame in order.frames:
            waiting = self._waiting.get(frame.content)
            if waiting is not None:
                acts += self._settled(order.receiver, waiting, frame)
        return acts

    def failed(
        self,
        order: Order,
        now_ms: int,
        jitter: float,
        *,
        retry_after_ms: int | None = None,
        smaller: bool = False,
    ) -> int:
        """No answer: everything in `order` stays. Returns the wait in ms; `smaller` halves it."""
        state = self._receivers[order.receiver]
        way = state.lanes[order.lane]
        way.busy = False
        wait_ms = way.backoff.next_ms(jitter)
        if retry_after_ms is not None:
            wait_ms = max(wait_ms, min(retry_after_ms, RETRY_AFTER_MS_MAX[order.lane]))
        way.due_ms = now_ms + wait_ms
        if smaller:
            way.frames_max = max(1, len(order.frames) // 2)
            self._stand_back(state, order)
        for frame in order.frames:
            if not frame.content:
                state.beats.setdefault(frame.device, frame)
        return wait_ms

    def acknowledged(self, receipt: bytes) -> None:
        """A later receipt for a signal already answered: from now on its duplicates get this."""
        known = self._receipts.get(identity_of(receipt))
        if known is not None:
            known.receipts = (receipt, *known.receipts[1:])

    def again(self, receiver: int) -> int:
        """Owe `receiver` what was receipted lately: it lost it. How many; in nobody's way.

        They go as status signals do, whatever they are: a press of now waits behind none of them.
        """
        lost = [one for one in self._waiting.values() if one.receipts and receiver not in one.owed]
        for told in self._receipts.values():
            content = told.frame.content
            if content not in self._waiting:
                self._waiting[content] = Waiting(told.frame, STATUS, set(), told.receipts)
                lost.append(self._waiting[content])
        for waiting in lost:
            waiting.owed.add(receiver)
            self._receivers[receiver].owed[waiting.urgency][waiting.frame.content] = waiting
        return len(lost)

    def hurry(self, receiver: int) -> None:
        """The way to `receiver` is open again: everything is due at once."""
        for way in self._receivers[receiver].lanes:
            way.backoff.reset()
            way.due_ms = 0

    def pressing(self) -> bool:
        """Whether an emergency waits for its first receipt: whatever can wait lets it pass."""
        return any(
            not waiting.receipts
            for receiver in self._receivers
            for waiting in receiver.owed[EMERGENCY].values()
        )

    def owed(self, receiver: int) -> int:
        """How many signals `receiver` has not answered for."""
        state = self._receivers[receiver]
        return sum(len(owed) for owed in state.owed) + len(state.resting)

    @staticmethod
    def _stand_back(state: _Receiver, order: Order) -> None:
        """One frame alone that the receiver cannot even read lets the others pass."""
        if len(order.frames) == 1 and order.frames[0].content:
            for owed in state.owed:
                waiting = owed.pop(order.frames[0].content, None)
                if waiting is not None:
                    owed[waiting.frame.content] = waiting

    @staticmethod
    def _beats(state: _Receiver, most: int) -> list[Frame]:
        frames = list(state.beats.values())[:most]
        for frame in frames:
            del state.beats[frame.device]
        return frames

    @staticmethod
    def _signals(state: _Receiver, lane: int, most: int) -> list[Frame]:
        frames: list[Frame] = []
        for urgency in URGENCIES[lane]:
            for waiting in state.owed[urgency].values():
                if len(frames) >= most:
                    return frames
                frames.append(waiting.frame)
        return frames

    def _signal_answered(
        self, receiver: int, frame: Frame, answer: bytes, reason: int
    ) -> list[Act]:
        waiting = self._waiting.get(frame.content)
        doubt: list[Act] = [Doubt(frame, reason, receiver)] if reason else []
        if waiting is None or (reason and waiting.frame.bytes != frame.bytes):
            return doubt  # let go meanwhile, or other bytes of it have come and get their turn
        acts = doubt
        if reason:
            waiting.refusals.append((receiver, reason))
        elif self._news(waiting, answer):
            acts.append(self._tell(frame, answer))
        return acts + self._settled(receiver, waiting, frame)

    @staticmethod
    def _news(waiting: Waiting, receipt: bytes) -> bool:
        """Keep a receipt; whether to tell it: the first, and every one if its keypad repeats."""
        if receipt in waiting.receipts:
            return False
        first = not waiting.receipts
        waiting.receipts = (*waiting.receipts, receipt)[-DIFFERENT_MAX:]
        return first or waiting.repeats > 0

    def _rest(self, receiver: int, frame: Frame, now_ms: int) -> list[Act]:
        """Its device has sent this receiver too many: later, and in nobody's way."""
        waiting = self._waiting.get(frame.content)
        state = self._receivers[receiver]
        if waiting is None or state.owed[STATUS].pop(frame.content, None) is None:
            return []  # let go meanwhile
        news = state.resting.refused(waiting, now_ms)
        return [Doubt(frame, TOO_MANY, receiver)] if news else []

    def _settled(self, receiver: int, waiting: Waiting, frame: Frame) -> list[Act]:
        """`receiver` owes no answer any more; what follows for the spool."""
        waiting.owed.discard(receiver)
        state = self._receivers[receiver]
        state.owed[waiting.urgency].pop(frame.content, None)
        if waiting.urgency == STATUS and waiting.receipts:
            state.resting.taken(frame.device)
        if waiting.owed:
            return [Safe(frame.content)] if waiting.receipts else []
        del self._waiting[frame.content]
        if not waiting.receipts:
            return [Refuse(frame, waiting.refusals[0][1])] if waiting.refusals else []
        self._remember(waiting)
        return [Done(frame.content)]

    @staticmethod
    def _freed(state: _Receiver, lane: int) -> None:
        """The receiver serves: its lane is free and nothing waits any longer."""
        state.lanes[lane].busy = False
        state.lanes[lane].frames_max = FRAMES_MAX
        for way in state.lanes:
            way.backoff.reset()
            way.due_ms = 0

    def _beat_answered(self, receiver: int, frame: Frame, answer: bytes, reason: int) -> list[Act]:
        if reason:
            return [Doubt(frame, reason, receiver)]
        acts: list[Act] = [Heard(frame, receiver)]
        if self._told_beats.get(frame.device) != (frame.epoch, frame.number):
            if len(self._told_beats) >= RECEIPTS_MAX:
                self._told_beats.pop(next(iter(self._told_beats)))
            self._told_beats[frame.device] = (frame.epoch, frame.number)
            acts.append(self._tell(frame, answer))
        return acts

    def _remember(self, waiting: Waiting) -> None:
        self._receipts[identity_of(waiting.frame.content)] = _Told(
            waiting.frame, waiting.receipts, waiting.repeats
        )
        if len(self._receipts) > RECEIPTS_MAX:
            self._receipts.popitem(last=False)

    @staticmethod
    def _tell(frame: Frame, receipt: bytes) -> Tell:
        return Tell(frame, receipt, receipt[STATE_AT])


def identity_of(content: bytes) -> bytes:
    """Device, epoch and number as they stand in a content and in a receipt, 16 bytes."""
    return content[2:STATE_AT]
