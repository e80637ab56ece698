"""`holdfast provision`: identity, key and settings onto keypads, and the receiver told of them.

The installer's token comes from a file that only he can read or from HOLDFAST_TOKEN, Wi-Fi and
broker passwords from the settings file: never from the command line, where process lists and shell
history would keep them.
"""

from __future__ import annotations

import getpass
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.labels import LabelError, fonts, layout
from holdfast.labels.command import TAPE_MM
from holdfast.labels.command import write as write_labels
from holdfast.labels.layout import Keypad
from holdfast.provision import ProvisionError, box, broker, gateway, keypad
from holdfast.provision.receiver import TOKEN_FILE, Receiver, read_token, write_token
from holdfast.provision.second import Second, SecondCa, SecondToken, SecondUrl, second_of
from holdfast.release import ReleaseError, image
from holdfast.serial_board import Board, BoardError, find_port

if TYPE_CHECKING:
    from types import TracebackType

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Url = Annotated[str, typer.Option(help="address of the receiver", envvar="HOLDFAST_RECEIVER")]
Token = Annotated[Path | None, typer.Option(help="file with the installer's token, mode 600")]
Ca = Annotated[Path | None, typer.Option(help="certificate authority of the receiver")]
Site = Annotated[str, typer.Option(help="account of the site")]
Port = Annotated[str, typer.Option(help="serial port, or auto")]
Settings = Annotated[
    Path, typer.Option(help="TOML file with the keypad's settings: host, wifi_ssid, ...")
]
Language = Annotated[str, typer.Option(help="language of the label")]
BrokerKeys = Annotated[
    Path | None, typer.Option(help="mosquitto's psk_file: the keypad's line is put there")
]
Out = Annotated[Path, typer.Option(help="folder for labels and the list of what is done")]
Maker = Annotated[
    Path | None, typer.Option(help="public key (.pub) of whose images keypads take over the air")
]
DONE = "provisioned.csv"


