"""`holdfast send`: settings and images to keypads that hang on the wall, and how far they got.

The token comes from a file that only its owner can read or from HOLDFAST_TOKEN; passwords stand in
the settings file, never on the command line. Exit codes: 0 all have taken it, 1 it could not be
done, 2 wrong arguments, 3 some failed, or are still under way when the time is up.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from alarm_receiver.domain.course import Course, share
from holdfast.provision import ProvisionError
from holdfast.provision.command import Ca, Settings, Token, Url, read_settings
from holdfast.provision.receiver import Receiver, read_token
from holdfast.release import ReleaseError
from holdfast.release.image import read_version, version_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
OUT = Console(highlight=False, soft_wrap=True)
EXIT_LEFT = 3
POLL_S = 0.5

Device = Annotated[str, typer.Option(help="one keypad: 16 hexadecimal digits, as on the label")]
Site = Annotated[str, typer.Option(help="all keypads of the site with this account")]
AtOnce = Annotated[int, typer.Option(help="so many at once, after the first", min=1, max=500)]
Failures = Annotated[int, typer.Option(help="more failures than this stop it", min=0)]
Percent = Annotated[
    int, typer.Option(help="only so many of them, always the same ones", min=1, max=100)
]
Minutes = Annotated[int, typer.Option(help="how long to wait for them; 0: do not wait", min=0)]


@app.command("settings")
def send_settings(
    settings: Settings = Path("keypad.toml"),
    device: Device = "",
    site: Site = "",
    percent: Percent = 100,
    at_once: AtOnce = 5,
    failures: Failures = 0,
    minutes: Minutes = 15,
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """Send new settings: all of them, in place of the old ones; each keypad keeps its zone."""
    with _said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        wanted = read_settings(settings)
        keypads = _keypads(asked, device, site)
        zones = {one["device"]: one["zone"] for one in keypads}

        def order(one: str) -> dict[str, Any]:
            form = {"settings": {**wanted, "zone": zones[one]}}
            return _row(asked.ask("POST", f"/v1/devices/{one}/settings", form))

        salt = hashlib.sha256(settings.read_bytes()).hexdigest()
        chosen = share(list(zones), percent, salt)
        course = Course(chosen, at_once=at_once, failures_max=failures)
        _run(asked, course, order, minutes, f"settings of {settings}", _orders(keypads))


@app.command("image")
def put_image(
    file: Annotated[Path, typer.Argument(help="the signed image from holdfast release")],
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """For an administrator: put a signed image into the receiver; no keypad gets it by this."""
    with _said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ProvisionError(f"{file} cannot be read ({error.strerror})") from None
        kept = asked.upload("/v1/images", content)
        boards = ", ".join(kept["boards"])
        OUT.print(f"version {kept['name']} for {boards}, SHA-256 {kept['digest']}", markup=False)


@app.command("update")
def send_update(
    version: Annotated[str, typer.Option(help="MAJOR.MINOR.PATCH of an image at the receiver")],
    device: Device = "",
    site: Site = "",
    percent: Percent = 100,
    at_once: AtOnce = 5,
    failures: Failures = 0,
    minutes: Minutes = 60,
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """Send an image: each keypad proves it, tries it, and goes back when nobody answers it."""
    with _said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        try:
            number = version_number(read_version(version))
        except ReleaseError as error:
            raise ProvisionError(str(error)) from None
        keypads = _keypads(asked, device, site)

        def order(one: str) -> dict[str, Any]:
            return _row(asked.ask("POST", f"/v1/devices/{one}/image", {"version": number}))

        chosen = share([one["device"] for one in keypads], percent, version)
        course = Course(chosen, at_once=at_once, failures_max=failures)
        _run(asked, course, order, minutes, f"image {version}", _orders(keypads))


@app.command("state")
def state(
    device: Device = "",
    site: Site = "",
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """What was ordered for keypads, and how far it got."""
    with _said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        keypads = _keypads(asked, device, site)
        zones = {one["device"]: one["zone"] for one in keypads}
        rows = [row for row in asked.every(_orders(keypads)) if row["device"] in zones]
        for row in rows:
            part = f"{row['place']}/{row['pieces']} " if row["pieces"] else ""
            OUT.print(
                f"zone {zones[row['device']]:<5} {row['device']}  {row['what']:<8} "
                f"{row['state']:<10} since {row['moved_at'][:19]}Z  {part}{row['reason']}".rstrip(),
                markup=False,
            )
        if not rows:
            OUT.print("nothing was ordered for them")


@app.command("call-off")
def call_off(
    device: Annotated[str, typer.Option(help="16 hexadecimal digits, as on the label")],
    what: Annotated[str, typer.Option(help="settings or image")] = "settings",
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """Send it no longer; what is at the broker already may still be taken."""
    with _said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        plain = _plain(device)
        asked.ask("POST", f"/v1/devices/{plain}/orders/{what}/call-off")
        OUT.print(f"{plain}: called off")


def _run(
    asked: Receiver,
    course: Course,
    order: Callable[[str], dict[str, Any]],
    minutes: int,
    what: str,
    orders: str,
) -> None:
    """Order, watch, order the next; say what became of each that failed."""
    count = len(course.left)
    until = time.monotonic() + minutes * 60
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*bar, console=OUT, disable=not OUT.is_terminal) as progress:
            task = progress.add_task(what, total=float(count))
            while not course.over:
                for one in course.due():
                    try:
                        course.ordered(order(one))
                    except ProvisionError as error:
                        course.refused(one, str(error))
                progress.update(task, completed=course.done)
                if course.over or time.monotonic() >= until:
                    break
                time.sleep(POLL_S)
                course.told(asked.every(orders))
    except KeyboardInterrupt:
        OUT.print("stopped by hand; what is under way goes on by itself: holdfast send state")
    _report(course, count)


def _report(course: Course, count: int) -> None:
    for device, why in course.failed.items():
        OUT.print(f"{device}  {why}", markup=False)
    OUT.print(f"{len(course.taken)} of {count} have taken it", end="")
    OUT.print(f", {len(course.failed)} failed" if course.failed else "", end="")
    if course.under_way:
        OUT.print(f", {len(course.under_way)} are under way: see holdfast send state", end="")
    if course.stopped and course.left:
        OUT.print(f"; stopped, {len(course.left)} got nothing", end="")
    OUT.print("")
    if len(course.taken) < count:
        raise typer.Exit(EXIT_LEFT)


def _keypads(asked: Receiver, device: str, site: str) -> list[dict[str, Any]]:
    """The keypads that are meant; ProvisionError when that is not clear, or none."""
    if bool(device) == bool(site):
        raise ProvisionError("say which keypads: --device DIGITS or --site ACCOUNT")
    house = quote(asked.site(site)["id"]) if site else ""
    found = [
        one
        for one in asked.every(f"/v1/devices?site={house}")
        if one["kind"] == "keypad" and not one["revoked"]
        if not device or one["device"] == _plain(device)
    ]
    if not found:
        raise ProvisionError(
            f"the receiver has no such keypad ({device or site}); see its label, or the list of "
            "devices on the site's page"
        )
    return found


def _orders(keypads: list[dict[str, Any]]) -> str:
    """Where the orders for these keypads of one site stand."""
    if len(keypads) == 1:
        return f"/v1/orders?device={keypads[0]['device']}"
    return f"/v1/orders?site={quote(keypads[0]['site'])}"


def _plain(device: str) -> str:
    return device.replace(" ", "").lower()


def _row(answer: Any) -> dict[str, Any]:
    return dict(answer)


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Turns our errors into one line on stderr and exit code 1."""
    try:
        yield
    except ProvisionError as error:
        print(f"holdfast send: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
