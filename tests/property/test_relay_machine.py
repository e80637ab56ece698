"""The relay under any order of arrivals, answers, failures and forgetting: nothing is ever lost.

The model keeps its own books: which content each receiver has answered for, and what the keypad
was told. Seeded faults of the relay are caught by the same machine (last test).
"""

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from alarm_wire.frame import TOO_MANY, UNKNOWN_DEVICE
from alarm_wire.receipt import HEARD
from alarm_wire.signal import HOLD_UP, STARTED, STATUS, TAMPER
from gateway.acts import Done, Refuse, Tell
from gateway.errors import AnswerError
from gateway.relay import ALARMS, BEATS, OTHERS, REPEATS_MAX, Relay
from wirework import Device

KEYPAD = Device("bb00000000000002", bytes(32))
GATEWAY = Device("aa00000000000001", bytes(32))
KINDS = (HOLD_UP, TAMPER, STARTED)


class Machine(RuleBasedStateMachine):
    make = Relay

    @initialize(receivers=st.integers(1, 3))
    def begin(self, receivers):
        self.receivers = receivers
        self.relay = self.make(receivers, GATEWAY.id, lambda _: True)
        self.now_ms = 0
        self.number = 0
        self.orders = []
        self.owed = {}  # content -> receivers that have not answered
        self.stored = {}  # content -> receivers that have it
        self.told = set()
        self.repeats = {}
        self.latest_beat = 0

    def do(self, acts):
        for act in acts:
            if isinstance(act, Tell) and act.frame.content:
                assert self.stored[act.frame.content]
                self.told.add(act.frame.content)
            elif isinstance(act, Done):
                assert not self.owed[act.content]
                assert self.stored[act.content]
                assert act.content in self.told
            elif isinstance(act, Refuse):
                assert not self.owed[act.frame.content]
                assert not self.stored[act.frame.content]

    @rule(kind=st.sampled_from(KINDS))
    def arrive(self, kind):
        self.number += 1
        frame, urgency = KEYPAD.frame(self.number, kind)
        self.owed[frame.content] = set(range(self.receivers))
        self.stored[frame.content] = set()
        self.do(self.relay.take(frame, urgency))

    @precondition(lambda self: self.number)
    @rule(data=st.data())
    def arrive_again(self, data):
        number = data.draw(st.integers(1, self.number))
        for kind in KINDS:
            frame, urgency = KEYPAD.frame(number, kind, sent_ms=2000)
            if frame.content not in self.owed:
                continue
            finished = not self.owed[frame.content]
            acts = self.relay.take(frame, urgency)
            if self.stored[frame.content]:
                assert any(isinstance(act, Tell) for act in acts)
                self.repeats[frame.content] = self.repeats.get(frame.content, 0) + 1
                if self.repeats[frame.content] >= REPEATS_MAX:  # its keypad believes no receipt
                    self.owed[frame.content] = set(range(self.receivers))
            elif finished:  # refused by all before: it begins anew
                self.owed[frame.content] = set(range(self.receivers))
            self.do(acts)

    @rule()
    def beat(self):
        self.latest_beat += 1
        self.relay.beat(KEYPAD.beat(self.latest_beat))

    @rule(receiver=st.integers(0, 2), lane=st.sampled_from([ALARMS, OTHERS, BEATS]))
    def send(self, receiver, lane):
        order = self.relay.next(receiver % self.receivers, lane, self.now_ms)
        if order is None:
            return
        for other in self.orders:
            assert (other.receiver, other.lane) != (order.receiver, order.lane)
        if lane == ALARMS:
            assert all(frame.content[18] == HOLD_UP for frame in order.frames)
        for frame in order.frames:
            if frame.content:
                assert order.receiver in self.owed[frame.content]
        self.orders.append(order)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), refuse=st.booleans())
    def answer(self, data, refuse):
        order = self.orders.pop(data.draw(st.integers(0, len(self.orders) - 1)))
        answers = []
        for frame in order.frames:
            refused = refuse and data.draw(st.booleans())
            later = (
                refused and frame.content[18:19] == bytes([STARTED]) and data.draw(st.booleans())
            )
            answers.append(
                KEYPAD.refusal(frame.number, TOO_MANY if later else UNKNOWN_DEVICE)
                if refused
                else KEYPAD.receipt(frame.number, 1 if frame.content else HEARD)
            )
            if later:
                continue
            if frame.content and not (refused and frame.bytes != self._last(frame)):
                self.owed[frame.content].discard(order.receiver)
                if not refused:
                    self.stored[frame.content].add(order.receiver)
        self.do(self.relay.answered(order, answers, self.now_ms))

    def _last(self, frame):
        waiting = self.relay._waiting.get(frame.content)
        return waiting.frame.bytes if waiting else frame.bytes

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), smaller=st.booleans(), nonsense=st.booleans())
    def fail(self, data, smaller, nonsense):
        order = self.orders.pop(data.draw(st.integers(0, len(self.orders) - 1)))
        if nonsense:
            with pytest.raises(AnswerError):
                self.relay.answered(order, [b"x"] * len(order.frames), self.now_ms)
        wait_ms = self.relay.failed(order, self.now_ms, 1.0, smaller=smaller)
        assert 0 < wait_ms <= 10_000

    @rule(ms=st.integers(1, 15_000))
    def wait(self, ms):
        self.now_ms += ms

    @invariant()
    def nothing_owed_is_forgotten(self):
        if not hasattr(self, "relay"):
            return
        for receiver in range(self.receivers):
            owed = sum(receiver in waits for waits in self.owed.values())
            assert self.relay.owed(receiver) == owed

    def teardown(self):
        """Every receiver comes back: everything arrives, hold-ups first."""
        if not hasattr(self, "relay"):
            return
        for order in self.orders:
            self.relay.failed(order, self.now_ms, 1.0)
        for receiver in range(self.receivers):
            for lane in (ALARMS, OTHERS):
                while True:
                    self.now_ms += 10_001
                    order = self.relay.next(receiver, lane, self.now_ms)
                    if order is None:
                        if self.relay.wait_ms(receiver, lane, self.now_ms) is None:
                            break
                        continue
                    for frame in order.frames:
                        self.owed[frame.content].discard(receiver)
                        self.stored[frame.content].add(receiver)
                    answers = [KEYPAD.receipt(frame.number) for frame in order.frames]
                    self.do(self.relay.answered(order, answers, self.now_ms))
        assert len(self.relay) == 0
        assert not any(self.owed.values())
        assert all(content in self.told for content, has in self.stored.items() if has)


