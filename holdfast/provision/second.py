"""The second receiver of a site: what is registered at the first is registered there as well.

Gateways send every signal to both, and a receiver refuses what a device sends that it does not
know. A keypad's key is nowhere but on the keypad and at its receivers, so it has to be told to both
in one go: nobody can make up for it later.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.provision.receiver import Receiver, read_token

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN_FILE = Path(".holdfast-token-second")

SecondUrl = Annotated[
    str,
    typer.Option("--second", help="the site's second receiver", envvar="HOLDFAST_SECOND_RECEIVER"),
]
SecondToken = Annotated[
    Path | None,
    typer.Option("--second-token-file", help=f"its token, mode 600; default: {TOKEN_FILE} at home"),
]
SecondCa = Annotated[Path | None, typer.Option("--second-ca-file", help="its authority")]


@dataclass(frozen=True)
class Second:
    """The second receiver, and the site as that one knows it."""

    asked: Receiver
    house: dict[str, Any]


@contextlib.contextmanager
def second_of(
    url: str, token_file: Path | None, ca_file: Path | None, account: str
) -> Iterator[Second | None]:
    """The second receiver, asked for the site; None when there is none. Raises ProvisionError."""
    if not url:
        yield None
        return
    token = read_token(token_file or Path.home() / TOKEN_FILE)
    with Receiver(url, token, ca_file=ca_file) as asked:
        yield Second(asked, asked.site(account))
