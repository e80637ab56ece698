"""The ticket's table: where it goes, when it comes back, what is refused."""

import pytest

from alarm_receiver.domain.escalation import TRANSFER_MS
from alarm_receiver.domain.ticket import (
    NEXT,
    WAITS,
    Act,
    Refused,
    Stale,
    State,
    TicketClass,
    act_on,
    check_version,
    fold,
    opened,
    ticket_id,
)

NOW = 1_795_000_000_000


def fresh(class_=TicketClass.EMERGENCY):
    return opened(
        ticket_id(b"12345678", 1, 1),
        agency="own",
        site="s",
        class_=class_,
        number=7,
        now_ms=NOW,
        actor="device:3132333435363738",
        detail={},
    )


def after(*acts):
    ticket, entry = fresh()
    entries = [entry]
    for place, one in enumerate(acts):
        detail = {"outcome": "attended"} if one is Act.CLOSE else {}
        ticket, entry = act_on(
            ticket, one, now_ms=NOW + 1000 * (place + 1), actor="operator:Ada", detail=detail
        )
        entries.append(entry)
    return ticket, entries


def test_every_live_state_has_a_deadline_and_a_way_out():
    for state in State:
        acts = {act for (before, act) in NEXT if before is state}
        if state is State.CLOSED:
            assert not acts
        else:
            assert {Act.SIGNAL, Act.SECURITY, Act.CONFIRM, Act.NOTE, Act.COME_BACK} <= acts


def test_a_new_ticket_is_due_within_ten_seconds():
    ticket, _ = fresh()
    assert (ticket.state, ticket.version, ticket.due_ms) == (State.OPEN, 1, NOW + 10_000)


def test_an_open_ticket_comes_back_faster_than_anyone_forgets_and_for_ever():
    ticket, _ = fresh()
    waits = []
    for _ in range(6):
        now_ms = ticket.due_ms
        ticket, _ = act_on(ticket, Act.COME_BACK, now_ms=now_ms, actor="engine")
        waits.append(ticket.due_ms - now_ms)
    assert waits == [20_000, 60_000, 60_000, 60_000, 60_000, 60_000]
    assert ticket.round == 6


def test_a_ticket_taken_and_forgotten_comes_back_to_the_desk():
    ticket, _ = after(Act.ACKNOWLEDGE)
    assert ticket.holder == "operator:Ada"
    assert ticket.due_ms == NOW + 1000 + WAITS[TicketClass.EMERGENCY].acknowledged_ms
    back, _ = act_on(ticket, Act.COME_BACK, now_ms=ticket.due_ms, actor="engine")
    assert (back.state, back.holder, back.round) == (State.OPEN, None, 1)


def test_a_ticket_passed_to_somebody_who_does_nothing_is_at_the_desk_again_soon():
    ticket, _ = after(Act.ACKNOWLEDGE)
    passed, _ = act_on(
        ticket, Act.TRANSFER, now_ms=NOW, actor="operator:Ada", detail={"to": "operator:Bo"}
    )
    assert (passed.holder, passed.due_ms) == ("operator:Bo", NOW + TRANSFER_MS)
    noted, _ = act_on(passed, Act.NOTE, now_ms=NOW + 1_000, actor="operator:Bo")
    assert noted.due_ms == NOW + 1_000 + WAITS[TicketClass.EMERGENCY].acknowledged_ms


def test_evidence_does_not_put_a_deadline_off_but_work_does():
    ticket, _ = after(Act.ACKNOWLEDGE)
    pressed, _ = act_on(ticket, Act.SIGNAL, now_ms=NOW + 60_000, actor="device:1")
    assert pressed.due_ms == ticket.due_ms
    noted, _ = act_on(ticket, Act.NOTE, now_ms=NOW + 60_000, actor="operator:Ada")
    assert noted.due_ms > ticket.due_ms
    waiting, _ = fresh()
    noted, _ = act_on(waiting, Act.NOTE, now_ms=NOW + 5_000, actor="operator:Ada")
    assert noted.due_ms == waiting.due_ms


def test_what_the_table_does_not_know_is_refused_by_name():
    ticket, _ = fresh()
    for act in (Act.CLOSE, Act.DISPATCH, Act.HAND_BACK, Act.OPEN):
        with pytest.raises(Refused, match=act.replace("_", " ")):
            act_on(ticket, act, now_ms=NOW, actor="operator:Ada", detail={"outcome": "attended"})
    closed, _ = after(Act.ACKNOWLEDGE, Act.CLOSE)
    assert (closed.due_ms, closed.outcome) == (None, "attended")
    for act in Act:
        with pytest.raises(Refused):
            act_on(closed, act, now_ms=NOW, actor="operator:Ada")


def test_the_row_is_the_fold_of_its_entries():
    ticket, entries = after(
        Act.SIGNAL,
        Act.ACKNOWLEDGE,
        Act.NOTE,
        Act.DISPATCH,
        Act.COME_BACK,
        Act.ACKNOWLEDGE,
        Act.CLOSE,
    )
    assert fold(entries) == ticket
    for broken in (entries[1:], entries[:2] + entries[3:], []):
        with pytest.raises(Refused):
            fold(broken)


def test_a_press_does_not_cost_the_operator_his_ticket_but_closing_must_have_seen_it():
    ticket, entries = after(Act.ACKNOWLEDGE, Act.SIGNAL)
    check_version(ticket, Act.DISPATCH, 2, entries[2:])
    check_version(ticket, Act.NOTE, 2, entries[2:])
    with pytest.raises(Stale, match="signal by operator:Ada"):
        check_version(ticket, Act.CLOSE, 2, entries[2:])
    with pytest.raises(Stale, match="acknowledge"):
        check_version(ticket, Act.ACKNOWLEDGE, 1, entries[1:])
    with pytest.raises(Stale):
        check_version(ticket, Act.NOTE, 99, [])


def test_the_id_follows_from_the_identity_alone():
    one = ticket_id(b"12345678", 1, 1)
    assert one == ticket_id(b"12345678", 1, 1)
    others = {
        ticket_id(b"12345679", 1, 1),
        ticket_id(b"12345678", 2, 1),
        ticket_id(b"12345678", 1, 2),
    }
    assert len(others | {one}) == 4
