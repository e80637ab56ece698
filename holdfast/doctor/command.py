"""`holdfast doctor`: what is wrong here, one line each with the remedy. Code 1 if anything is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from holdfast.doctor import Finding, line, machine
from holdfast.provision import ProvisionError
from holdfast.provision.receiver import TOKEN_FILE, read_token

app = typer.Typer(add_completion=False, help=__doc__)
_MARKS = {True: "well", False: "WRONG", None: "-"}


@app.command()
def doctor(
    receiver: Annotated[
        str, typer.Option(help="address of a receiver to look at", envvar="HOLDFAST_RECEIVER")
    ] = "",
    ca_file: Annotated[Path | None, typer.Option(help="authority of the receiver")] = None,
    token_file: Annotated[Path | None, typer.Option(help="the installer's token")] = None,
    data: Annotated[Path | None, typer.Option(help="a receiver's data folder")] = None,
    gateway: Annotated[Path | None, typer.Option(help="a gateway's TOML file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Look at this machine and at what is named; change nothing."""
    path = token_file or Path.home() / TOKEN_FILE
    found = [*machine.examine(), machine.token(path)]
    if receiver:
        found += line.receiver(receiver, _token(path), ca_file)
    else:
        remedy = "name a receiver to compare with: --receiver or HOLDFAST_RECEIVER"
        found.append(Finding("clock", None, remedy))
    if data is not None:
        found += line.data(data)
    if gateway is not None:
        found += line.gateway(gateway)
    if as_json:
        print(json.dumps([vars(one) for one in found]))
    else:
        _show(found)
    if any(one.well is False for one in found):
        raise typer.Exit(1)


def _token(path: Path) -> str:
    try:
        return read_token(path) if path.exists() else ""
    except ProvisionError:
        return ""


def _show(found: list[Finding]) -> None:
    for one in found:
        print(f"{_MARKS[one.well]:<6} {one.what:<12} {one.text}")
