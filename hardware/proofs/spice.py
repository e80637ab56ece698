"""Runs ngspice in batch and reads its raw file. It knows no circuit."""

from __future__ import annotations

import array
import shutil
import subprocess
import tempfile
from pathlib import Path

from hardware.errors import ToolError

TIMEOUT_S = 120


def find() -> str:
    """The path of ngspice, or `ToolError` with the remedy."""
    path = shutil.which("ngspice")
    if path is None:
        raise ToolError("ngspice is not installed: `make system` installs it")
    return path


def waveforms(deck: str, names: list[str]) -> dict[str, array.array[float]]:
    """Run `deck` (without .control and .end) and return the vectors `names`, first one the axis."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "out.raw")
        control = (
            f".control\nset filetype=binary\nrun\nwrite {raw} {' '.join(names)}\nquit 0\n.endc\n"
        )
        circuit = Path(folder, "circuit.cir")
        circuit.write_text(f"{deck}\n{control}.end\n", "utf-8")
        done = subprocess.run(  # noqa: S603 - our own deck
            [find(), "-b", str(circuit)],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if not raw.is_file():
            said = (done.stdout + done.stderr)[-800:]
            raise ToolError(f"ngspice gave no result, look at the deck: {said}")
        return _read(raw.read_bytes(), names)


def _read(raw: bytes, names: list[str]) -> dict[str, array.array[float]]:
    """Columns of a binary raw file: rows of doubles after the head, which names the columns."""
    head, _, body = raw.partition(b"Binary:\n")
    listed = head.decode().split("Variables:")[-1].split("\n")[1:]
    columns = [line.split()[1].lower() for line in listed if line.strip()]
    values = array.array("d")
    values.frombytes(body[: len(body) // 8 * 8])
    try:
        return {name: values[columns.index(name) :: len(columns)] for name in names}
    except ValueError:
        raise ToolError(f"ngspice wrote {columns}, not all of {names}: look at the deck") from None


def operating_points(deck: str, nodes: list[str]) -> list[float]:
    """Voltages of `nodes` in the deck's operating point."""
    found = waveforms(f"{deck}\n.op", [f"v({node})" for node in nodes])
    return [float(found[f"v({node})"][0]) for node in nodes]
