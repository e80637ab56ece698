"""Roll-outs of firmware: many keypads, one first, then a few at a time. Pure.

A roll-out is what the record says of it (docs/decisions/0025): who began it with which version,
share and pace, when it was held and let go on, for whom it ordered and for whom it could not. It
promises that the same record always gives the same keypads, and that no keypad gets anything while
it is held, has ended, or too many have failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alarm_receiver.domain.course import Course, share
from alarm_receiver.domain.image import version_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BEGIN = "begin_roll_out"
HOLD = "hold_roll_out"
GO_ON = "go_on_roll_out"
END = "end_roll_out"
ORDER = "order_image"
FAIL = "fail_roll_out"
FINISH = "finish_roll_out"
DEEDS = (BEGIN, HOLD, GO_ON, END, ORDER, FAIL, FINISH)
FAILED_SHOWN = 100
"""So many of those that failed are kept by name once it is over."""
AT_ONCE_MAX = 500
FAILURES_MAX = 10_000
OTHER = "replaced"
"""How an order ended that another one took the place of."""


class NotRolled(Exception):
    """A roll-out cannot begin, or not do what is asked of it now; says why."""


@dataclass(slots=True)
class RollOut:
    """One roll-out, as the record tells it. `site` is empty for all sites of the agency."""

    id: str
    agency: str
    version: int
    site: str
    percent: int
    at_once: int
    failures: int
    by: str
    role: str
    begun_ms: int
    held: bool = False
    ended: bool = False
    ordered: dict[str, None] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    """Once it is over: how many have taken it, failed and got nothing; and who failed, and why."""

    @property
    def name(self) -> str:
        """The version as people say it."""
        return version_text(self.version)


def told(rows: Iterable[Mapping[str, Any]]) -> dict[str, RollOut]:
    """The roll-outs of the record, oldest first; `rows` are its deeds, oldest first."""
    found: dict[str, RollOut] = {}
    for row in rows:
        what, detail = row["what"], row["detail"]
        if what == BEGIN:
            found[row["subject"]] = _begun(row)
            continue
        about = detail.get("roll_out") if what in (ORDER, FAIL) else row["subject"]
        one = found.get(about)
        if one is None or one.agency != row["agency"]:
            continue
        if what == ORDER:
            one.ordered[row["subject"]] = None
        elif what == FAIL:
            one.refused[row["subject"]] = detail["why"]
        elif what == FINISH:
            one.result = dict(detail)
        else:
            one.held, one.ended = what == HOLD, one.ended or what == END
    return found


def _begun(row: Mapping[str, Any]) -> RollOut:
    detail = row["detail"]
    return RollOut(
        row["subject"],
        row["agency"],
        detail["version"],
        detail["site"],
        detail["percent"],
        detail["at_once"],
        detail["failures"],
        row["actor"].removeprefix("operator:"),
        detail["role"],
        row["at_ms"],
    )


def chosen(keypads: Sequence[str], percent: int, version: int) -> list[str]:
    """Who gets it, in the order in which they do: the same ones that the command chooses."""
    return share(list(keypads), percent, version_text(version))


def course_of(
    one: RollOut, keypads: Sequence[str], orders: Mapping[str, Mapping[str, Any]]
) -> Course:
    """How far it got. `orders`: by device its newest order of firmware."""
    course = Course(
        chosen(keypads, one.percent, one.version), at_once=one.at_once, failures_max=one.failures
    )
    for device in list(course.left):
        row = orders.get(device)
        if device in one.refused:
            course.refused(device, one.refused[device])
        elif device in one.ordered:
            same = row is not None and row["counter"] == one.version
            course.ordered(dict(row) if same and row else _gone(one, device))
    return course


def _gone(one: RollOut, device: str) -> dict[str, Any]:
    """An order that a later one has replaced."""
    return {"device": device, "counter": one.version, "state": "called_off", "reason": OTHER}


def due(one: RollOut, course: Course) -> list[str]:
    """Whom to order for now."""
    return [] if one.held or one.ended else course.due()


def over(one: RollOut, course: Course) -> bool:
    """Whether nothing is to be waited for any more."""
    return course.over or (one.ended and not course.under_way)


def result_of(course: Course) -> dict[str, Any]:
    """What is kept of it once it is over: later orders take the place of these."""
    first = list(course.failed.items())[:FAILED_SHOWN]
    return {
        "taken": len(course.taken),
        "failed": len(course.failed),
        "left": len(course.left),
        "why": {device: why[:200] for device, why in first},
    }
