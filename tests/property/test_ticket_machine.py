"""Whatever is done to a ticket in whatever order: the row is the fold of its entries."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alarm_receiver.domain.escalation import TRANSFERS_MAX
from alarm_receiver.domain.ticket import (
    NEXT,
    Act,
    Refused,
    State,
    TicketClass,
    act_on,
    fold,
    opened,
)

ACTORS = st.sampled_from(["operator:Ada", "operator:Bo", "engine", "device:1"])


class TicketMachine(RuleBasedStateMachine):
    @initialize(class_=st.sampled_from(TicketClass), now_ms=st.integers(0, 2**41))
    def begin(self, class_, now_ms):
        self.now_ms = now_ms
        self.ticket, entry = opened(
            "t",
            agency="own",
            site="s",
            class_=class_,
            number=1,
            now_ms=now_ms,
            actor="device:1",
            detail={},
        )
        self.entries = [entry]

    @rule(act=st.sampled_from(Act), actor=ACTORS, later_ms=st.integers(0, 10**7))
    def do(self, act, actor, later_ms):
        self.now_ms += later_ms
        before = self.ticket
        try:
            self.ticket, entry = act_on(
                before,
                act,
                now_ms=self.now_ms,
                actor=actor,
                detail={
                    "outcome": "attended",
                    "park_ms": 10**9,
                    "to": "operator:Bo",
                    "expected_s": 600,
                },
            )
        except Refused:
            worn_out = act is Act.TRANSFER and before.transfers >= TRANSFERS_MAX
            assert (before.state, act) not in NEXT or worn_out
            return
        assert self.ticket.state is NEXT[before.state, act]
        assert self.ticket.version == before.version + 1
        self.entries.append(entry)

    @invariant()
    def the_row_is_the_fold(self):
        assert fold(self.entries) == self.ticket

    @invariant()
    def live_means_a_deadline_and_taken_means_a_holder(self):
        assert (self.ticket.due_ms is None) == (self.ticket.state is State.CLOSED)
        if self.ticket.state in (State.ACKNOWLEDGED, State.DISPATCHED):
            assert self.ticket.holder
        if self.ticket.state is State.OPEN:
            assert self.ticket.holder is None


TicketMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTicketMachine = TicketMachine.TestCase
