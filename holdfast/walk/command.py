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
from holdfast.provision import AwayError, ProvisionError
from holdfast.provision.receiver import Receiver, read_token
from holdfast.walk import report
from holdfast.walk.course import ASKED, MARKED, Course, identity, warns_at_ms

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(add_completion=False, help=__doc__)
OUT = Console(highlight=False, soft_wrap=True)
MINUTES_MAX = 240
EXIT_LEFT = 3
ANSWERS = {"y": True, "yes": True, "n": False, "no": False}
"""Anything else is no answer: the question comes again."""
AWAY_S_MAX = 300.0
"""So long the receiver may be away: a telephone as modem, a lift, a restart."""
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
            course = Course()
            walk(asked, house, course, minutes, who, Asker())
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
    presses = f"/v1/sites/{house['id']}/presses"
    form = {"minutes": minutes, "reason": f"walk test, {who}"}
    before = asked.ask("GET", presses)
    if not before["buttons"]:
        raise ProvisionError(f"{house['name']} has no keypads; first: make provision")
    test = asked.ask("POST", f"/v1/sites/{house['id']}/tests", form)
    listed = asked.ask("GET", presses)  # since the first test that runs: an earlier one goes on
    since = f"{presses}?since_ms={listed['since_ms']}"
    from_ms, until_ms = before["now_ms"], before["now_ms"] + minutes * 60_000
    _begin(course, listed, house, test)
    warned = False
    try:
        while course.left or course.unanswered:
            if course.unanswered:
                _question(asked, presses, course, ask)
            else:
                time.sleep(_POLL_S)
            listed = _patient(asked, "GET", since)
            _say(course.hear(listed), course)
            if not warned and listed["now_ms"] >= warns_at_ms(from_ms, until_ms):
                warned = True
                OUT.print(f"the test ends at {test['until_at']}; {len(course.left)} are left")
            if listed["now_ms"] >= until_ms:
                OUT.print("the test has ended by itself")
                return
    except KeyboardInterrupt:
        OUT.print("stopped")
    _end(asked, house, test["id"])


def _patient(asked: Receiver, method: str, path: str, form: dict[str, object] | None = None) -> Any:
    """Ask, and go on asking while the receiver is away for a while; ProvisionError after that."""
    until_s = time.monotonic() + AWAY_S_MAX
    told = False
    while True:
        try:
            return asked.ask(method, path, form)
        except AwayError as error:
            if time.monotonic() >= until_s:
                raise
            if not told:
                OUT.print(f"note: {error}; trying on, what is pressed meanwhile is not lost")
                told = True
            time.sleep(_POLL_S)


def _begin(
    course: Course, listed: dict[str, Any], house: dict[str, Any], test: dict[str, Any]
) -> None:
    news = course.hear(listed)
    OUT.print(f"{house['name']} is on test until {test['until_at']}. Press each button once:")
    for button in course.left:
        OUT.print(f"  [ ] zone {button.zone} {button.zone_name}")
    _say(news, course)


def _end(asked: Receiver, house: dict[str, Any], test: str) -> None:
    try:
        asked.ask("POST", f"/v1/sites/{house['id']}/tests/{test}/end")
    except ProvisionError as error:
        OUT.print(f"note: {error}; the test ends by itself")


def _say(news: list[dict[str, Any]], course: Course) -> None:
    done = len(course.buttons) - len(course.left)
    for press in news:
        place = f"zone {press['zone']} {press['zone_name'] or ''}"
        least = "" if press["age_exact"] else "at least "
        if press["ticks"]:
            how = "marked by the keypad" if press["standing"] == MARKED else "your word"
            sent = f"sent after {least}{press['age_ms']} ms, {how}"
            OUT.print(f"  \\[x] {place}: {sent} ({done}/{len(course.buttons)})")
        elif press["standing"] == ASKED:
            OUT.print(f"[bold red]\\[!] {place}: {press['kind']}, not marked as a test[/]")


def _question(
    asked: Receiver, presses: str, course: Course, ask: Callable[[str], bool | None]
) -> None:
    press = course.unanswered[0]
    mine = ask(
        f"zone {press['zone']} was pressed at {press['received_at']}. Was that you? "
        "The desk has it as real. [y/n] "
    )
    if mine is None:
        return
    device, epoch, number = identity(press)
    _patient(asked, "POST", f"{presses}/{device}/{epoch}/{number}/word", {"mine": mine})
    OUT.print("written down" if mine else "written down; the desk goes on with it")


class Asker:
    """Asks at the terminal without holding up the list: each question once, until y or n.

    Without a terminal nobody can vouch for a press: then none is the installer's.
    """

    def __init__(self) -> None:
        self._asked = ""

    def __call__(self, question: str) -> bool | None:
        """The answer to `question`, None while there is none."""
        if not sys.stdin.isatty():
            return False
        if question != self._asked:
            self._asked = question
            OUT.print(question, end="", markup=False)
        if not select.select([sys.stdin], [], [], _POLL_S)[0]:
            return None
        self._asked = ""
        return ANSWERS.get(sys.stdin.readline().strip().lower())
