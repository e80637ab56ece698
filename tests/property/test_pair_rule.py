"""Two receivers, any order of presses, acts, deaths of the link: they agree once they can talk.

What a person closed or holds at one side is never left before people at the other, nothing closes
by the other's word that was not closed over there, and what nobody holds waits at both.
"""

import random

import pytest

from alarm_receiver.domain.escalation import WAITS, TicketClass
from alarm_receiver.domain.pair import Over, Word, both_text, follow, named, own, signs, word
from alarm_receiver.domain.ticket import Act, Entry, State, act_on, opened, ticket_id

WAITS = WAITS[TicketClass.EMERGENCY]
PRESSES = 4


class Side:
    """One receiver's tickets of one site, and which press is on which."""

    def __init__(self, name):
        self.me = f"operator:{name}"
        self.tickets = {}
        self.on = {}
        self.notes = set()

    def live(self):
        return next((one for one in self.tickets.values() if one.live), None)

    def arrives(self, press, now_ms):
        if press in self.on:
            return
        one = self.live()
        if one is None:
            id_ = ticket_id(b"12345678", 1, press)
            shop = {"agency": "own", "site": "s", "number": len(self.tickets) + 1}
            one, _ = opened(
                id_, class_=TicketClass.EMERGENCY, now_ms=now_ms, actor="d", detail={}, **shop
            )
            self.tickets[id_] = one
        self.on[press] = one.id

    def do(self, one, act, now_ms, actor=None, **detail):
        self.tickets[one.id], _ = act_on(
            one, act, now_ms=now_ms, actor=actor or self.me, detail=detail
        )

    def by_hand(self, chance, now_ms):
        one = self.live()
        if one is None:
            return
        if one.state is State.OPEN:
            self.do(one, Act.ACKNOWLEDGE, now_ms)
        elif own(one):
            act = chance.choice([Act.CLOSE, Act.HAND_BACK, Act.DISPATCH])
            self.do(one, act, now_ms, outcome="attended")

    def told(self, other, one):
        """What `other` says of our ticket."""
        presses = [press for press, id_ in self.on.items() if id_ == one.id]
        found = {other.on[press] for press in presses if press in other.on}
        known = all(press in other.on for press in presses)
        return word([other.tickets[id_] for id_ in found], whole=known)

    def asks(self, other, now_ms):
        one = self.live()
        if one is None:
            return
        said = self.told(other, one)
        noted = (one.id, both_text(said)) in self.notes
        for act, detail in follow(one, said, now_ms=now_ms, waits=WAITS, noted=noted):
            if act is Act.CLOSE:
                for press in [press for press, id_ in self.on.items() if id_ == one.id]:
                    assert not other.tickets[other.on[press]].live, (
                        "closed what is not closed there"
                    )
            if act is Act.NOTE and own(self.tickets[one.id]):
                assert not noted
                self.notes.add((one.id, detail["text"]))
            self.do(self.tickets[one.id], act, now_ms, actor=named(said.by), **detail)


def run(chance):
    """A while of anything; both sides afterwards, with the link up and everything delivered."""
    sides = Side("Ada"), Side("Bob")
    up, now_ms = True, 0
    for _ in range(60):
        now_ms += chance.choice([10, 1_000, 100_000])
        one, other = chance.sample(sides, 2)
        step = chance.randrange(4)
        if step == 0:
            one.arrives(chance.randrange(PRESSES), now_ms)
        elif step == 1:
            one.by_hand(chance, now_ms)
        elif step == 2:
            up = chance.random() < 0.7
        elif up:
            one.asks(other, now_ms)
    for press in range(PRESSES):
        for one in sides:
            one.arrives(press, now_ms)
    for _ in range(3):
        for one, other in (sides, sides[::-1]):
            one.asks(other, now_ms)
    return sides


@pytest.mark.parametrize("seed", range(20))
def test_two_receivers_agree_once_they_can_talk(seed):
    chance = random.Random(seed)
    for _ in range(100):
        sides = run(chance)
        for one, other in (sides, sides[::-1]):
            ticket = one.live()
            if ticket is None:
                continue
            said = one.told(other, ticket)
            if ticket.state is State.OPEN:
                assert said.over is Over.NOTHING, "it waits here while others have it"
            elif not own(ticket):
                assert said.over is Over.TAKEN, "held for nobody"
                assert ticket.holder == named(said.by)


def test_the_second_writes_that_the_first_is_at_work_before_its_own_deadline():
    side = Side("Bob")
    side.arrives(0, 0)
    said = Word(Over.TAKEN, "operator:Ada")
    now_ms = 0
    for _ in range(100):
        one = side.live()
        for act, detail in follow(one, said, now_ms=now_ms, waits=WAITS, noted=False):
            side.do(one, act, now_ms, actor=named(said.by), **detail)
            one = side.live()
        now_ms += 10_000
        assert one.due_ms > now_ms
    assert one.version < 12, "not at every word"


def test_what_is_asked_about_is_the_same_at_both():
    silent = {"silence": {"who": "device:1", "kind": "path_lost", "silent_ms": 5}}
    reused = {"reason": "identity_reused", "device": "1", "epoch": 2, "number": 3}
    word_said = {"security": {"reason": "duress_word", "keyholder": "Eva"}}
    entries = [
        Entry("t", n, 0, "receiver", Act.SECURITY, 0, detail)
        for n, detail in enumerate((silent, {"security": reused}, word_said, silent, {}), 1)
    ]
    assert signs(entries) == ["silence device:1", "security identity_reused 1 2 3"]
