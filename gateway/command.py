"""`holdfast gateway ...`: the doors to a gateway. Thin: it reads the line and calls the parts."""

from __future__ import annotations

import json
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.config import Config
    from gateway.mosquitto import Setup

app = typer.Typer(help="The gateway at the premises.", no_args_is_help=True)

EXIT_CONFIG = 78
EXIT_HELD = 75
EXIT_UNWELL = 1
EXIT_NOT_RUNNING = 3

ConfigFile = Annotated[Path, typer.Option("--config", help="The gateway's TOML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
Folder = Annotated[Path, typer.Option("--folder", help="Where mosquitto's files are.")]
Address = Annotated[
    str | None, typer.Option("--address", help="Where keypads connect; as before, or 0.0.0.0.")
]
Port = Annotated[
    int | None, typer.Option("--port", help="The keypads' port, TLS-PSK; as before, or 8883.")
]
Keys = Annotated[
    Path | None,
    typer.Option("--keys", help="Keypads' keys of `provision --broker-keys`: add them."),
]

MOSQUITTO_FOLDER = Path("/etc/mosquitto/holdfast")
KEYPADS_ADDRESS = "0.0.0.0"  # noqa: S104 - keypads come from the network; TLS-PSK guards it
KEYPADS_PORT = 8883


@app.callback()
def gateway() -> None:
    """Carry signals from the keypads of a site to its receivers, and receipts back."""


@app.command()
def run(config: ConfigFile) -> None:
    """Run until SIGTERM; one JSON object a line on stderr."""
    from gateway.errors import FolderHeldError
    from gateway.journal import Journal
    from gateway.shell import Gateway

    try:
        made = Gateway(_load(config), Journal(sys.stderr))
    except FolderHeldError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_HELD) from None
    raise typer.Exit(made.run())


@app.command()
def status(config: ConfigFile, *, as_json: AsJson = False) -> None:
    """How the running gateway is: paths, spool, keypads, last signals. Code 1: look at it."""
    from gateway.status import lines, worries
    from gateway.window import SOCKET, state_of

    where = _load(config).folder / SOCKET
    try:
        state = state_of(where.parent)
    except (OSError, ValueError) as error:
        typer.echo(f"{where}: {error}; is the gateway running, and are you its user?", err=True)
        raise typer.Exit(EXIT_NOT_RUNNING) from error
    typer.echo(json.dumps(state) if as_json else "\n".join(lines(state)))
    raise typer.Exit(EXIT_UNWELL if worries(state) else 0)


@app.command()
def setup(
    config: ConfigFile,
    folder: Folder = MOSQUITTO_FOLDER,
    address: Address = None,
    port: Port = None,
    keys: Keys = None,
) -> None:
    """Write mosquitto's configuration, access lists and keys for this site's keypads."""
    from gateway.errors import ConfigError
    from gateway.mosquitto import read_keys, write

    loaded = _load(config)
    wanted = _setup(loaded, folder, address, port)
    password_file = Path(loaded.broker.password_file or config.parent / "broker-password")
    if not password_file.exists():
        password_file.touch(0o600)
        password_file.write_text(secrets.token_urlsafe(32) + "\n", "ascii")
    try:
        more = _keys(keys, read_keys)
        fresh = write(wanted, password_file.read_text("utf-8").strip(), more)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_CONFIG) from error
    typer.echo(f"Written: {folder}. Start mosquitto with -c {folder}/mosquitto.conf")
    if fresh:
        typer.echo(
            f"Made-up keys for {len(fresh)} keypads, in {folder}/keypads.psk: {' '.join(fresh)}. "
            "A provisioned keypad has its own: add it with --keys, from `provision --broker-keys`"
        )
    if more:
        typer.echo(f"Keys of {len(more)} keypads were added; restart or reload mosquitto")
    if loaded.broker.username != wanted.user or not loaded.broker.password_file:
        typer.echo(f'Put into {config}:\n[broker]\nusername = "{wanted.user}"')
        typer.echo(f'password_file = "{password_file.name}"')


@app.command()
def doctor(
    config: ConfigFile,
    folder: Folder = MOSQUITTO_FOLDER,
    address: Address = None,
    port: Port = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong: configuration, mosquitto, receivers, disk, clock. Code 1 if any."""
    from gateway.doctor import Finding, examine
    from gateway.mosquitto import faults

    loaded = _load(config)
    found = examine(loaded)
    if folder.exists():
        broken = faults(_setup(loaded, folder, address, port))
        found += [Finding("mosquitto", False, text) for text in broken]
        if not broken:
            found.append(Finding("mosquitto", True, f"{folder} is as it was written"))
    if as_json:
        typer.echo(json.dumps([{"what": f.what, "well": f.well, "text": f.text} for f in found]))
    else:
        for one in found:
            typer.echo(f"{'well' if one.well else 'WRONG':<6} {one.what}: {one.text}")
    raise typer.Exit(0 if all(one.well for one in found) else EXIT_UNWELL)


@app.command()
def unit(config: ConfigFile, user: str = "holdfast") -> None:
    """Print the systemd unit for this gateway; put it into /etc/systemd/system/."""
    from gateway.service import unit as text
    from gateway.service import unseen

    loaded = _load(config)
    program = Path(sys.prefix) / "bin" / "holdfast"
    file, folder = config.resolve(), loaded.folder.resolve()
    for note in unseen(program, file, folder):
        typer.echo(f"note: {note}", err=True)
    typer.echo(
        text(program=str(program), config=str(file), folder=str(folder), user=user), nl=False
    )


def _setup(loaded: Config, folder: Path, address: str | None, port: int | None) -> Setup:
    """As asked; what is not said stays as it was written last."""
    from gateway.mosquitto import Setup, listener_of

    before = listener_of(folder) or (KEYPADS_ADDRESS, KEYPADS_PORT)
    user = loaded.broker.username or loaded.broker.client_id
    return Setup(
        folder.resolve(),
        address or before[0],
        port or before[1],
        loaded.broker.port,
        user,
        loaded.keypads.devices,
    )


def _keys(path: Path | None, read: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """The keys in `path`, checked. Raises ConfigError."""
    from gateway.errors import ConfigError

    found = {} if path is None else read(path)
    good = all(re.fullmatch(r"[0-9a-f]{16}:[0-9a-f]{64}", ":".join(one)) for one in found.items())
    if path is not None and (not found or not good):
        raise ConfigError([f"{path}: holds no keys; each line is DEVICE:KEY, both hexadecimal"])
    return found


def _load(path: Path) -> Config:
    """The configuration; every fault on stderr and exit code 78 when there is any."""
    from gateway.config import load
    from gateway.errors import ConfigError

    try:
        return load(path)
    except ConfigError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(EXIT_CONFIG) from error


if __name__ == "__main__":
    app()
