"""Response plans: what is done for a kind of signal in a jurisdiction, as data.

It promises that a silent alarm stays silent: it gets plans that were written for silent ones only,
and `check_call` refuses a call to the premises that the plan does not allow, unless a supervisor
overrides it with a reason. What a step does stands beside its words, never in them: they may be
of any language. Plans are TOML files that an agency may edit; this module reads what they say, and
refuses by name what it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alarm_receiver.domain.ticket import Outcome, Refused
from alarm_wire.signal import KIND_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Premises(StrEnum):
    """Whether the protected site itself may be called."""

    NEVER = "never"
    FIRST = "first"
    AFTER_DISPATCH = "after_dispatch"


class Calls(StrEnum):
    """Whom a step rings."""

    PREMISES = "premises"
    KEYHOLDER = "keyholder"
    AGENCY = "agency"


class When(StrEnum):
    """At which sites a step is done: by the police's response to their alarms."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class PlanError(Exception):
    """A plan file that cannot be used; the text says which, what and where."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in words for the operator. `when` None: at every site."""

    text: str
    calls: Calls | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done for one kind, in order."""

    kind: str
    silent: bool
    steps: tuple[Step, ...]
    premises: Premises
    outcomes: tuple[str, ...]
    hints: tuple[str, ...]

    def texts(self, police_response: str) -> list[str]:
        """The steps at a site whose alarms the police answer, or have withdrawn from."""
        return [one.text for one in self.steps if one.when in (None, police_response)]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country's plans, its clocks, and what is still to be confirmed there.

    `first_action_s`: within what most, and nearly all, emergencies are acted on. False alarms of
    `false_alarm_kinds` count toward the withdrawal of the police.
    """

    id: str
    name: str
    plans: Mapping[tuple[str, bool], Plan]
    first_action_s: tuple[int, int]
    false_alarms_max: int
    false_alarm_days: int
    false_alarm_kinds: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    sources: tuple[str, ...]

    def plan(self, kind: str, *, silent: bool) -> Plan:
        """The plan for `kind`; a kind without one gets that of "any".

        A silent signal gets a silent plan, its kind's or that of any: never one that was written
        for a caller who may speak. An audible one may get the stricter silent plan of its kind.
        """
        keys = (
            ((kind, True), (ANY, True)) if silent else ((kind, False), (kind, True), (ANY, False))
        )
        for key in keys:
            found = self.plans.get(key)
            if found is not None:
                return replace(found, kind=kind)
        raise PlanError(f"{self.id}: there is no plan for any")  # `read` refuses such a one


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
    for name, table in reversed(_chain(id_, load)):
        _check_keys(name, table, FILE_KEYS)
        merged |= {key: value for key, value in table.items() if key != "plan"}
        unconfirmed += table.get("unconfirmed", [])
        plans |= _plans(name, table.get("plan", []))
    if (ANY, False) not in plans or (ANY, True) not in plans:
        raise PlanError(f"{id_}: plans for any, silent and not, are needed")
    try:
        counted = tuple(str(one) for one in merged["false_alarm_kinds"])
        _check_kinds(f"{id_}: false_alarm_kinds", counted)
        return Jurisdiction(
            id_,
            str(merged["name"]),
            plans,
            (int(merged["first_action_s"][0]), int(merged["first_action_s"][1])),
            int(merged["false_alarms_max"]),
            int(merged["false_alarm_days"]),
            counted,
            tuple(unconfirmed),
            tuple(merged.get("sources", ())),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PlanError(f"{id_}: {error!r} is missing or wrong") from error


ANY = "any"
FILE_KEYS = (
    *("inherits", "name", "first_action_s", "false_alarms_max", "false_alarm_days"),
    *("false_alarm_kinds", "unconfirmed", "sources", "plan"),
)
PLAN_KEYS = ("kinds", "silent", "premises", "steps", "outcomes", "hints")
STEP_KEYS = ("text", "calls", "when")
KINDS = frozenset({*KIND_NAMES.values(), ANY, "security"})
"""Kinds that a plan may name: those of the wire, what the receiver finds itself, and any."""


def _chain(id_: str, load: Callable[[str], dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The file of `id_`, then the one it inherits from, and so on; each with its name."""
    chain: list[tuple[str, dict[str, Any]]] = []
    seen: list[str] = []
    name: str | None = id_
    while name:
        if name in seen:
            raise PlanError(f"{id_}: {' -> '.join([*seen, name])} inherits in a circle")
        seen.append(name)
        chain.append((name, load(name)))
        name = chain[-1][1].get("inherits")
    return chain


def _check_keys(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise PlanError(f"{where}: {', '.join(unknown)} is not known; known: {', '.join(known)}")


def _check_kinds(where: str, kinds: Iterable[str]) -> None:
    unknown = [one for one in kinds if one not in KINDS and not NUMBERED.fullmatch(one)]
    if unknown:
        known = ", ".join(sorted(KINDS))
        raise PlanError(f"{where}: there is no kind {', '.join(unknown)}; there are {known}")


NUMBERED = re.compile(r"kind_(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])")
"""A kind of the wire that has no name here yet."""


def _plans(name: str, entries: Iterable[Any]) -> dict[tuple[str, bool], Plan]:
    """The plans of one file. Raises PlanError."""
    found: dict[tuple[str, bool], Plan] = {}
    for place, entry in enumerate(entries):
        where = f"{name}: plan {place + 1}"
        if not isinstance(entry, dict):
            raise PlanError(f"{where}: not a table; write [[plan]]")
        plan = _plan(where, entry)
        for kind in entry["kinds"]:
            if (kind, plan.silent) in found:
                said = "silent" if plan.silent else "not silent"
                raise PlanError(f"{where}: {kind}, {said}, has a plan in this file already")
            found[kind, plan.silent] = replace(plan, kind=kind)
    return found


def _plan(where: str, entry: dict[str, Any]) -> Plan:
    _check_keys(where, entry, PLAN_KEYS)
    try:
        outcomes = tuple(str(Outcome(one)) for one in entry["outcomes"])
        premises = Premises(entry["premises"])
        silent = entry["silent"]
        steps = tuple(
            _step(f"{where}, step {at + 1}", one) for at, one in enumerate(entry["steps"])
        )
        hints = tuple(str(one) for one in entry.get("hints", ()))
        kinds = [str(one) for one in entry["kinds"]]
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"{where}: {error}") from error
    if not isinstance(silent, bool):
        raise PlanError(f"{where}: silent is true or false, not {silent!r}")
    _check_kinds(where, kinds)
    plan = Plan(kinds[0] if kinds else "", silent, steps, premises, outcomes, hints)
    _check_plan(where, plan)
    return plan


def _check_plan(where: str, plan: Plan) -> None:
    """Raise PlanError for a plan that asks for what it forbids, or that leaves somebody alone."""
    if plan.silent and plan.premises is not Premises.NEVER:
        raise PlanError(f'{where}: a silent plan has premises = "never", not {plan.premises}')
    if plan.silent and Outcome.SAFE_BY_PHONE in plan.outcomes:
        raise PlanError(f"{where}: nobody is rung for a silent alarm, so none is safe_by_phone")
    if not (plan.kind and plan.outcomes and all(plan.texts(one) for one in When)):
        raise PlanError(
            f"{where}: kinds, steps and outcomes may not be empty; nor may the steps when the "
            "police come, or have withdrawn"
        )
    ringing = [one.text for one in plan.steps if one.calls is Calls.PREMISES]
    if ringing and plan.premises is Premises.NEVER:
        raise PlanError(f'{where}: the premises are never called, but "{ringing[0]}" calls them')


def _step(where: str, said: Any) -> Step:
    """A step: its words, or a table of its words and what they do."""
    table = {"text": said} if isinstance(said, str) else said
    if not isinstance(table, dict):
        raise PlanError(f"{where}: words, or a table with text, not {said!r}")
    _check_keys(where, table, STEP_KEYS)
    text = table.get("text")
    if not isinstance(text, str) or not text.strip():
        raise PlanError(f"{where}: its text is missing")
    calls, when = table.get("calls"), table.get("when")
    try:
        return Step(text, calls and Calls(calls), when and When(when))
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from error
