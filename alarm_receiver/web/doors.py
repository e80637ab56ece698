"""Every route with whom it lets in: the one table of roles and scopes.

It promises that a route which is not in the table is closed to everybody who asks for an account,
and that a token opens only the scopes it was made with, never more than its owner's role. A session
opens all scopes of its role. That the table has every route is checked by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.routing import iter_route_contexts

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL = "*"
OPEN = ""
"""The scope of a route that asks for no account: it has its own proof, or none is needed."""
SELF = "self"
"""The scope of what somebody does with his own account; no token has it."""

EVERYBODY = frozenset({"operator", "supervisor", "installer", "agency", "auditor", "admin"})
READERS = EVERYBODY - {"installer"}
DESK = frozenset({"operator", "supervisor", "admin"})
TESTERS = DESK | {"installer"}
BUILDERS = frozenset({"installer", "supervisor", "admin"})
LEADERS = frozenset({"supervisor", "admin"})
WATCHERS = frozenset({"auditor", "admin"})
ADMINS = frozenset({"admin"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a route lets in: the scope that a token needs, and the roles."""

    scope: str
    roles: frozenset[str]

    @property
    def asks(self) -> bool:
        """Whether it asks for a session or a token at all."""
        return self.scope != OPEN


SCOPES = {
    "tickets:read": "see tickets, their pages, and the stream of changes",
    "tickets:write": "work on tickets",
    "sites:read": "see sites, devices, keyholders, tests and floor plans",
    "sites:write": "change sites, keyholders and floor plans",
    "tests:write": "put sites on test and end it",
    "devices:write": "register devices, rotate and revoke their keys, import, order settings",
    "team:read": "see operators, policies and endpoints",
    "team:write": "make operators, installers, policies and endpoints",
    "record:read": "see who did what",
    "tokens": "see and end the tokens of the same person",
    "export": "take registers out as CSV",
    "agencies": "make and rename further agencies; of the house alone",
}
"""What a token can be limited to."""
HOUSE = frozenset({"agencies"})
"""Scopes that the house alone has: the agency that the receiver was set up for."""

