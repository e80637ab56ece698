"""`holdfast demo`: starts the line, takes presses, shows the five hops of each with milliseconds.

It promises to end cleanly on Ctrl-C, to leave no process behind, and in unattended use to exit
with 0 only if the keypad itself has seen the receipts `stored` and `acknowledged`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel

from hardware.emulated_board.board import BoardError
from holdfast.brokers import BrokerError
from holdfast.child import ChildError
from holdfast.demo.page import Page
from holdfast.hops import SHOWN, Journey
from holdfast.line import Line, LineError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
HELD_S = 0.15
"""How long the demo's finger stays on the button, and off it; a person's: 60 ms and more."""
WAIT_S = 30.0
LOOK_S = 0.2
RECEIPTS = ("stored", "acknowledged")
DEMO_URL = "HOLDFAST_RECEIVER_DEMO_URL"
FAULTS = (BoardError, BrokerError, ChildError, LineError)


class Demo:
    """A line, its page, and what is printed about it."""

    def __init__(self, folder: Path, broker: str, console: Console, *, covert: bool) -> None:
        self.console = console
        self._finger = threading.Lock()
        self._told: set[tuple[tuple[str, int, int], str]] = set()
        self.line = Line(folder, broker=broker, heard=self._heard, nvs={"covert": covert})
        self.page: Page | None = None

    def start(self) -> None:
        """Start all parts and the page; each step is shown."""
        facts: dict[str, Any] = {}
        self.page = Page(self.press, facts)
        os.environ[DEMO_URL] = self.page.address  # the console links to it
        with self.console.status("Starting") as status:
            self.line.start(lambda step: status.update(f"Starting: {step}"))
        facts |= {"console": self.line.console, "device": self.line.device.hex()}
        self.page.start()
        self.line.board.watch(self._lamp)

    def stop(self) -> None:
        """End everything, the page first."""
        os.environ.pop(DEMO_URL, None)
        if self.page is not None:
            self.page.stop()
        self.line.stop()

    def press(self) -> None:
        """One press of the red button, as a finger does it."""
        with self._finger:
            self.line.press()
            time.sleep(HELD_S)
            self.line.board.release()
            time.sleep(HELD_S)

    def _lamp(self, event: Any) -> None:
        if event.kind == "lamp" and self.page is not None:
            self.page.show("lamp", {"lamp": event.lamp})

    def _heard(self, hop: str, journey: Journey) -> None:
        if hop not in SHOWN or "pressed" not in journey.at:
            return
        ms = {name: journey.ms(name) for name in SHOWN if journey.ms(name) is not None}
        identity = (journey.device, journey.epoch, journey.number)
        if self.page is not None:
            news = {"epoch": journey.epoch, "number": journey.number, "ms": ms}
            self.page.show(f"{journey.epoch}.{journey.number}", news)
        told = "acknowledged" if hop == "acknowledged" else "stored"
        ready = hop == "acknowledged" or all(journey.complete(name) for name in SHOWN[:-1])
        if ready and (identity, told) not in self._told:
            self._told.add((identity, told))
            self.console.print(sentence(journey, told), highlight=False, soft_wrap=True)


def sentence(journey: Journey, hop: str) -> str:
    """One line about a journey that has come as far as `hop`."""
    if hop == "acknowledged":
        return f"  [blue]●[/] {journey.epoch}.{journey.number} acknowledged by an operator"
    hops = [f"{name} [b]{journey.ms(name) or 0:.1f}[/]" for name in SHOWN[:-1]]
    return f"  [green]●[/] {journey.epoch}.{journey.number}  pressed → " + " → ".join(hops) + " ms"


def report(line: Line, journey: Journey, ticket: dict[str, Any]) -> dict[str, Any]:
    """What `--json` prints: milliseconds of each hop, the ticket, what the keypad saw."""
    hops = []
    before = "pressed"
    for hop in SHOWN:
        since = journey.ms(hop)
        took = journey.ms(hop, before)
        if since is not None and took is not None:
            hops.append({"hop": hop, "ms": round(took, 2), "since_press_ms": round(since, 2)})
            before = hop
    seen = [state for state in RECEIPTS if journey.complete(state)]
    return {
        "ok": seen == list(RECEIPTS),
        "ticket": ticket.get("number"),
        "ticket_id": ticket.get("id"),
        "ticket_state": ticket.get("state"),
        "signal": {"device": journey.device, "epoch": journey.epoch, "number": journey.number},
        "hops": hops,
        "receipts_seen_by_keypad": seen,
        "lamp": line.board.lamp,
    }


def unattended(demo: Demo) -> dict[str, Any]:
    """Press once, acknowledge the ticket over the API, wait for the keypad to see it."""
    line = demo.line
    demo.press()
    journey = line.wait_journey(lambda one: one.complete("stored") and "pressed" in one.at, WAIT_S)
    if journey is None:
        raise LineError(f"the keypad saw no receipt 'stored' within {WAIT_S:.0f} s")
    ticket = line.tickets()[0]
    taken = line.call(
        "POST", f"/v1/tickets/{ticket['id']}/acknowledge", {"version": ticket["version"]}
    )
    line.wait_journey(lambda one: one is journey and one.complete("acknowledged"), WAIT_S)
    return report(line, journey, taken)


def attended(demo: Demo) -> None:
    """Take presses from the terminal and the page until Ctrl-C."""
    if demo.page is None:
        raise LineError("the demo has to be started first")
    demo.console.print(
        Panel(
            f"Red button     {demo.page.address}\n"
            f"Operator       {demo.line.console}\n"
            f"Sign in        name [b]{demo.line.operator}[/], password [b]{demo.line.password}[/]\n"
            "Press [b]Enter[/] here to press the button too; Ctrl-C ends everything.",
            title="Holdfast demo",
            expand=False,
        )
    )
    while True:
        ready = select.select([sys.stdin], [], [], LOOK_S)[0]
        if not ready:
            continue
        if not sys.stdin.readline():
            signal.pause()  # no terminal: the page's button goes on working until Ctrl-C
        demo.press()


@app.command()
def main(
    *,
    press: Annotated[bool, typer.Option(help="Press once, acknowledge over the API.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    exit_: Annotated[bool, typer.Option("--exit", help="End after the press.")] = False,
    broker: Annotated[str, typer.Option(help="embedded or mosquitto")] = "embedded",
    covert: Annotated[
        bool, typer.Option(help="The keypad shows nothing, as a silent one.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Keep everything in this empty folder.")] = None,
) -> None:
    """Start broker, receiver, gateway and a keypad on this machine, and press its red button."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # a shell that starts us in the background has us ignore SIGINT; Ctrl-C must end the demo
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if broker not in {"embedded", "mosquitto"}:
        raise typer.BadParameter("choose embedded or mosquitto", param_hint="--broker")
    if data is not None and data.exists() and any(data.iterdir()):
        raise typer.BadParameter(f"{data} is not empty; choose a new folder", param_hint="--data")
    if covert and press:
        raise typer.BadParameter(
            "a covert keypad shows nothing, so nobody can tell what it saw; leave one of them out",
            param_hint="--press",
        )
    console = Console(stderr=json_)
    code = 0
    with contextlib.ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-")))
        demo = Demo(folder, broker, console, covert=covert)
        stack.callback(demo.stop)
        try:
            demo.start()
            if press:
                outcome = unattended(demo)
                code = 0 if outcome["ok"] else 1
                if json_:
                    print(json.dumps(outcome), flush=True)
            if not exit_:
                attended(demo)
        except KeyboardInterrupt:
            console.print("\nEnding.")
        except FAULTS as error:
            console.print(f"[red]The demo cannot go on.[/] {error}", markup=True, highlight=False)
            code = 1
    raise SystemExit(code)
