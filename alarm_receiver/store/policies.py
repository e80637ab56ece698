"""Escalation policies, and who can be reached on which channel; cached for the writer.

It promises that every class of every agency has a policy: an agency without one of its own gets
the default. The cache is refreshed inside transactions that change it, and by the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.escalation import (
    POLICIES,
    WAITS,
    Policy,
    Step,
    TicketClass,
    Waits,
    quiet_rounds,
)
from alarm_receiver.store import roster
from alarm_receiver.store.desk import address, endpoint, on_test, policy
from alarm_receiver.store.tables import agency as agencies
from alarm_receiver.store.tables import operator

if TYPE_CHECKING:
    from sqlalchemy import Connection

Reach = tuple[str, str, str]
"""Target, channel and address: "operator:Ada", "mail", "ada@example.org"."""


@dataclass(slots=True)
class Policies:
    """What the writer needs when it opens or moves a ticket.

    `position` is this receiver's place in a pair: a later one begins with rounds of its own.
    """

    position: int = 0
    own: dict[tuple[str, TicketClass], Policy] = field(default_factory=dict)
    reach: dict[tuple[str, str], list[Reach]] = field(default_factory=dict)
    tests: dict[str, list[tuple[int, int, frozenset[int]]]] = field(default_factory=dict)
    agencies: frozenset[str] = frozenset()

    def policy(self, agency: str, class_: TicketClass) -> Policy:
        """The policy of an agency for a class."""
        return self.own.get((agency, class_)) or POLICIES[class_]

    def waits(self, agency: str, class_: TicketClass) -> Waits:
        """The waits of that policy, behind the head start of the receivers before this one."""
        found = self.own.get((agency, class_))
        return (found.waits if found else WAITS[class_]).behind(class_, self.position)

    def targets(self, agency: str, class_: TicketClass, round_: int) -> tuple[str, ...]:
        """Whom that policy pages when `round_` begins; nobody while others have a head start."""
        step = round_ - quiet_rounds(class_, self.position)
        return self.policy(agency, class_).targets(step) if step >= 0 else ()

    def reached(self, agency: str, targets: tuple[str, ...]) -> list[Reach]:
        """Everyone whom `targets` mean and who can be reached, once each."""
        found: list[Reach] = []
        for target in targets:
            some = self.reach.get((agency, target))
            found += some or self.reach.get((agency, _instead(target)), [])
        return list(dict.fromkeys(found))

    def unreached(self, agency: str, class_: TicketClass, round_: int) -> bool:
        """Whether the step of `round_` names people, and none of them can be reached."""
        targets = self.targets(agency, class_, round_)
        return bool(targets) and not self.reached(agency, targets)

    def zones_on_test(self, site: str, now_ms: int) -> list[frozenset[int]]:
        """Zones of `site` that are on test at `now_ms`; an empty set is the whole site."""
        found = self.tests.get(site)
        if not found:
            return []
        return [zones for from_ms, until_ms, zones in found if from_ms <= now_ms < until_ms]

    def refresh(self, connection: Connection, now_ms: int) -> None:
        """Read everything anew."""
        tests: dict[str, list[tuple[int, int, frozenset[int]]]] = {}
        for row in connection.execute(select(on_test).where(on_test.c.until_ms > now_ms)):
            tests.setdefault(row.site, []).append((row.from_ms, row.until_ms, frozenset(row.zones)))
        self.tests = tests
        own = {
            (row.agency, TicketClass(row[1])): policy_of(row.body)
            for row in connection.execute(select(policy))
        }
        self.own, self.reach = own, _reach(connection)
        self.agencies = frozenset(connection.execute(select(agencies.c.id)).scalars())


def policy_of(body: dict[str, Any]) -> Policy:
    """The policy that `body` describes. Raises ValueError."""
    return Policy(
        tuple(Step(int(one["wait_s"]), tuple(one["targets"])) for one in body["steps"]),
        int(body["acknowledged_s"]),
        int(body["dispatched_s"]),
    )


def body_of(one: Policy) -> dict[str, Any]:
    """The plain values of a policy."""
    return {
        "steps": [{"wait_s": step.wait_s, "targets": list(step.targets)} for step in one.steps],
        "acknowledged_s": one.acknowledged_s,
        "dispatched_s": one.dispatched_s,
    }


def put(connection: Connection, agency: str, class_: TicketClass, new: Policy) -> None:
    """Let `new` be the agency's policy for the class."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    body = body_of(new)
    connection.execute(
        dialect.insert(policy)
        .values(agency=agency, class_=str(class_), body=body, version=1)
        .on_conflict_do_update(
            index_elements=["agency", "class"], set_={"body": body, "version": policy.c.version + 1}
        )
    )


def _reach(connection: Connection) -> dict[tuple[str, str], list[Reach]]:
    found: dict[tuple[str, str], list[Reach]] = {}
    by_operator: dict[str, list[Reach]] = {}
    on = roster.on_now(connection)
    query = (
        select(operator.c.id, operator.c.agency, operator.c.name, operator.c.role, address)
        .join(address, address.c.operator == operator.c.id)
        .where(operator.c.disabled_ms.is_(None))
        .order_by(operator.c.name)
    )
    for row in connection.execute(query):
        one = (f"operator:{row.name}", row.channel, row.value)
        by_operator.setdefault(row.id, []).append(one)
        found.setdefault((row.agency, one[0]), []).append(one)
        found.setdefault((row.agency, f"role:{row.role}"), []).append(one)
        if row.id in on:
            found.setdefault((row.agency, "shift:*"), []).append(one)
            found.setdefault((row.agency, f"shift:{row.role}"), []).append(one)
    for (agency, name), ids in roster.members(connection).items():
        # Nobody of the team is on duty: all of it is asked, sooner than nobody.
        asked = [id_ for id_ in ids if id_ in on] or ids
        reached = [one for id_ in asked for one in by_operator.get(id_, ())]
        found[agency, f"team:{name}"] = reached or [
            one for id_ in ids for one in by_operator.get(id_, ())
        ]
    for row in connection.execute(select(endpoint).where(endpoint.c.disabled_ms.is_(None))):
        hook = (f"agency:{row.name}", "webhook", row.id)
        found.setdefault((row.agency, hook[0]), []).append(hook)
        found.setdefault((row.agency, "agency:*"), []).append(hook)
    return found


def _instead(target: str) -> str:
    """Whom to ask when a target is nobody: instead of an empty shift its whole role."""
    kind, _, name = target.partition(":")
    if kind != "shift":
        return target
    return "role:operator" if name == "*" else f"role:{name}"
