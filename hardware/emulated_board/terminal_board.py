"""An emulated board with a serial port and a file system of its own, as it comes out of the box.

    python -m hardware.emulated_board.terminal_board FOLDER PORT     until Ctrl-C

It promises that nothing runs on it but what was copied onto it through the port, that boot.py and
main.py start as on the chip (only from these two names, never from .mpy), and that the wires of
EmulatedBoard (presses, lamps, power) work all the while.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from hardware.emulated_board.board import EmulatedBoard
from hardware.emulated_board.terminal import SOFT_REBOOT, Terminal, launched_on

_HARD_RESET = 2
_SOFT_RESET = 5
_EXIT_HARD_RESET = 90
_START = """\
import micropython, os, sys
micropython.kbd_intr(-1)
import _romfs
sys.stdout.write(chr(0))
for name in {names}:
    if name + '.py' in os.listdir():
        with open(name + '.py') as file:
            code = compile(file.read(), name + '.py', 'exec')
        micropython.kbd_intr(3)
        try:
            exec(code, globals())
        except SystemExit:
            os.unsetenv('MICROPYINSPECT')
            raise
        micropython.kbd_intr(-1)
micropython.kbd_intr(3)
"""
"""As MicroPython does it (shared/runtime/pyexec.c): Ctrl-C counts only while one of the two runs;
after them comes the prompt, unless they ended in a reset."""


class TerminalBoard(EmulatedBoard):
    """An EmulatedBoard behind the port `port`; its file system is the folder `files`."""

    def __init__(self, folder: Path | str, port: Path | str, **more: Any) -> None:
        super().__init__(folder, **more)
        self.files = self.folder / "files"
        self.files.mkdir(exist_ok=True)
        self._print_end = -1
        self._raw = False
        self.terminal = Terminal(Path(port), self._printed)

    @property
    def port(self) -> str:
        """What mpremote is told to connect to."""
        return str(self.terminal.link)

    def cut_power(self) -> None:
        """Take the power at once; the port stays, and nobody answers there."""
        super().cut_power()
        self._raw = False

    def stop(self) -> None:
        """Take the power and the port, and leave nothing behind. Safe to call twice."""
        self.cut_power()
        self.terminal.close()

    # ***** inside *****

    def _firmware_path(self) -> list[Path]:
        return [Path(), Path("lib")]

    def _launch(
        self, interpreter: list[str], wires: tuple[int, int], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        names = ["boot"] if self._raw else ["boot", "main"]
        printed, self._print_end = os.pipe()
        process_end = self.terminal.plug(raw=self._raw)
        try:
            process = subprocess.Popen(
                launched_on(process_end, [*interpreter, "-c", _START.format(names=names)]),
                stdin=process_end,
                pass_fds=wires,
                cwd=self.files,
                env=environment | {"MICROPYINSPECT": "1"},
                start_new_session=True,
            )
        finally:
            os.close(process_end)
        process.stdout = os.fdopen(printed, "rb")
        return process

    def _cause_after(self, code: int) -> int | None:
        """A board always starts again: hard after machine.reset(), softly after anything else."""
        # a Ctrl-C beside a kbd_intr(-1) ends the process: on a chip it would be an interrupt before
        hard = code in {_EXIT_HARD_RESET, -signal.SIGINT}
        self._raw = self.terminal.raw and not hard
        if not hard:
            self.terminal.say(SOFT_REBOOT)
        return _HARD_RESET if hard else _SOFT_RESET

    def _printed(self, data: bytes) -> None:
        if data:
            os.write(self._print_end, data)
        else:
            os.close(self._print_end)


def main() -> None:
    """Give a board power until Ctrl-C or SIGTERM."""
    if len(sys.argv) != 3:  # noqa: PLR2004  # program, folder, port
        raise SystemExit("usage: python -m hardware.emulated_board.terminal_board FOLDER PORT")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with TerminalBoard(sys.argv[1], sys.argv[2]).start() as board:
        sys.stdout.write(f"the board answers at {board.port}\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