@app.command("keypad")
def one(
    site: Site,
    zone: Annotated[int, typer.Option(help="number of the zone", min=0, max=box.ZONE_MAX)],
    zone_name: Annotated[str, typer.Option(help="name of the place")] = "",
    port: Port = "auto",
    settings: Settings = Path("keypad.toml"),
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
    language: Language = "en",
    out: Out = Path("labels"),
    broker_keys: BrokerKeys = None,
    maker: Maker = None,
    second: SecondUrl = "",
    second_token_file: SecondToken = None,
    second_ca_file: SecondCa = None,
    again: Annotated[
        bool, typer.Option("--again", help="a provisioned keypad gets a new identity")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check all, write nothing")] = False,
) -> None:
    """Provision the keypad at PORT for one zone of a site, and make its label."""
    with _Said():
        wanted = read_settings(settings)
        other = second_of(second, second_token_file, second_ca_file, site)
        with Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked, other as also:
            house = asked.site(site)
            place = box.Place(zone, zone_name, port)
            made = provision(
                *(asked, house, place, wanted, language, broker_keys),
                again=again,
                dry_run=dry_run,
                maker=_maker(maker),
                second=also,
            )
        if made is not None:
            out.mkdir(parents=True, exist_ok=True)
            box.note(out / DONE, made.label, made.before)
            _say_labels(out)


@app.command("box")
def many(
    site: Site,
    csv_file: Annotated[Path, typer.Option("--csv", help="columns zone, zone_name, port")],
    settings: Settings = Path("keypad.toml"),
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
    language: Language = "en",
    out: Out = Path("labels"),
    broker_keys: BrokerKeys = None,
    maker: Maker = None,
    second: SecondUrl = "",
    second_token_file: SecondToken = None,
    second_ca_file: SecondCa = None,
    again: Annotated[bool, typer.Option("--again", help="as for one keypad")] = False,
) -> None:
    """Provision a box of keypads from a CSV file; a second run goes on where the first stopped."""
    with _Said():
        wanted = read_settings(settings)
        public = _maker(maker)
        places = box.read(csv_file)
        out.mkdir(parents=True, exist_ok=True)
        other = second_of(second, second_token_file, second_ca_file, site)
        with Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked, other as also:
            house = asked.site(site)
            there = box.done(out / DONE)
            ready = {it.zone for it in there if it.account == house["account"]}
            for number, place in enumerate(places, 1):
                print(f"[{number}/{len(places)}] ", end="", flush=True)
                if place.zone in ready:
                    print(f"zone {place.zone}: done before")
                    continue
                if not place.port:
                    _ask_for_board(place)
                made = provision(
                    *(asked, house, place, wanted, language, broker_keys),
                    again=again,
                    maker=public,
                    second=also,
                )
                if made is not None:
                    box.note(out / DONE, made.label, made.before)
        _say_labels(out)


@app.command("gateway")
def one_gateway(
    site: Site,
    out: Annotated[Path, typer.Option(help="folder for gateway.toml and gateway.key")] = Path(),
    folder: Annotated[str, typer.Option(help="where the gateway keeps its spool")] = "spool",
    zone_name: Annotated[str, typer.Option(help="name of the place where it stands")] = "",
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """Make a gateway's identity and file, and register it; once more for a second receiver."""
    with _Said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        house = asked.site(site)
        identity = gateway.prepared(out, gateway.Leads(asked.url, ca_file, folder))
        asked.register(
            identity.device,
            identity.key,
            site=house["id"],
            zone=0,
            zone_name=zone_name,
            kind="gateway",
        )
        file = out / gateway.FILE
        print(f"gateway {identity.device.hex()} of {house['name']} is registered at {asked.url}")
        print(f"its file: {file}  next: holdfast gateway setup --config {file}")


@app.command("revoke")
def revoke(
    device: Annotated[str, typer.Argument(help="16 hexadecimal digits, as on the label")],
    receiver: Url = "http://127.0.0.1:8480",
    token_file: Token = None,
    ca_file: Ca = None,
) -> None:
    """Have the receiver believe nothing that a keypad says from now on (lost, stolen, replaced)."""
    with _Said(), Receiver(receiver, read_token(token_file), ca_file=ca_file) as asked:
        plain = device.replace(" ", "").lower()
        asked.revoke(plain)
        print(f"{plain} is revoked; its key is worth nothing now")


@app.command("token")
def token(
    name: Annotated[str, typer.Option(help="the installer's name, as it stands in the record")],
    hours: Annotated[int, typer.Option(help="how long it opens", min=1, max=72)] = 8,
    account: Annotated[str, typer.Option(help="your name at the receiver")] = "",
    receiver: Url = "http://127.0.0.1:8480",
    ca_file: Ca = None,
    out: Annotated[Path | None, typer.Option(help=f"default: {TOKEN_FILE} at home")] = None,
) -> None:
    """For a supervisor: sign in and write a token for an installer into a file."""
    with _Said(), Receiver(receiver, "", ca_file=ca_file) as asked:
        who = account or input("Your name at the receiver: ")
        asked.sign_in(who, getpass.getpass("Password: "))
        sent = asked.send_out(name, hours)
        path = out or Path.home() / TOKEN_FILE
        write_token(path, sent["token"])
        print(f"token for {name} in {path}, until {sent['expires_at']}")


@dataclass(frozen=True)
class Made:
    """A keypad that is done: what its label says, and whom it was `before` ('' for a new board)."""

    label: Keypad
    before: str


def provision(
    asked: Receiver,
    house: dict[str, str],
    place: box.Place,
    settings: dict[str, object],
    language: str,
    broker_keys: Path | None = None,
    *,
    again: bool = False,
    dry_run: bool = False,
    maker: bytes = b"",
    second: Second | None = None,
) -> Made | None:
    """One keypad: board first (it proves its key), then receivers, then the old one revoked."""
    with Board(find_port(place.port)) as board:
        keypad.check_application(board)
        keypad.check_settings(board, {**settings, "zone": place.zone})
        before = keypad.who(board)
        if before and not again:
            raise ProvisionError(
                f"the keypad at {board.port} is provisioned as {before}; with --again it gets a "
                "new identity, that one is revoked, and what it has not delivered is forgotten"
            )
        if dry_run:
            print(f"dry run: zone {place.zone} of {house['name']} at {board.port} would do")
            return None
        identity = keypad.make_identity()
        device = identity.device.hex()
        label = _label(device, house, place, language)
        layout.label(label, fonts.find(), *TAPE_MM)  # a name that no label takes: refused here
        keypad.clean(board)
        keypad.write(board, identity, {**settings, "zone": place.zone}, maker)
        try:
            if broker_keys is not None:
                broker.add(broker_keys, identity, before)
            _register(asked, house, identity, place, settings)
            if second is not None:
                _register_second(asked, second, identity, place, settings)
        except ProvisionError:
            keypad.clean(board)  # a key that nobody knows would only look like a keypad
            raise
        if before:
            for receiver in (asked, second.asked) if second else (asked,):
                _revoke_old(receiver, before)
        board.finish()
    print(f"zone {place.zone} {place.zone_name}: keypad {device} is registered, and starts")
    return Made(label, before)


def _register(
    asked: Receiver,
    house: dict[str, str],
    identity: keypad.Identity,
    place: box.Place,
    settings: dict[str, object],
) -> None:
    asked.register(
        identity.device,
        identity.key,
        site=house["id"],
        zone=place.zone,
        zone_name=place.zone_name,
        board=str(settings.get("board", "")),
    )


def _register_second(
    first: Receiver,
    second: Second,
    identity: keypad.Identity,
    place: box.Place,
    settings: dict[str, object],
) -> None:
    """At both or at none: nobody could tell the second one the key later."""
    try:
        _register(second.asked, second.house, identity, place, settings)
    except ProvisionError:
        _revoke_old(first, identity.device.hex())
        raise


def _label(device: str, house: dict[str, str], place: box.Place, language: str) -> Keypad:
    where = (house["name"], house["account"], place.zone, place.zone_name)
    return Keypad(device, *where, language)


def _revoke_old(asked: Receiver, before: str) -> None:
    try:
        asked.revoke(before)
    except ProvisionError as error:
        print(f"note: {before} is not revoked at {asked.url}: {error}", file=sys.stderr)


def read_settings(path: Path) -> dict[str, object]:
    """The keypad's settings in a TOML file. Raises ProvisionError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ProvisionError(
            f"the keypad's settings {path} cannot be read ({error.strerror}); write at least the "
            'broker\'s address into it: host = "192.168.1.2"'
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProvisionError(f"{path} is not TOML: {error}") from None


def _maker(path: Path | None) -> bytes:
    if path is None:
        print("note: without --maker a new keypad takes no updates over the air", file=sys.stderr)
        return b""
    return image.read_public(path)


def _ask_for_board(place: box.Place) -> None:
    if not sys.stdin.isatty():
        raise ProvisionError(
            "nobody is there to plug boards in; give the column port in the CSV file"
        )
    input(f"plug in the keypad for zone {place.zone} {place.zone_name}, then press Enter ")


def _say_labels(out: Path) -> None:
    """Sheets of everything done so far: none that waits for the printer goes missing."""
    paths = write_labels(box.done(out / DONE), out, complete=True)
    print(f"labels: {paths[0]}, {paths[1]} and {len(paths) - 2} SVG")


class _Said:
    """Turns our errors into one line on stderr and exit code 1; nothing of a key can be in it."""

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, ProvisionError | BoardError | LabelError | ReleaseError):
            print(f"holdfast provision: {error}", file=sys.stderr)
            raise SystemExit(1) from None
