"""Response plans: what is done for a kind of signal in a jurisdiction, as data.

It promises that a silent hold-up stays silent: `check_call` refuses a call to the premises that
the plan does not allow, unless a supervisor overrides it with a reason. Plans are TOML files
that an agency may edit; this module reads what they say, and refuses by name what they cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alarm_receiver.domain.ticket import Outcome, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Premises(StrEnum):
    """Whether the protected site itself may be called."""

    NEVER = "never"
    FIRST = "first"
    AFTER_DISPATCH = "after_dispatch"


class PlanError(Exception):
    """A plan file that cannot be used; the text says which, what and where."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done for one kind. `steps` are words for the operator, in order."""

    kind: str
    silent: bool
    steps: tuple[str, ...]
    premises: Premises
    outcomes: tuple[str, ...]
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country's plans, its clocks, and what is still to be confirmed there."""

    id: str
    name: str
    plans: Mapping[tuple[str, bool], Plan]
    first_action_s: tuple[int, int]
    false_alarms_max: int
    false_alarm_days: int
    unconfirmed: tuple[str, ...]
    sources: tuple[str, ...]

    def plan(self, kind: str, *, silent: bool) -> Plan:
        """The plan for `kind`; a kind without one gets that of "any".

        A silent signal never gets a plan that calls the premises, whatever the file says.
        """
        for key in ((kind, silent), (kind, not silent), ("any", silent), ("any", not silent)):
            found = self.plans.get(key)
            if found is not None:
                break
        else:  # `read` refuses a jurisdiction without "any"
            raise PlanError(f"{self.id}: there is no plan for any")
        if silent and found.premises is not Premises.NEVER:
            steps = tuple(step for step in found.steps if "call the site" not in step.lower())
            return Plan(kind, True, steps, Premises.NEVER, found.outcomes, found.hints)
        return found


class Plans:
    """All jurisdictions that this receiver knows, read once."""

    def __init__(self, jurisdictions: Mapping[str, Jurisdiction]) -> None:
        self._jurisdictions = jurisdictions

    def ids(self) -> list[str]:
        """The known jurisdictions."""
        return sorted(self._jurisdictions)

    def get(self, id_: str) -> Jurisdiction:
        """The jurisdiction `id_`, or the generic one when somebody removed its file."""
        return self._jurisdictions.get(id_) or self._jurisdictions["generic"]


def check_call(plan: Plan, target: str, *, dispatched: bool, override: str | None) -> None:
    """Raise Refused when `target` ("premises", "keyholder", "agency") may not be called now."""
    if target != "premises" or override:
        return
    if plan.premises is Premises.NEVER:
        raise Refused(
            f"a {'silent ' if plan.silent else ''}{plan.kind}: never call the premises, a ringing "
            "phone tells the attacker; call the agency, then keyholders. A supervisor may "
            "override this with a reason"
        )
    if plan.premises is Premises.AFTER_DISPATCH and not dispatched:
        raise Refused(f"a {plan.kind}: dispatch first, then call the premises")


def read(id_: str, load: Callable[[str], dict[str, Any]]) -> Jurisdiction:
    """The jurisdiction `id_` with all that it inherits. `load` gives a file's table by its name.

    Raises PlanError.
    """
    merged: dict[str, Any] = {}
    plans: dict[tuple[str, bool], Plan] = {}
    unconfirmed: list[str] = []
    for table in reversed(_chain(id_, load)):
        merged |= {name: value for name, value in table.items() if name != "plan"}
        unconfirmed += table.get("unconfirmed", [])
        for place, entry in enumerate(table.get("plan", [])):
            plan = _plan(f"{table['id']}: plan {place + 1}", entry)
            for kind in entry["kinds"]:
                plans[kind, plan.silent] = Plan(
                    kind, plan.silent, plan.steps, plan.premises, plan.outcomes, plan.hints
                )
    if ("any", False) not in plans or ("any", True) not in plans:
        raise PlanError(f"{id_}: plans for any, silent and not, are needed")
    try:
        return Jurisdiction(
            id_,
            str(merged["name"]),
            plans,
            (int(merged["first_action_s"][0]), int(merged["first_action_s"][1])),
            int(merged["false_alarms_max"]),
            int(merged["false_alarm_days"]),
            tuple(unconfirmed),
            tuple(merged.get("sources", ())),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PlanError(f"{id_}: {error!r} is missing or wrong") from error


def _chain(id_: str, load: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
    """The file of `id_`, then the one it inherits from, and so on."""
    chain: list[dict[str, Any]] = []
    seen: list[str] = []
    name: str | None = id_
    while name:
        if name in seen:
            raise PlanError(f"{id_}: {' -> '.join([*seen, name])} inherits in a circle")
        seen.append(name)
        chain.append({"id": name, **load(name)})
        name = chain[-1].get("inherits")
    return chain


def _plan(where: str, entry: dict[str, Any]) -> Plan:
    try:
        outcomes = tuple(str(Outcome(one)) for one in entry["outcomes"])
        premises = Premises(entry["premises"])
        silent = bool(entry["silent"])
        steps = tuple(str(one) for one in entry["steps"])
        hints = tuple(str(one) for one in entry.get("hints", ()))
        kinds = [str(one) for one in entry["kinds"]]
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"{where}: {error}") from error
    if silent and premises is not Premises.NEVER:
        raise PlanError(f'{where}: a silent plan has premises = "never", not {premises}')
    if not steps or not kinds or not outcomes:
        raise PlanError(f"{where}: kinds, steps and outcomes may not be empty")
    return Plan(kinds[0], silent, steps, premises, outcomes, hints)
