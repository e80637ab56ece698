"""`holdfast gateway ...`: the doors to a gateway. Thin: it reads the line and calls the shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The gateway at the premises.", no_args_is_help=True)

EXIT_CONFIG = 78

ConfigFile = Annotated[Path, typer.Option("--config", help="The gateway's TOML file.")]


@app.callback()
def gateway() -> None:
    """Carry signals from the keypads of a site to its receivers, and receipts back."""


@app.command()
def run(config: ConfigFile) -> None:
    """Run until SIGTERM; one JSON object a line on stderr."""
    from gateway.config import load
    from gateway.errors import ConfigError
    from gateway.journal import Journal
    from gateway.shell import Gateway

    try:
        loaded = load(config)
    except ConfigError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(EXIT_CONFIG) from error
    raise typer.Exit(Gateway(loaded, Journal(sys.stderr)).run())


if __name__ == "__main__":
    app()
