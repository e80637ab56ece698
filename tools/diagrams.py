"""Draws the receiver's state tables into docs/states.md, as Mermaid diagrams and tables.

    python tools/diagrams.py            writes the page anew
    python tools/diagrams.py --check    says whether the page is what the tables say; exit 1 if not

The tables are those that the program runs by; nothing on the page is written by hand but its words.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarm_receiver.domain import interview, on_test, orders, roster, supervision, ticket
from alarm_receiver.domain.escalation import POLICIES, TicketClass, Waits
from alarm_receiver.domain.intake import Arrival, Desk, Stored, decide
from alarm_receiver.domain.ticket import Act, act_on, opened
from alarm_wire.frame import content_of
from alarm_wire.receipt import ACKNOWLEDGED
from alarm_wire.signal import BATTERY_LOW, PANIC, STARTED, TEST, Moment, Signal, kind_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).resolve().parents[1] / "docs" / "states.md"
NOW = 1_795_000_000_000
DEVICE = b"\x01" * 8
HEAD = """\
# States

Each state machine of the receiver is one table in `alarm_receiver/domain/`. This page is drawn
from those tables by `tools/diagrams.py`; a test fails when it is not what they say. What is not in
a table is refused by name, in the domain and where it matters by the database as well.
"""


def machine(table: Mapping[Any, Any]) -> str:
    """A state table as a Mermaid diagram: one arrow for all acts between two states."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, act), after in table.items():
        arrows.setdefault((str(before or "[*]"), str(after)), []).append(str(act))
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [
        f"    {before} --> {after}: {', '.join(acts)}" for (before, after), acts in arrows.items()
    ]
    last = {str(after) for after in table.values()} - {
        str(before) for before, _ in table if before is not None
    }
    lines += [f"    {state} --> [*]" for state in sorted(last)]
    return "\n".join([*lines, "```"])