TABLE: tuple[tuple[str, frozenset[str], str], ...] = (
    (
        OPEN,
        NOBODY,
        """
        GET /openapi.json          GET /docs                  GET /docs/oauth2-redirect
        GET /health                GET /ready                 GET /metrics
        POST /v1/setup             POST /v1/tokens            POST /v1/callbacks/{page}
        GET /v1/callbacks/sms/{page}
        POST /v1/peer/claims       GET /setup/{token}         POST /setup/{token}
        GET /sign-in               POST /sign-in              POST /sign-in/code
        POST /sign-in/passkey/options                         POST /sign-in/passkey
        GET /sign-in/oidc          GET /sign-in/oidc/back
        POST /sign-out             POST /choices
        """,
    ),
    (
        SELF,
        EVERYBODY,
        """
        POST /lock                 POST /unlock               GET /account
        GET /account/password      GET /account/tokens        GET /account/codes
        GET /account/codes/confirm GET /account/codes/drop
        POST /account/password     POST /account/sessions/{id}/end
        POST /account/sessions/end POST /account/tokens       POST /account/tokens/{id}/end
        POST /account/codes        POST /account/codes/confirm
        POST /account/codes/drop   POST /account/passkeys/options
        POST /account/passkeys     POST /account/passkeys/drop
        """,
    ),
    (
        "tickets:read",
        READERS,
        """
        GET /v1/tickets            GET /v1/tickets/{id}       GET /v1/tickets/{id}/pages
        GET /v1/stream             GET /                      GET /queue/cards
        GET /queue/digest          GET /queue/stream          GET /tickets/{id}
        GET /mine                  GET /wall
        """,
    ),
    (
        "tickets:write",
        DESK,
        """
        POST /v1/tickets/{id}/acknowledge                     POST /v1/tickets/{id}/answer
        POST /v1/tickets/{id}/call POST /v1/tickets/{id}/note POST /v1/tickets/{id}/park
        POST /v1/tickets/{id}/transfer                        POST /v1/tickets/{id}/dispatch
        POST /v1/tickets/{id}/hand-back                       POST /v1/tickets/{id}/close
        POST /v1/sites/{id}/keyholders/{keyholder}/word
        POST /v1/tickets/{id}/underway                        POST /v1/tickets/{id}/arrived
        POST /tickets/{id}/underway                           POST /tickets/{id}/arrived
        POST /queue/take           POST /tickets/{id}/take    POST /tickets/{id}/answer
        POST /tickets/{id}/note    POST /tickets/{id}/call    POST /tickets/{id}/park
        POST /tickets/{id}/transfer                           POST /tickets/{id}/dispatch
        POST /tickets/{id}/hand-back                          POST /tickets/{id}/close
        POST /sites/{id}/keyholders/{keyholder}/word
        """,
    ),
    (
        "sites:read",
        EVERYBODY,
        """
        GET /v1/sites              GET /v1/sites/{id}         GET /v1/sites/{id}/history
        GET /v1/sites/{id}/keyholders                         GET /v1/sites/{id}/floors
        GET /v1/sites/{id}/floors/{floor}/picture             GET /v1/tests
        GET /v1/devices            GET /v1/sites/{id}/presses
        GET /v1/devices/{device}   GET /v1/sites/{id}/zones
        GET /v1/orders             GET /v1/images
        GET /sites                 GET /sites/{id}            GET /sites/{id}/walk
        GET /sites/{id}/walk.csv
        """,
    ),
    ("sites:read", READERS, "GET /directory"),
    (
        "sites:write",
        BUILDERS,
        """
        PATCH /v1/sites/{id}       POST /v1/sites/{id}/keyholders
        PUT /v1/sites/{id}/zones/{number}
        PUT /v1/sites/{id}/keyholders/{keyholder}
        DELETE /v1/sites/{id}/keyholders/{keyholder}          PUT /v1/sites/{id}/floors/{floor}
        DELETE /v1/sites/{id}/floors/{floor}
        PUT /v1/sites/{id}/floors/{floor}/way-in
        PUT /v1/sites/{id}/floors/{floor}/places/{device}
        DELETE /v1/sites/{id}/floors/{floor}/places/{device}
        POST /sites/{id}/details   POST /sites/{id}/keyholders
        PUT /v1/sites/{id}/spot    POST /sites/{id}/spot      POST /sites/{id}/floors
        POST /sites/{id}/floors/{floor}/mark                  POST /sites/{id}/floors/{floor}/drop
        POST /sites/{id}/keyholders/{keyholder}/drop
        """,
    ),
    (
        "tests:write",
        TESTERS,
        """
        POST /v1/sites/{id}/tests  POST /v1/sites/{id}/tests/{test}/end
        POST /v1/sites/{id}/presses/{device}/{epoch}/{number}/word
        POST /sites/{id}/walk/{device}/{epoch}/{number}
        """,
    ),
    ("tests:write", DESK, "POST /sites/{id}/tests POST /sites/{id}/tests/{test}/end"),
    (
        "devices:write",
        BUILDERS,
        """
        POST /v1/devices           POST /v1/devices/{device}/revoke
        POST /v1/devices/{device}/key                         PATCH /v1/devices/{device}
        POST /v1/devices/{device}/settings
        POST /v1/devices/{device}/image                       PUT /v1/devices/{device}/board
        POST /v1/devices/{device}/orders/{what}/call-off
        PUT /v1/devices/{device}/profile
        """,
    ),
    ("tickets:read", LEADERS | WATCHERS, "GET /v1/undelivered GET /undelivered"),
    (
        "tickets:write",
        LEADERS,
        """
        POST /v1/undelivered/{page}/retry                     POST /v1/undelivered/{page}/give-up
        POST /undelivered/{page}/retry                        POST /undelivered/{page}/give-up
        """,
    ),
    ("tokens", EVERYBODY, "GET /v1/tokens DELETE /v1/tokens/{id}"),
    ("team:read", READERS, "GET /v1/policies/{class} GET /v1/roster GET /v1/teams GET /v1/units"),
    ("team:read", READERS, "GET /roster"),
    ("tickets:write", DESK, "POST /v1/roster/start POST /v1/roster/{act}"),
    ("tickets:write", DESK, "POST /roster/start POST /roster/{act}"),
    (
        "sites:write",
        LEADERS,
        """
        POST /v1/sites             POST /v1/customers         PUT /v1/customers/{id}
        DELETE /v1/customers/{id}  PUT /v1/sites/{id}/customer
        POST /v1/authorities       PUT /v1/authorities/{id}   DELETE /v1/authorities/{id}
        PUT /v1/sites/{id}/authorities/{authority}
        DELETE /v1/sites/{id}/authorities/{authority}
        POST /customers            POST /customers/{id}/drop  POST /sites/{id}/customer
        POST /authorities          POST /authorities/{id}/drop
        POST /sites/{id}/authorities
        POST /sites/{id}/authorities/{authority}/drop
        """,
    ),
    ("sites:read", READERS, "GET /v1/customers GET /v1/authorities"),
    ("sites:read", EVERYBODY, "GET /v1/sites/{id}/authorities"),
    ("sites:write", ADMINS, "POST /v1/import/registry"),
    ("export", ADMINS, "GET /v1/export/registry.zip"),
    ("devices:write", LEADERS, "POST /v1/import/devices"),
    ("devices:write", ADMINS, "POST /v1/images"),
    (
        "team:read",
        LEADERS,
        """
        GET /v1/operators          GET /v1/operators/{name}/address
        GET /v1/endpoints          GET /people                GET /roles
        """,
    ),
    (
        "team:write",
        LEADERS,
        """
        POST /v1/installers        POST /v1/installers/{id}/call-back
        PUT /v1/operators/{name}/address                      PUT /v1/policies/{class}
        POST /v1/roster/duties     POST /v1/roster/duties/{id}/cancel
        PUT /v1/teams/{name}       DELETE /v1/teams/{name}
        PUT /v1/units/{name}       DELETE /v1/units/{name}
        POST /units                POST /units/{name:path}/drop
        POST /roster/duties        POST /roster/duties/{id}/cancel
        POST /teams                POST /teams/{name}/drop
        """,
    ),
    (
        "team:write",
        ADMINS,
        """
        POST /v1/operators         POST /v1/operators/{name}/disable
        POST /v1/operators/{name}/sign-out                    POST /v1/operators/{name}/factors
        POST /v1/operators/{name}/password
        POST /v1/endpoints         POST /v1/endpoints/{id}/secret
        POST /people               POST /people/{name:path}/disable
        POST /people/{name:path}/sign-out                     POST /people/{name:path}/factors
        POST /people/{name:path}/password
        """,
    ),
    (
        "export",
        ADMINS,
        """
        GET /v1/proposals          POST /v1/proposals         POST /v1/proposals/{id}/decision
        POST /v1/proposals/{id}/do GET /proposals             POST /proposals
        POST /proposals/{id}/decision                         POST /proposals/{id}/do
        """,
    ),
    ("record:read", WATCHERS, "GET /v1/deeds GET /record"),
    ("record:read", WATCHERS | LEADERS, "GET /v1/retention GET /v1/holds"),
    ("record:read", WATCHERS | LEADERS, "GET /holds"),
    ("sites:read", BUILDERS, "GET /orders GET /roll-outs"),
    ("devices:write", BUILDERS, "POST /roll-outs POST /roll-outs/{id}/{act}"),
    ("devices:write", BUILDERS, "POST /orders POST /orders/{device}/{what}/call-off"),
    ("team:write", LEADERS, "POST /v1/holds POST /holds"),
    ("export", ADMINS, "POST /holds/{id}/lift"),
    ("export", LEADERS, "GET /v1/export/devices.csv GET /v1/export/tickets.csv"),
    (
        "agencies",
        ADMINS,
        """
        GET /v1/agencies           POST /v1/agencies          PATCH /v1/agencies/{id}
        POST /v1/agencies/{id}/link                           GET /agencies
        POST /agencies             POST /agencies/{id}/name   POST /agencies/{id}/link
        """,
    ),
)
"""Scope, roles, routes. Whatever a role or scope may do is read here, and nowhere else."""