TestRelay = Machine.TestCase
TestRelay.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


class DropsOnFailure(Relay):
    def failed(self, order, *arguments, **named):
        self.forget([frame.content for frame in order.frames])
        return super().failed(order, *arguments, **named)


class TellsBeforeTheReceipt(Relay):
    def take(self, frame, urgency):
        acts = super().take(frame, urgency)
        return acts or [Tell(frame, KEYPAD.receipt(frame.number), 1)]


class ForgetsTheSecondReceiver(Relay):
    def _signal_answered(self, receiver, frame, answer, reason):
        acts = super()._signal_answered(receiver, frame, answer, reason)
        self.forget([frame.content])
        return acts


class BelievesEveryReceipt(Relay):
    def _owe(self, waiting):
        if not waiting.receipts:
            super()._owe(waiting)


class ForgetsWhatRests(Relay):
    def _rest(self, receiver, frame, now_ms):  # noqa: ARG002 - as the relay calls it
        self._receivers[receiver].owed[STATUS].pop(frame.content, None)
        return []


@pytest.mark.parametrize(
    "fault",
    [
        DropsOnFailure,
        TellsBeforeTheReceipt,
        ForgetsTheSecondReceiver,
        BelievesEveryReceipt,
        ForgetsWhatRests,
    ],
)
def test_the_machine_catches(fault):
    class Faulty(Machine):
        make = fault

    with pytest.raises((AssertionError, KeyError)):
        run_state_machine_as_test(
            Faulty,
            settings=settings(
                max_examples=5000, deadline=None, database=None, phases=[Phase.generate]
            ),
        )
