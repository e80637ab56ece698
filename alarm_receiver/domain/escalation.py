"""How long a ticket may rest, and who is told when nobody acts: policies as data.

It promises that a policy always has a next step: the last one repeats for ever. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

STEPS_MAX = 20
WAIT_S_MAX = 86_400
EMERGENCY_WAIT_S_MAX = 300
"""An emergency that nobody has taken goes on within five minutes, whatever the policy."""
PARK_MS_MAX = 600_000
"""A ticket may be parked ten minutes; longer is forgetting."""
PARKS_MAX = 2
"""Put aside more often than this, a ticket waits for something that a supervisor should know of."""
TARGETS = ("role", "operator", "agency", "team", "shift")
HEAD_START_MS = 10_000
"""What one receiver of a pair has not claimed in this time, the next one shows."""
TRANSFER_MS = 30_000
"""Whoever a ticket was passed to does something with it in this time, or the desk has it again."""
TRANSFERS_MAX = 2
"""A caller passed on more often ends with a supervisor."""


class TicketClass(StrEnum):
    """What a ticket is about. A site has at most one live ticket of each class."""

    EMERGENCY = "emergency"
    TECHNICAL = "technical"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a live ticket may rest: `open_ms` by round (the last repeats for ever)."""

    open_ms: tuple[int, ...]
    acknowledged_ms: int
    dispatched_ms: int

    def open_wait_ms(self, round_: int) -> int:
        """How long the ticket waits in `round_` before the next one."""
        return self.open_ms[min(round_, len(self.open_ms) - 1)]

    def behind(self, class_: TicketClass, position: int) -> Waits:
        """The waits of a receiver in `position` of a pair; 0 is the first."""
        if not position:
            return self
        quiet = (position * HEAD_START_MS, *self.open_ms[:1])[: quiet_rounds(class_, position)]
        return replace(self, open_ms=(*quiet, *self.open_ms))

    @property
    def longest_ms(self) -> int:
        """The longest that a ticket may rest in any state; a deadline further off is a mistake."""
        return max(*self.open_ms, self.acknowledged_ms, self.dispatched_ms, PARK_MS_MAX)


def quiet_rounds(class_: TicketClass, position: int) -> int:
    """How many rounds of a receiver in `position` page nobody, before the policy's own steps.

    One, the head start of the receivers before it. What is no emergency has a second, as long as
    the policy's first: it is on the screen by then, and the first receiver has paged for it.
    """
    if not position:
        return 0
    return 1 if class_ is TicketClass.EMERGENCY else 2


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to page, and how long to wait for one of them.

    A target is "role:NAME", "operator:NAME", "agency:NAME", "team:NAME", or "shift:*" and
    "shift:ROLE" for those on duty now; the desk's own page needs no step.
    """

    wait_s: int
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps one after the other, the last again and again, until somebody acknowledges."""

    steps: tuple[Step, ...]
    acknowledged_s: int
    dispatched_s: int
    waits: Waits = field(init=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= STEPS_MAX:
            raise ValueError(f"a policy has 1 to {STEPS_MAX} steps, not {len(self.steps)}")
        for wait_s in (*(one.wait_s for one in self.steps), self.acknowledged_s, self.dispatched_s):
            if not 1 <= wait_s <= WAIT_S_MAX:
                raise ValueError(f"a wait has 1 to {WAIT_S_MAX} seconds, not {wait_s}")
        for step in self.steps:
            for target in step.targets:
                check_target(target)
        waits = Waits(
            tuple(one.wait_s * 1000 for one in self.steps),
            self.acknowledged_s * 1000,
            self.dispatched_s * 1000,
        )
        object.__setattr__(self, "waits", waits)

    def targets(self, round_: int) -> tuple[str, ...]:
        """Whom to page when `round_` begins."""
        return self.steps[min(round_, len(self.steps) - 1)].targets


def unfit(class_: TicketClass, policy: Policy) -> str:
    """Why `policy` must not be put in force for `class_`; empty when it may."""
    if class_ is not TicketClass.EMERGENCY:
        return ""
    longest_s = max(one.wait_s for one in policy.steps)
    if longest_s > EMERGENCY_WAIT_S_MAX:
        return (
            f"an emergency waits {EMERGENCY_WAIT_S_MAX} s in a step at the most, not {longest_s}: "
            "nobody has taken it yet"
        )
    if not policy.steps[-1].targets:
        return "the last step of an emergency repeats for ever, and must page somebody"
    return ""


def check_target(target: str) -> None:
    """Raise ValueError for a target that cannot be."""
    kind, _, name = target.partition(":")
    if kind not in TARGETS or not name or len(target) > 80:  # noqa: PLR2004 - the column
        listed = ", ".join(TARGETS)
        raise ValueError(f"a target is NAME after one of {listed} and a colon, not {target!r}")


POLICIES: dict[TicketClass, Policy] = {
    TicketClass.EMERGENCY: Policy(
        (
            Step(10, ("role:operator", "agency:*")),
            Step(20, ("role:operator", "role:supervisor")),
            Step(60, ("role:supervisor", "role:admin")),
        ),
        300,
        1_200,
    ),
    TicketClass.TECHNICAL: Policy(
        (Step(600, ("role:operator",)), Step(1_800, ("role:supervisor",))), 3_600, 14_400
    ),
    TicketClass.TEST: Policy((Step(600), Step(3_600)), 3_600, 14_400),
}
"""Defaults of a new agency. 10 s and 20 s: an unacknowledged emergency goes on to the next desk,
then to the supervisor, inside the 30 s in which 80 % of hold-ups are to be acted on (EN 50518)."""

WAITS: dict[TicketClass, Waits] = {class_: policy.waits for class_, policy in POLICIES.items()}
"""The waits of the default policies."""
