"""`holdfast label`: labels of keypads and notices, into a folder, ready for the printer.

Fields come from the command line, from a CSV file, or from the receiver's list of devices. A key
is never asked for and never read.
"""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from holdfast.labels import LabelError, fonts, notice, pdf, svg
from holdfast.labels.layout import Drawing, Keypad, label

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

SHEET_MM = (70.0, 37.0)
"""24 on A4, the common sheet of 3 x 8."""
TAPE_MM = (62.0, 29.0)
"""62 mm endless tape, cut after each label."""
COLUMNS = ("device", "site", "account", "zone", "zone_name", "language")

Out = Annotated[Path, typer.Option(help="folder for the files")]
Font = Annotated[Path | None, typer.Option(help="a .ttf file instead of DejaVu Sans")]


@app.command("keypads")
def keypads(
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help=f"CSV with the columns {', '.join(COLUMNS)}")
    ] = None,
    device: Annotated[str, typer.Option(help="16 hexadecimal digits")] = "",
    site: Annotated[str, typer.Option(help="name of the site")] = "",
    account: Annotated[str, typer.Option(help="account of the site")] = "",
    zone: Annotated[int, typer.Option(help="number of the zone", min=0, max=65535)] = 1,
    zone_name: Annotated[str, typer.Option(help="name of the place")] = "",
    language: Annotated[str, typer.Option(help="language of the site")] = "en",
    first: Annotated[int, typer.Option(help="first free place on a begun A4 sheet")] = 0,
    out: Out = Path("labels"),
    font: Font = None,
) -> None:
    """Labels: an A4 sheet and 62 mm tape as PDF, and one SVG each."""
    with _said():
        if csv_file is not None:
            wanted = read_csv(csv_file)
        else:
            wanted = [Keypad(device, site, account, zone, zone_name, language)]
        for path in write(wanted, out, font, first=first):
            print(path)


@app.command("notice")
def notice_(
    number: Annotated[str, typer.Option(help="the line's number, as people dial it")],
    language: Annotated[list[str] | None, typer.Option(help="once for each sheet")] = None,
    size: Annotated[str, typer.Option(help="a4, a5 or a6")] = "a4",
    name: Annotated[str, typer.Option(help="who answers; stands at the foot")] = "",
    out: Out = Path("labels"),
    font: Font = None,
) -> None:
    """Notices for the public with the line's number, one page a language."""
    with _said():
        face = fonts.find(font)
        drawings = [
            notice.notice(number, one, face, size=size, name=name) for one in language or ["en"]
        ]
        out.mkdir(parents=True, exist_ok=True)
        path = out / "notice.pdf"
        path.write_bytes(pdf.pages(drawings, face, datetime.now(UTC)))
        print(path)
        for drawing in drawings:
            path = out / f"notice_{drawing.language}.svg"
            path.write_text(svg.svg(drawing), "utf-8")
            print(path)


def read_csv(path: Path) -> list[Keypad]:
    """The keypads in a CSV file. Raises LabelError with the line that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{path} cannot be read ({error}); give a CSV file in UTF-8") from error
    if not rows:
        raise LabelError(f"{path} has no lines; its first line must be {','.join(COLUMNS)}")
    found = []
    for number, row in enumerate(rows, 2):
        missing = [name for name in ("device", "site", "account", "zone") if not row.get(name)]
        if missing:
            raise LabelError(f"{path} line {number}: {', '.join(missing)} missing; fill it in")
        if not row["zone"].isascii() or not row["zone"].isdigit():
            raise LabelError(f"{path} line {number}: zone '{row['zone']}' is no number")
        found.append(
            Keypad(
                row["device"],
                row["site"],
                row["account"],
                int(row["zone"]),
                row.get("zone_name") or "",
                row.get("language") or "en",
            )
        )
    return found


def write(
    wanted: list[Keypad],
    out: Path,
    font: Path | None = None,
    *,
    first: int = 0,
    complete: bool = False,
) -> list[Path]:
    """Write `a4.pdf`, `tape.pdf` and DEVICE.svg for all of `wanted` into `out`; the paths.

    Sheets that are there already may not be printed yet: they stay, and these get the next number
    (`a4-2.pdf`), unless `wanted` is `complete`: it has all that they have.
    """
    face = fonts.find(font)
    made = datetime.now(UTC)
    on_sheet: list[Drawing] = [label(one, face, *SHEET_MM) for one in wanted]
    on_tape: list[Drawing] = [label(one, face, *TAPE_MM) for one in wanted]
    out.mkdir(parents=True, exist_ok=True)
    files = {
        _place(out / "a4.pdf", complete): pdf.sheets(on_sheet, face, made, first=first),
        _place(out / "tape.pdf", complete): pdf.pages(on_tape, face, made),
    }
    for one, drawing in zip(wanted, on_tape, strict=True):
        files[out / f"{one.device}.svg"] = svg.svg(drawing).encode()
    for path, content in files.items():
        path.write_bytes(content)
    return list(files)


def _place(path: Path, replace: bool) -> Path:
    """`path`, or the first of its numbered fellows that is free."""
    if replace or not path.exists():
        return path
    taken = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(one for one in taken if not one.exists())


class _said:  # noqa: N801  # reads as a phrase: with _said()
    """Turns a LabelError into one line on stderr and exit code 1."""

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, LabelError):
            print(f"holdfast label: {error}", file=sys.stderr)
            raise SystemExit(1)
