"""Whom policies reach: what they name that is not there, and who would hear of an emergency.

It promises to say it before the first emergency does. It only reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.store.desk import endpoint
from alarm_receiver.store.duty import team
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.tables import operator

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Engine, Select

    from alarm_receiver.domain.escalation import Policy

ROLES = ("operator", "supervisor", "installer", "agency", "auditor", "admin")
SETTINGS = {"mail": "SMTP_HOST", "sms": "SMS_URL"}
_ANY = {"shift:*", "agency:*"}


def unknown(connection: Connection, agency: str, policy: Policy) -> list[str]:
    """Targets of `policy` that nobody of the agency is: a role, operator, team or endpoint."""
    known = _ANY | {f"{kind}:{role}" for kind in ("role", "shift") for role in ROLES}
    named: dict[str, Select[tuple[str]]] = {
        "operator": select(operator.c.name).where(
            operator.c.agency == agency, operator.c.disabled_ms.is_(None)
        ),
        "team": select(team.c.name).where(team.c.agency == agency),
        "agency": select(endpoint.c.name).where(
            endpoint.c.agency == agency, endpoint.c.disabled_ms.is_(None)
        ),
    }
    for kind, query in named.items():
        known |= {f"{kind}:{name}" for name in connection.execute(query).scalars()}
    wanted = dict.fromkeys(target for step in policy.steps for target in step.targets)
    return [target for target in wanted if target not in known]


def unreached(
    policies: Policies, channels: Collection[str] | None = None
) -> list[tuple[str, TicketClass]]:
    """Agencies and classes whose policy names people, of whom nobody can be reached in any step.

    `channels`: those that are set up here; None: not known here, so all of them.
    """
    return [
        (agency, class_)
        for agency in sorted(policies.agencies)
        for class_ in TicketClass
        if _named(policies, agency, class_) and not _reached(policies, agency, class_, channels)
    ]


def notes(
    policies: Policies, channels: Collection[str] | None = None, public_url: str = ""
) -> list[str]:
    """What people who run the receiver should know of whom it reaches; empty when all is well."""
    said = [
        f"nobody can be paged for an emergency of agency {agency!r}: give operators an address "
        "(PUT /v1/operators/NAME/address) or add an endpoint (POST /v1/endpoints)"
        for agency, class_ in unreached(policies, channels)
        if class_ is TicketClass.EMERGENCY
    ]
    if channels is None:
        return said
    if not public_url and any(target == "agency:*" for _, target in policies.reach):
        said.append(
            "tickets are handed to agencies' systems without an address for their call-backs: set "
            "HOLDFAST_RECEIVER_PUBLIC_URL where the engine runs"
        )
    reach = {one for some in policies.reach.values() for one in some}
    for channel, setting in SETTINGS.items():
        people = {name for name, over, _ in reach if over == channel}
        if people and channel not in channels:
            said.append(
                f"{len(people)} operators have a {channel} address, and no {channel} is set up: "
                f"set HOLDFAST_RECEIVER_{setting} where the engine runs"
            )
    return said


def of_store(engine: Engine, channels: Collection[str], public_url: str) -> list[str]:
    """The notes of a store that nobody serves."""
    policies = Policies()
    try:
        with engine.connect() as connection:
            policies.refresh(connection, 0)
    except SQLAlchemyError:
        return ["whom it can page is seen after `holdfast receiver migrate`: it is an older store"]
    return notes(policies, channels, public_url)


def _named(policies: Policies, agency: str, class_: TicketClass) -> bool:
    return any(step.targets for step in policies.policy(agency, class_).steps)


def _reached(
    policies: Policies, agency: str, class_: TicketClass, channels: Collection[str] | None
) -> bool:
    return any(
        channels is None or over in channels
        for step in policies.policy(agency, class_).steps
        for _, over, _ in policies.reached(agency, step.targets)
    )