def _doors() -> dict[str, Door]:
    found: dict[str, Door] = {}
    for scope, roles, routes in TABLE:
        words = routes.split()
        for method, path in zip(words[::2], words[1::2], strict=True):
            name = f"{method} {path}"
            if name in found:
                raise ValueError(f"{name} is in the table of doors twice")
            found[name] = Door(scope, roles)
    return found


DOORS = _doors()
CLOSED = Door("closed", NOBODY)
"""What a route is that the table does not know."""


def door_of(scope: dict[str, Any]) -> Door:
    """The door of the request with this ASGI scope."""
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    return DOORS.get(f"{method} {getattr(scope.get('route'), 'path', '')}", CLOSED)


def routes_of(app: Any) -> list[str]:
    """METHOD PATH of every route that `app` serves."""
    return [
        f"{method} {one.path}"
        for one in iter_route_contexts(app.routes)
        for method in sorted((getattr(one, "methods", None) or set()) - {"HEAD"})
    ]


def check(app: Any) -> None:
    """Raise unless every route of `app` is in the table, and every row is a route."""
    served = set(routes_of(app))
    unknown = sorted(served - DOORS.keys())
    left = sorted(DOORS.keys() - served)
    if unknown or left:
        raise LookupError(
            f"alarm_receiver/web/doors.py: no row for {unknown}, no route for {left}; "
            "say there which scope and roles each route asks for"
        )


def opens(door: Door, role: str, scopes: Iterable[str], *, house: bool) -> str | None:
    """Why `role` with `scopes` may not go through `door`; None when he may.

    `house`: whether his agency is the one that the receiver was set up for.
    """
    if role not in door.roles:
        return f"the role {role} may not do this; ask {' or '.join(sorted(door.roles)) or 'nobody'}"
    if door.scope in HOUSE and not house:
        return "only the house may do this: the agency that this receiver was set up for"
    if ALL in scopes or (door.scope != SELF and door.scope in scopes):
        return None
    return f"this token does not open {door.scope}; make one with that scope"


def scopes_for(*, house: bool) -> list[str]:
    """The scopes that somebody of the house, or of another agency, can have."""
    return [one for one in SCOPES if house or one not in HOUSE]
