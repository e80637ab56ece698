"""Acts on tickets, for the API and the page alike: checked, committed, and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_receiver.domain import interview
from alarm_receiver.domain.escalation import PARKS_MAX, TRANSFERS_MAX
from alarm_receiver.domain.interview import Question
from alarm_receiver.domain.plan import check_call
from alarm_receiver.domain.ticket import OF_THE_HOLDER, Act, Outcome, Refused, State, Ticket, parks
from alarm_receiver.store import boards, units
from alarm_receiver.store import tickets as store
from alarm_receiver.store.colleagues import colleagues
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.schemas import (
    EntryShown,
    InterviewShown,
    PlanShown,
    SignalShown,
    TicketWhole,
    shown,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.domain.plan import Plan
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

WORKS = ("operator", "supervisor", "admin")
OVERRIDES = ("supervisor", "admin")


def act(
    parts: Context, who: Operator, id_: str, act_: Act, version: int, detail: dict[str, object]
) -> TicketWhole:
    """Do an act as `who`, and read the ticket as it is then.

    Raises Refused for what the ticket's table, its response plan or the interview do not allow.
    """
    if who.role not in WORKS:
        raise ApiError(403, f"a {who.role} does not work on tickets")
    if detail.get("override") and who.role not in OVERRIDES:
        raise ApiError(403, "only a supervisor may override the response plan")
    if act_ is Act.ANSWER:
        interview.check_answer(Question(str(detail["question"])), str(detail["answer"]))
    if act_ is Act.TRANSFER:
        detail = detail | {"supervised": who.role in OVERRIDES}
    now_ms = parts.clock.now_ms()

    def do(connection: Connection) -> None:
        boards.check_agency(connection, who.agency, id_)
        store.act(
            connection,
            id_,
            act_,
            version=version,
            now_ms=now_ms,
            actor=f"operator:{who.name}",
            detail=detail,
            policies=parts.policies,
            check=lambda ticket: _check(parts, connection, who, ticket, act_, detail),
        )

    parts.writer.do(do)
    return read(parts, who, id_)


def _check(
    parts: Context,
    connection: Connection,
    who: Operator,
    ticket: Ticket,
    act_: Act,
    detail: dict[str, object],
) -> None:
    """Refuse what is somebody else's to do, and what plan and interview do not allow."""
    theirs = ticket.holder is not None and ticket.holder != f"operator:{who.name}"
    if theirs and act_ in OF_THE_HOLDER and who.role not in OVERRIDES:
        raise Refused(f"{ticket.holder} holds this ticket; he or a supervisor may pass it on")
    if act_ is Act.TRANSFER:
        _check_transfer(connection, ticket, detail, steps_in=theirs)
    elif act_ is Act.DISPATCH and detail.get("unit"):
        known = {one["name"] for one in units.of_agency(connection, ticket.agency)}
        if detail["unit"] not in known:
            raise Refused(f"there is no unit {detail['unit']!r}")
    elif act_ is Act.CALL:
        override = detail.get("override")
        check_call(
            plan_of(parts, connection, ticket),
            str(detail["target"]),
            dispatched=ticket.state is State.DISPATCHED,
            override=None if override is None else str(override),
        )
    elif act_ is Act.PARK and who.role not in OVERRIDES:
        if parks(store.entries(connection, ticket.id)) >= PARKS_MAX:
            raise Refused(f"parked {PARKS_MAX} times already; a supervisor may park it again")
    elif act_ is Act.CLOSE:
        entries = store.entries(connection, ticket.id)
        ending = interview.Ending(
            Outcome(str(detail["outcome"])),
            interview.helped(entries),
            str(detail.get("text", "")),
            str(detail.get("override", "")),
        )
        given = interview.answers(entries)
        interview.check_close(ticket, ending, given, plan_of(parts, connection, ticket))


def _check_transfer(
    connection: Connection, ticket: Ticket, detail: dict[str, object], *, steps_in: bool
) -> None:
    """A ticket goes to somebody who works on tickets; a supervisor who steps in says why."""
    if ticket.state is State.OPEN:
        return  # nobody holds it: the table refuses
    to = str(detail["to"])
    if to.removeprefix("operator:") not in colleagues(connection, ticket.agency):
        raise Refused(f"{to} does not work on tickets here")
    if to == ticket.holder:
        raise Refused(f"{to} holds this ticket already")
    limit = ticket.transfers >= TRANSFERS_MAX
    if (steps_in or limit) and not str(detail.get("reason", "")).strip():
        why = f"passed on {TRANSFERS_MAX} times already" if limit else f"{ticket.holder} holds it"
        raise Refused(f"{why}: a supervisor who passes it on gives a reason")


def read(parts: Context, who: Operator, id_: str) -> TicketWhole:
    """The ticket as the API shows it. Raises Unknown."""
    with parts.reader.connect() as connection:
        return whole(parts, boards.one(connection, who.agency, id_))


def whole(parts: Context, row: boards.Board) -> TicketWhole:
    """A board as the API shows it."""
    given = interview.answers(row.entries)
    jurisdiction = parts.plans.get(row.jurisdiction)
    plan = jurisdiction.plan(row.ticket.kind, silent=row.ticket.silent)
    return TicketWhole(
        **shown(row.ticket),
        site_name=row.site_name,
        account=row.account,
        signals=[SignalShown.of(one) for one in row.signals],
        entries=[EntryShown.of(one) for one in row.entries],
        interview=InterviewShown(
            answers={str(question): answer for question, answer in given.items()},
            branch=str(interview.branch_of(row.ticket, given)),
        ),
        plan=_plan_shown(plan, jurisdiction.id, row.police_response),
    )


def plan_of(parts: Context, connection: Connection, ticket: Ticket) -> Plan:
    """The response plan of a ticket: its site's jurisdiction, its kind, silent or not."""
    jurisdiction = parts.plans.get(boards.jurisdiction(connection, ticket.site))
    return jurisdiction.plan(ticket.kind, silent=ticket.silent)


def _plan_shown(plan: Plan, jurisdiction: str, police_response: str) -> PlanShown:
    return PlanShown(
        jurisdiction=jurisdiction,
        steps=plan.texts(police_response),
        police_response=police_response,
        hints=list(plan.hints),
        premises=str(plan.premises),
        outcomes=list(plan.outcomes),
    )