def grid(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def escalation(class_: TicketClass) -> str:
    """The default policy of a class: whom each round pages, and how long it waits."""
    policy = POLICIES[class_]
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> round_0: opened"]
    for place, step in enumerate(policy.steps):
        paged = ", ".join(step.targets) or "the desk"
        after = min(place + 1, len(policy.steps) - 1)
        lines.append(f"    round_{place}: round {place}, pages {paged}")
        lines.append(f"    round_{place} --> round_{after}: nobody took it in {step.wait_s} s")
        lines.append(f"    round_{place} --> taken: acknowledge")
    lines.append(f"    taken --> round_1: nobody worked on it in {policy.acknowledged_s} s")
    lines.append("    taken --> help_sent: dispatch")
    lines.append(f"    help_sent --> round_1: no outcome in {policy.dispatched_s} s")
    lines += ["    taken --> [*]: close", "    help_sent --> [*]: close", "```"]
    return "\n".join(lines)


def answers() -> Iterator[tuple[str, ...]]:
    """The interview's branches."""
    given = (None, *interview.YES_NO)
    for safe, medical in itertools.product(given, given):
        yield safe or "not asked", medical or "not asked", str(interview.BRANCHES[safe, medical])


def endings() -> Iterator[tuple[str, ...]]:
    """What an emergency still needs before it ends, by asking the rule."""
    answered = {branch: pair for pair, branch in reversed(interview.BRANCHES.items())}
    for threat, (branch, pair) in itertools.product((False, True), answered.items()):
        if threat and branch is not interview.Branch.DISPATCH:
            continue  # whatever is answered, it asks for help
        given = dict.fromkeys(interview.REQUIRED, "told")
        given |= {one: said for one, said in zip(interview.DECIDING, pair, strict=True) if said}
        for helped in (False, True):
            for outcome in ("safe_by_phone", "attended", "false_alarm"):
                yield (
                    "yes" if threat else "no",
                    str(branch),
                    "yes" if helped else "no",
                    outcome,
                    *(_needs(threat, given, helped, outcome, text) for text in ("", "told")),
                )


def _needs(
    threat: bool, given: Mapping[interview.Question, str], helped: bool, outcome: str, text: str
) -> str:
    made, _ = opened(
        "t",
        agency="own",
        site="s",
        class_=TicketClass.EMERGENCY,
        number=1,
        now_ms=NOW,
        actor="device:x",
        detail={"signal": {"kind": "hold_up" if threat else "panic"}},
    )
    ending = interview.Ending(ticket.Outcome(outcome), helped, text)
    return ", ".join(interview.missing(made, ending, given)) or "ends"


def intake() -> Iterator[tuple[str, ...]]:
    """What the intake decides, by asking it: every kind of arrival at every kind of desk."""
    kinds = ((PANIC, 0), (BATTERY_LOW, 0), (BATTERY_LOW, TEST), (STARTED, 0))
    for (kind, flags), tested in itertools.product(kinds, (False, True)):
        for meeting in ("new", "same", "other"):
            for live in ("none", "open", "taken") if meeting == "new" else ("none",):
                yield _decided(kind, flags, meeting, live, tested=tested)


def _decided(kind: int, flags: int, meeting: str, live: str, *, tested: bool) -> tuple[str, ...]:
    said = Signal(DEVICE, 1, 1, kind, flags=flags)
    arrival = Arrival(said, Moment(1, 0), content_of(said), DEVICE.hex(), "own", "s", NOW)
    desk = Desk({}, {}, {"own": 1}, on_test={"s": [frozenset()]} if tested else {})
    if meeting != "new":
        content = arrival.frame if meeting == "same" else b"other"
        desk.stored[arrival.identity] = Stored(content, "t", acknowledged=False)
    for class_ in TicketClass if live != "none" else ():
        desk.live["s", class_] = _live(class_, taken=live == "taken")
    (verdict,), work = decide([arrival], desk, NOW)
    if verdict.refusal:
        answer = "refused: identity reused"
    else:
        answer = "acknowledged" if verdict.state == ACKNOWLEDGED else "stored"
    done = [f"{one.act} ({work.tickets[one.ticket].class_})" for one in work.entries]
    name = kind_name(kind) + (" with its test flag" if flags else "")
    return (
        name,
        "on test" if tested else "not",
        {"new": "new", "same": "same content", "other": "other content"}[meeting],
        live,
        ", ".join(done) or ("counted again" if work.duplicates else "kept, no ticket"),
        answer,
    )


def _live(class_: TicketClass, *, taken: bool) -> ticket.Ticket:
    made, _ = opened(
        f"live-{class_}",
        agency="own",
        site="s",
        class_=class_,
        number=1,
        now_ms=NOW,
        actor="device:x",
        detail={},
        waits=Waits((1,), 1, 1),
    )
    # Confirmed already, so that the table shows the arrival alone.
    made, _ = act_on(made, Act.CONFIRM, now_ms=NOW, actor="device:x")
    if taken:
        made, _ = act_on(made, Act.ACKNOWLEDGE, now_ms=NOW, actor="operator:x")
    return made


WORDS = {
    "Ticket": "`domain/acts.py`. Every state but `closed` has a deadline.",
    "Intake": "`domain/intake.py`, asked for every kind of arrival.",
    "Escalation": "`domain/escalation.py`: a new agency's policies. The last round repeats.",
    "Interview": "`domain/interview.py`. Two answers decide.",
    "Ending": "`domain/interview.py`, asked for every ending of an emergency. A threat is a "
    "hold-up, a duress or a silent alarm. What is missing but `by_phone` and `questions` a "
    "supervisor may do without, with a reason; the response plan may allow fewer outcomes.",
    "Supervision": "`domain/supervision.py`: a gateway, as the receiver hears it.",
    "On test": "`domain/on_test.py`. No state of a test diverts an emergency.",
    "Duty": "`domain/roster.py`. Every duty that has not ended has a deadline.",
    "Order": "`domain/orders.py`: what a keypad shall have. It moves by what the keypad says.",
}


def page() -> str:
    """The whole page."""
    arrivals = ("signal", "site", "identity", "live ticket", "what is written", "answer")
    ended = ("threat", "answers ask for", "help sent", "outcome", "without words", "with words")
    policies = (f"### {class_}\n\n{escalation(class_)}" for class_ in TicketClass)
    drawn = {
        "Ticket": machine(ticket.NEXT),
        "Intake": grid(arrivals, intake()),
        "Escalation": "\n\n".join(policies),
        "Interview": grid(("safe?", "medical help?", "what follows"), answers()),
        "Ending": grid(ended, endings()),
        "Supervision": machine(supervision.NEXT),
        "On test": machine(on_test.NEXT),
        "Duty": machine(roster.NEXT),
        "Order": machine(orders.NEXT),
    }
    parts = [f"\n## {name}\n\n{WORDS[name]}\n\n{some}\n" for name, some in drawn.items()]
    return HEAD + "".join(parts)


def main() -> int:
    """Write the page, or check it."""
    made = page()
    if "--check" in sys.argv[1:]:
        if PAGE.is_file() and PAGE.read_text("utf-8") == made:
            return 0
        print(f"{PAGE.name} is not what the tables say; run: python tools/diagrams.py")
        return 1
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
