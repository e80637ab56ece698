"""What becomes of a signal: its ticket, what confirms it, what is told of a reused identity."""

from alarm_receiver.domain.intake import Arrival, Desk, decide
from alarm_receiver.domain.ticket import Act, TicketClass, act_on
from alarm_wire import frame
from alarm_wire.frame import IDENTITY_REUSED
from alarm_wire.receipt import ACKNOWLEDGED, STORED
from alarm_wire.seal import SIGNAL, Signer
from alarm_wire.signal import (
    DURESS,
    HOLD_UP,
    LOOP_FAULT,
    SILENT,
    STARTED,
    TAMPER,
    TEST,
    Moment,
    Signal,
)

SIGNER = Signer(bytes(32), SIGNAL)


def arrival(number, kind=HOLD_UP, device=1, **fields):
    said = Signal(bytes([device]) * 8, 1, number, kind, **fields)
    whole = frame.seal_content(frame.content_of(said), Moment(1, 0), SIGNER)
    return Arrival(said, Moment(1, 0), whole, said.device.hex(), "own", "site", 0)


def acts(work):
    return [entry.act for entry in work.entries]


def taken(desk):
    """The emergency of the site as an operator has taken it."""
    key = ("site", TicketClass.EMERGENCY)
    desk.live[key], _ = act_on(desk.live[key], Act.ACKNOWLEDGE, now_ms=1, actor="Ada")


def test_an_emergency_is_worked_before_what_came_with_it_whatever_its_order():
    group = [
        arrival(1, STARTED),
        arrival(2, HOLD_UP, flags=TEST),
        arrival(3, LOOP_FAULT),
        arrival(4, DURESS, flags=TEST),  # a duress code is never a test
    ]
    verdicts, work = decide(group, Desk({}, {}, {}), 0)
    assert [one.signal.number for one, _ in work.arrivals] == [4, 3, 2, 1]
    classes = [work.tickets[id_].class_ for id_ in work.opened]
    assert classes == [TicketClass.EMERGENCY, TicketClass.TECHNICAL, TicketClass.TEST]
    assert [work.tickets[id_].number for id_ in work.opened] == [1, 2, 3]
    assert [one.ticket for one in verdicts] == [None, *reversed(work.opened)]


def test_a_second_device_confirms_an_emergency_once_and_the_first_one_does_not():
    desk = Desk({}, {}, {})
    assert acts(decide([arrival(1)], desk, 0)[1]) == [Act.OPEN]
    assert acts(decide([arrival(2)], desk, 1)[1]) == [Act.SIGNAL]
    _, work = decide([arrival(1, device=2)], desk, 2)
    assert acts(work) == [Act.SIGNAL, Act.CONFIRM]
    assert work.entries[1].detail == {"by": "second device", "device": "02" * 8}
    assert acts(decide([arrival(1, device=3)], desk, 3)[1]) == [Act.SIGNAL]


def test_a_tamper_confirms_a_live_emergency_and_no_other_fault_does():
    desk = Desk({}, {}, {})
    assert acts(decide([arrival(1, TAMPER)], desk, 0)[1]) == [Act.OPEN]
    assert acts(decide([arrival(2)], desk, 1)[1]) == [Act.OPEN]
    assert acts(decide([arrival(3, LOOP_FAULT)], desk, 2)[1]) == [Act.SIGNAL]
    verdicts, work = decide([arrival(4, TAMPER)], desk, 3)
    assert acts(work) == [Act.SIGNAL, Act.CONFIRM]
    assert verdicts[0].ticket == desk.live["site", TicketClass.TECHNICAL].id
    assert desk.live["site", TicketClass.EMERGENCY].confirmed


def test_what_joins_a_ticket_that_is_taken_is_told_so_at_once_and_later():
    desk = Desk({}, {}, {})
    first = arrival(1)
    verdicts, work = decide([first], desk, 0)
    assert (verdicts[0].state, work.receipts) == (STORED, [])
    taken(desk)
    second = arrival(2)
    verdicts, work = decide([second], desk, 2)
    assert verdicts[0].state == ACKNOWLEDGED
    assert work.receipts == [(second, verdicts[0].ticket)]
    verdicts, work = decide([first, second], desk, 3)
    assert [one.state for one in verdicts] == [STORED, ACKNOWLEDGED]
    assert all(one.duplicate for one in verdicts)
    assert not work.entries


def test_a_reused_identity_is_refused_each_time_and_told_once():
    desk = Desk({}, {}, {})
    decide([arrival(1)], desk, 0)
    for now_ms, told in ((1, [Act.OPEN]), (2, [])):
        verdicts, work = decide([arrival(1, zone=9)], desk, now_ms)
        assert verdicts[0].refusal == IDENTITY_REUSED
        assert acts(work) == told
        assert len(work.reused) == 1
    (ticket,) = [one for one in desk.live.values() if one.class_ is TicketClass.TECHNICAL]
    assert ticket.due_ms


def test_a_test_of_zones_diverts_their_faults_and_one_of_the_site_all_faults():
    for some, zone, class_ in (
        (frozenset({3, 4}), 3, TicketClass.TEST),
        (frozenset({3, 4}), 5, TicketClass.TECHNICAL),
        (frozenset(), 5, TicketClass.TEST),
    ):
        desk = Desk({}, {}, {}, on_test={"site": [some]})
        _, work = decide([arrival(1, LOOP_FAULT, zone=zone)], desk, 0)
        (opened,) = work.tickets.values()
        assert opened.class_ is class_
        assert ("on_test" in work.entries[0].detail["signal"]) == (class_ is TicketClass.TEST)


def test_a_silent_signal_is_marked_as_such():
    _, work = decide([arrival(1, flags=SILENT), arrival(2)], Desk({}, {}, {}), 0)
    said = [entry.detail["signal"] for entry in work.entries]
    assert [one.get("silent") for one in said] == [True, None]


def test_the_store_is_told_which_version_each_old_ticket_had():
    desk = Desk({}, {}, {})
    _, work = decide([arrival(1)], desk, 0)
    assert work.moved == []
    before = desk.live["site", TicketClass.EMERGENCY].version
    _, work = decide([arrival(2), arrival(3)], desk, 1)
    ((ticket, version),) = work.moved
    assert (version, ticket.version) == (before, before + 2)
