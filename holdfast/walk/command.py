"""`holdfast walk-test`: the site on test, a list that ticks, questions about what nobody expected.

Exit codes: 0 every button was heard, 1 it could not be done, 3 buttons are left or a press was not
the installer's.
"""

from __future__ import annotations

import select
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from holdfast.labels import LabelError, fonts
from holdfast.provision import ProvisionError
from holdfast.provision.receiver import Receiver, read_token
from holdfast.walk import report
from holdfast.walk.course import Course, identity, warns_at_ms

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(add_completion=False, help=__doc__)
OUT = Console(highlight=False, soft_wrap=True)
MINUTES_MAX = 240
EXIT_LEFT = 3
_POLL_S = 0.5


@app.command()
def walk_test(
    site: Annotated[str, typer.Option(help="account of the site")],
    minutes: Annotated[
        int, typer.Option(help="the test ends by itself", min=1, max=MINUTES_MAX)
    ] = 30,
    who: Annotated[str, typer.Option(help="who walks; stands in the report")] = "installer",
    receiver: Annotated[
        str, typer.Option(help="address of the receiver", envvar="HOLDFAST_RECEIVER")
    ] = "http://127.0.0.1:8480",
    token_file: Annotated[Path | None, typer.Option(help="file with the token, mode 600")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="authority of the receiver")] = None,
    out: Annotated[Path, typer.Option(help="the report")] = Path("walk-test.pdf"),
) -> None:
    """Put a site on test and tick each button that is pressed, until all are or time is up."""
    try:
        face = fonts.find()
        with Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
            house = asked.site(site)
            course = Course.of(asked.devices(house["id"]))
            walk(asked, house, course, minutes, who, _ask)
        out.write_bytes(report.pdf(course, house, who, datetime.now(UTC), face))
    except (ProvisionError, LabelError, OSError) as error:
        print(f"holdfast walk-test: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    for button in course.left:
        OUT.print(f"not pressed  zone {button.zone} {button.zone_name} ({button.device})")
    OUT.print(f"report: {out}")
    if course.left or course.strangers:
        raise typer.Exit(EXIT_LEFT)


def walk(
    asked: Receiver,
    house: dict[str, Any],
    course: Course,
    minutes: int,
    who: str,
    ask: Callable[[str], bool | None],
) -> None:
    """Go through the test. `ask` gives the installer's answer, or None while there is none."""
    if not course.buttons:
        raise ProvisionError(f"{house['name']} has no keypads; first: make provision")
    presses = f"/v1/sites/{house['id']}/presses"
    since_ms = asked.ask("GET", presses)["now_ms"]
    form = {"minutes": minutes, "reason": f"walk test, {who}"}
    test = asked.ask("POST", f"/v1/sites/{house['id']}/tests", form)
    until_ms = since_ms + minutes * 60_000
    warned = False
    OUT.print(f"{house['name']} is on test until {test['until_at']}. Press each button once:")
    for button in course.buttons:
        OUT.print(f"  [ ] zone {button.zone} {button.zone_name}")
    try:
        while course.left or course.unanswered:
            heard = asked.ask("GET", f"{presses}?since_ms={since_ms}")
            for press in course.hear(heard["presses"]):
                _say(press, course)
            if course.unanswered:
                _question(asked, presses, course, ask)
            if not warned and heard["now_ms"] >= warns_at_ms(since_ms, until_ms):
                warned = True
                OUT.print(f"the test ends at {test['until_at']}; {len(course.left)} are left")
            if heard["now_ms"] >= until_ms:
                OUT.print("the test has ended by itself")
                return
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        OUT.print("stopped")
    _end(asked, house, test["id"])


def _end(asked: Receiver, house: dict[str, Any], test: str) -> None:
    try:
        asked.ask("POST", f"/v1/sites/{house['id']}/tests/{test}/end")
    except ProvisionError as error:
        OUT.print(f"note: {error}; the test ends by itself")


def _say(press: dict[str, Any], course: Course) -> None:
    done = len(course.buttons) - len(course.left)
    place = f"zone {press['zone']} {press['zone_name'] or ''}"
    if press in course.questions:
        OUT.print(f"[bold red]\\[!] {place}: {press['kind']} that nobody expected[/]")
        return
    least = "" if press["age_exact"] else "at least "
    OUT.print(
        f"  \\[x] {place}: sent after {least}{press['age_ms']} ms ({done}/{len(course.buttons)})"
    )


def _question(
    asked: Receiver, presses: str, course: Course, ask: Callable[[str], bool | None]
) -> None:
    press = course.unanswered[0]
    mine = ask(
        f"zone {press['zone']} was pressed again at {press['received_at']}. Was that you? "
        "The desk has it as real. [y/n] "
    )
    if mine is None:
        return
    course.answers[identity(press)] = mine
    device, epoch, number = identity(press)
    asked.ask("POST", f"{presses}/{device}/{epoch}/{number}/word", {"mine": mine})
    OUT.print(
        "written on its ticket" if mine else "written on its ticket; the desk goes on with it"
    )


def _ask(question: str) -> bool | None:
    """The installer's answer, without holding up the list; without a terminal: not his."""
    if not sys.stdin.isatty():
        return False
    OUT.print(question, end="")
    if not select.select([sys.stdin], [], [], _POLL_S)[0]:
        return None
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
