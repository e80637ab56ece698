"""`holdfast release`: the maker's key, and signed images for updates over the air.

Exit codes: 0 done, 1 it could not be done (the message says what to do), 2 wrong arguments.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from holdfast.flash import FlashError, build
from holdfast.release import ReleaseError, image

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
ROOT = Path(__file__).resolve().parents[2]


@app.command()
def key(file: Annotated[Path, typer.Argument(help="where the private key goes")]) -> None:
    """Make the maker's key, once: FILE stays with the maker, FILE.pub goes onto every keypad."""
    try:
        image.make_key(file)
    except (ReleaseError, OSError) as error:
        _fail(error)
    print(f"{file}: keep it off every machine that serves anybody; {file}.pub: for the keypads")


@app.command("build")
def build_image(
    version: Annotated[str, typer.Option(help="MAJOR.MINOR.PATCH; higher than every one before")],
    out: Annotated[Path, typer.Option(help="the image to write")],
    key_file: Annotated[
        Path | None, typer.Option("--key", help="the maker's private key; without: not signed")
    ] = None,
) -> None:
    """Compile the application as VERSION and pack it; sign it if the key is on this machine."""
    try:
        wanted = image.read_version(version)
        maker = image.read_key(key_file) if key_file else None
        compiler = build.compiler()
        files = build.build(ROOT, compiler, wanted)
        whole = image.unsigned(files, wanted, build.written_version(compiler)[0])
        whole = image.sign(whole, maker) if maker else whole
        out.write_bytes(whole)
    except (ReleaseError, FlashError, OSError) as error:
        _fail(error)
    print(f"{out}: version {version}, {_told(whole)}")
    if maker is None:
        print("not signed: holdfast release sign, where the maker's key is")


@app.command()
def sign(
    unsigned: Annotated[Path, typer.Argument(help="the image from holdfast release build")],
    key_file: Annotated[Path, typer.Option("--key", help="the maker's private key")],
    out: Annotated[Path, typer.Option(help="the signed image to write")],
) -> None:
    """Sign an image, on the machine that has the key; no network is used."""
    try:
        whole = image.sign(unsigned.read_bytes(), image.read_key(key_file))
        out.write_bytes(whole)
    except (ReleaseError, OSError) as error:
        _fail(error)
    print(f"{out}: signed, {_told(whole)}")


def _told(whole: bytes) -> str:
    return f"{len(whole)} bytes, SHA-256 {hashlib.sha256(whole).hexdigest()}"


def _fail(error: Exception) -> None:
    print(f"holdfast release: {error}", file=sys.stderr)
    raise typer.Exit(1) from None
