"""`holdfast flash`: MicroPython image, application, hashes; then the board is ready to provision.

Exit codes: 0 done, 1 it could not be done (the message says what to do), 2 wrong arguments.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from holdfast.flash import FlashError, build, chip, files, partitions, rom
from holdfast.flash import image as images
from holdfast.serial_board import Board, BoardError, check_free, find_port

app = typer.Typer(add_completion=False, help=__doc__)
ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = ROOT / "firmware" / "partitions.csv"
ROM_PARTITIONS = ROOT / "firmware" / "micropython_board" / "HOLDFAST_KEYPAD_S3" / "partitions.csv"
"""For an image whose own table has `romfs`."""
FRESH_S = 30.0
"""A chip that got a new image starts and formats its file system first."""
_BY_CABLE = "import esp32; n = esp32.NVS('holdfast'); n.set_i32('image', 0); n.commit()"
"""What came by cable runs next, not what came over the air before."""
OUT = Console(highlight=False, soft_wrap=True)


@app.command()
def flash(
    port: Annotated[str, typer.Option(help="serial port, or auto")] = "auto",
    image: Annotated[
        Path | None, typer.Option(help="MicroPython .bin to write first; leave out to keep it")
    ] = None,
    chip_name: Annotated[str, typer.Option("--chip", help="which chip the board has")] = "esp32s3",
    baud: Annotated[int, typer.Option(help="speed while the image is written")] = 460800,
    before: Annotated[
        str, typer.Option(help="esptool's reset before it connects")
    ] = "default-reset",
    erase: Annotated[
        bool, typer.Option("--erase", help="erase all flash: ring and keys too")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done")] = False,
    mpy_cross: Annotated[Path | None, typer.Option(help="another mpy-cross")] = None,
) -> None:
    """Put MicroPython and the application on a board. After a failure, do it again: it goes on."""
    try:
        compiler = mpy_cross or build.compiler()
        found = None if image is None else images.read(image, chip_name)
        in_place = found is not None and "romfs" in found.labels
        ours = ROM_PARTITIONS if in_place else PARTITIONS
        table = partitions.table(ours) if ours.exists() else None
        wanted = build.build(ROOT, compiler)
        if found is not None:
            OUT.print(f"image        {found.path.name}: {found.chip}, {found.version_text}")
            OUT.print(f"             {found.size} bytes, SHA-256 {found.sha256}")
            if in_place and not erase:
                OUT.print("             has ROMFS; a board that had another table needs --erase")
        size = sum(map(len, wanted.values()))
        major, minor = build.written_version(compiler)
        OUT.print(f"application  {len(wanted)} files, {size} bytes, .mpy {major}.{minor}")
        if dry_run:
            for path in sorted(wanted):
                OUT.print(f"  {files.sha256(wanted[path])[:16]}  {path}")
            OUT.print(f"dry run: nothing was written; the port would be {port}")
            return
        port = find_port(port)
        if found is not None:
            check_free(port)
            _write_image(found, table, port, baud=baud, before=before, erase=erase)
        _write_files(port, wanted, compiler, fresh=found is not None)
    except (FlashError, BoardError) as error:
        print(f"holdfast flash: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


def _write_image(
    found: images.Image, table: bytes | None, port: str, *, baud: int, before: str, erase: bool
) -> None:
    with _progress() as progress:
        task = progress.add_task("image", total=1.0)
        chip.write(
            found,
            table,
            port,
            baud=baud,
            before=before,
            erase=erase,
            moved=lambda part: progress.update(task, completed=part),
        )
        progress.update(task, completed=1.0)
    OUT.print("image        written and verified")


def _write_files(port: str, wanted: dict[str, bytes], compiler: Path, *, fresh: bool) -> None:
    with Board(port, patience_s=FRESH_S if fresh else 0.0) as board:
        version = board.value("(__import__('sys').version, __import__('sys').implementation._mpy)")
        OUT.print(f"board        {port}: {version[0]}")
        build.check_versions(compiler, build.read_version(version[1]), version[0])
        wanted = _into_rom(board, wanted)
        steps = files.plan(wanted, files.hashes(board))
        if steps.half:
            OUT.print(f"half-flashed {steps.right} files are right; going on where it stopped")
        if not steps.write and not steps.remove:
            OUT.print(f"files        all {len(wanted)} are right already")
            return
        with _progress() as progress:
            total = sum(len(wanted[path]) for path in steps.write)
            task = progress.add_task("files", total=total)

            def moved(path: str, count: int) -> None:
                progress.update(task, advance=count, description=path)

            files.put_right(board, wanted, steps, moved)
        files.verify(board, wanted)
        board.run(_BY_CABLE)
        OUT.print(
            f"files        {len(steps.write)} written, {len(steps.remove)} removed, all "
            f"{len(wanted)} verified by SHA-256 on the board"
        )
        board.finish()
    OUT.print("done         the board starts anew; next: make provision SITE=... ZONE=...")


def _into_rom(board: Board, wanted: dict[str, bytes]) -> dict[str, bytes]:
    """Put the application into ROMFS if the board has it; what is left to be files."""
    room = rom.third_bytes(board)
    if not room:
        return wanted
    content = rom.image(wanted)
    if len(content) > room:
        OUT.print(f"ROMFS        {room} bytes are too few for {len(content)}: files instead")
        return wanted
    if rom.lies_there(board, content):
        OUT.print(f"ROMFS        all {len(content)} bytes are right already")
    else:
        files.stop_application(board)
        with _progress() as progress:
            task = progress.add_task("ROMFS", total=len(content))
            rom.write(board, content, lambda count: progress.update(task, advance=count))
        OUT.print(f"ROMFS        {len(content)} bytes written, verified by SHA-256 on the board")
    return {path: wanted[path] for path in build.STARTED}


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=OUT,
        transient=True,
    )
