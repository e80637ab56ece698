"""A board at a serial port, as `flash` and `provision` use it: run a line, write a file, reset.

It promises that every failure is a BoardError that says what to do, and that what is sent to a
board (a key, for instance) is never part of an error, a log or a process list: it speaks to the
port itself and starts no program.

    BoardError           something about the board; says what, where and what to do
        NoPort           no such port, or none that looks like a board
        PortBusy         another program has it
        NoAnswer         nothing that speaks MicroPython's raw prompt
        BoardRefused     the board ran what was asked and failed
"""

from __future__ import annotations

import ast
import contextlib
import errno
import io
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from serial.tools import list_ports

if TYPE_CHECKING:
    from collections.abc import Callable

USB_VENDORS = {0x303A: "Espressif", 0x10C4: "CP210x", 0x1A86: "CH340", 0x0403: "FTDI"}
"""Vendors of the USB chips on ESP32 boards (usb.org)."""
_CHUNK_BYTES = 1024
_RESET_S = 10.0
_READ_S = 5.0
_RESTART_S = 20.0
"""A first start formats the file system: seconds on a large flash."""


class BoardError(Exception):
    """Something about the board; says what, where and what to do."""


class NoPort(BoardError):
    """There is no such port, or none that looks like a board, or several."""


class PortBusy(BoardError):
    """Another program has the port."""


class NoAnswer(BoardError):
    """Nothing that speaks MicroPython's raw prompt."""


class BoardRefused(BoardError):
    """The board ran what was asked and failed."""


def find_port(wanted: str) -> str:
    """`wanted`, or with `auto` the one port that looks like an ESP32. Raises NoPort."""
    if wanted != "auto":
        if not Path(wanted).exists():
            near = ", ".join(port.device for port in list_ports.comports()) or "none"
            raise NoPort(
                f"there is no port {wanted}; ports here: {near}. Plug the board in with a data "
                "cable, and on Linux be in the group dialout"
            )
        return wanted
    found = [port.device for port in list_ports.comports() if port.vid in USB_VENDORS]
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise NoPort(
            "no board found: no USB serial port of Espressif, CP210x, CH340 or FTDI. Use a data "
            "cable, or name the port with --port"
        )
    raise NoPort(f"several boards: {', '.join(found)}. Name one with --port, or unplug the others")


def check_free(port: str) -> None:
    """Refuse a port that another program uses, or that this user may not open."""
    try:
        serial.Serial(port, exclusive=True).close()
    except serial.SerialException as error:
        number = error.errno
        if number == errno.EACCES:
            raise PortBusy(
                f"{port} may not be opened by this user; on Linux: sudo usermod -aG dialout $USER, "
                "then log in again"
            ) from error
        if number in {errno.EAGAIN, errno.EBUSY} or "lock" in str(error).lower():
            raise PortBusy(
                f"{port} is in use{_users(port)}; close the serial monitor, mpremote or test that "
                "has it"
            ) from error
        raise NoPort(f"{port} cannot be opened ({error}); unplug and plug the board") from error
    except OSError as error:  # a pseudo terminal has no modem lines to lower when it closes
        if error.errno not in {errno.ENOTTY, errno.EINVAL}:
            raise


def _users(port: str) -> str:
    """Who has the port, as far as this user may see: ' by PROGRAM (PID), ...'."""
    target = os.path.realpath(port)
    users = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            held = {str(end.readlink()) for end in (process / "fd").iterdir()}
            if target in held and int(process.name) != os.getpid():
                name = (process / "comm").read_text("utf-8").strip()
                users.append(f"{name} ({process.name})")
    return " by " + ", ".join(users) if users else ""


class Board:
    """The board at `port`, stopped at its raw prompt while the `with` block runs."""

    def __init__(self, port: str, *, patience_s: float = 0.0) -> None:
        self.port = port
        self._transport: Any = None
        until_s = time.monotonic() + patience_s
        while self._transport is None:
            try:
                self._open()
            except BoardError:
                if time.monotonic() >= until_s:
                    raise
                time.sleep(0.25)  # a USB port that comes back has nothing to wait on

    def run(self, code: str) -> str:
        """Run `code`; what it printed. Raises BoardRefused with the last line of the error only."""
        try:
            return bytes(self._transport.exec(code)).decode("utf-8", "replace")
        except TransportExecError as error:
            last = (str(error.error_output).strip().splitlines() or ["no reason given"])[-1]
            raise BoardRefused(f"the board at {self.port} refused: {last}") from None
        except (TransportError, OSError):
            raise self._gone() from None

    def value(self, expression: str) -> Any:
        """The value of `expression` on the board, for values that Python can write down."""
        return ast.literal_eval(self.run(f"print(repr({expression}))").strip())

    def write_file(self, path: str, content: bytes, moved: Callable[[int], None]) -> None:
        """Write a file; `moved` hears how many bytes more are on the board."""
        for place in range(1, len(path.split("/"))):
            folder = "/".join(path.split("/")[:place])
            self.run(f"import os\ntry: os.mkdir({folder!r})\nexcept OSError: pass")
        done = 0

        def progress(written: int, _size: int) -> None:
            nonlocal done
            moved(written - done)
            done = written

        try:
            self._transport.fs_writefile(path, content, _CHUNK_BYTES, progress)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise BoardRefused(
                    f"the board at {self.port} has no room for {path}; write the image again "
                    "with --erase"
                ) from error
            raise self._gone() from error
        except TransportError:
            raise self._gone() from None

    def finish(self) -> None:
        """The work is done: close the service way and start the keypad."""
        self.run("import esp32; n = esp32.NVS('holdfast'); n.set_i32('service', 0); n.commit()")
        self.reset()

    def reset(self) -> None:
        """Start it anew, as the reset button does; does not wait for it."""
        with contextlib.suppress(TransportError, OSError):
            self._transport.exec_raw_no_follow("import machine; machine.reset()")

    def restart(self) -> None:
        """Start it anew and stop it at its prompt; the port may go away and come back."""
        self.reset()
        self._transport.in_raw_repl = False
        self.close()
        self.__init__(self.port, patience_s=_RESTART_S)  # type: ignore[misc]  # as if new

    def close(self) -> None:
        """Let go of the port."""
        with contextlib.suppress(TransportError, OSError):
            if self._transport.in_raw_repl:
                self._transport.exit_raw_repl()
            self._transport.close()
        self._transport.serial.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        check_free(self.port)
        transport: Any = None
        try:
            transport = SerialTransport(os.path.realpath(self.port), timeout=_READ_S)
            with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it cannot read
                transport.enter_raw_repl(soft_reset=True, timeout_overall=_RESET_S)
        except (TransportError, OSError) as error:
            if transport is not None:
                transport.serial.close()
            raise NoAnswer(
                f"nothing at {self.port} answers as MicroPython ({_short(error)}); a keypad in use "
                "answers once its lid is open and BOOT was held for 4 s; to a new board write an "
                "image: make flash IMAGE=...bin (hold BOOT, press RESET, let go)"
            ) from error
        self._transport = transport

    def _gone(self) -> NoAnswer:
        return NoAnswer(
            f"the board at {self.port} stopped answering; check cable and power, then do the same "
            "again: it goes on where it stopped"
        )


def _short(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
