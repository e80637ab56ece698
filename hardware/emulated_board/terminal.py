"""A PTY bridge: the serial port of an emulated board, good enough for unmodified mpremote.

It promises that a program which opens the port sees what it would see on a board: Ctrl-C stops the
running main.py unless that takes none, Ctrl-D at the prompt is a soft reset that keeps raw mode
(and then runs boot.py but not main.py), a hard reset starts main.py, and the port itself stays open
through all of it. It may not know the firmware; what is behind the port is any MicroPython that it
was given.

    TerminalError     the port cannot be made; says why and what to do
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import termios
import threading
import time
import tty
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

CTRL_A = b"\x01"
CTRL_C = b"\x03"
RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n"
FRIENDLY_BANNER = b'Type "help()" for more information.\r\n>>> '
SOFT_REBOOT = b"MPY: soft reboot\r\n"
PROMPT = b">>> "
READY = b"\0"
"""The first byte that the process behind the port prints: from now on it hears Ctrl-C."""
_UNREAD_BYTES_MAX = 65536
"""What waits for a reader; beyond it the oldest is dropped, as a board's USB driver does."""
_PIECE_BYTES = 4096
_SETTLE_S = 0.03
"""How long a prompt may need to come back to its input; longer is code that runs."""
_INTERRUPT_S = 0.5
"""How long a Ctrl-C may need to show an effect; what is typed after it waits as long."""

_DEAF_S = 0.05
"""How long a start may take no interrupt around boot.py and main.py; beyond it code wants none."""


class TerminalError(Exception):
    """The port cannot be made; says why and what to do."""


class Terminal:
    """The port `link` (a symbolic link to a pseudo terminal) in front of one MicroPython at a time.

    heard   gets every piece that MicroPython prints, whether or not somebody reads the port, and
            an empty piece when it has ended and everything has been passed on
    """

    def __init__(self, link: Path, heard: Callable[[bytes], None] | None = None) -> None:
        self.link = link
        self.raw = False
        """Whether the prompt is in raw mode: known from what MicroPython printed last."""
        self._heard = heard
        self._outer, self._outer_slave = pty.openpty()
        tty.setraw(self._outer_slave)
        os.set_blocking(self._outer, False)
        self._inner = -1
        self._entering_raw = False
        self._listening = False
        self._owed_until_s: float | None = None
        self._unread = bytearray()
        self._typed = bytearray()
        self._swallowed = bytearray()
        self._tail = b""
        self._lock = threading.Lock()
        self._wake_read, self._wake = os.pipe()
        self._closing = False
        self._drained = threading.Event()
        self._publish()
        self._thread = threading.Thread(target=self._relay, name="terminal", daemon=True)
        self._thread.start()

    def plug(self, *, raw: bool = False) -> int:
        """A fresh terminal for a fresh MicroPython; the end that belongs to the process.

        The process must have it as its controlling terminal (`launched_on`): only then does
        Ctrl-C reach code that is running. Close it once the process has started. What is typed
        waits until the process prints READY, so that no Ctrl-C is lost in its start. With `raw`
        the prompt that comes up is put into raw mode unseen, as a board's is after a soft reset
        in raw mode.
        """
        inner, process_end = pty.openpty()
        os.set_blocking(inner, False)
        tty.setraw(process_end)
        mode = termios.tcgetattr(process_end)
        mode[3] |= termios.ISIG
        mode[6][termios.VQUIT] = mode[6][termios.VSUSP] = b"\0"  # a board's port knows no such
        termios.tcsetattr(process_end, termios.TCSANOW, mode)
        with self._lock:
            self._inner = inner
            self._swallowed.clear()
            self._listening = False
            self._tail = b""
            self.raw = False
            self._entering_raw = raw
            self._drained.clear()
        os.write(self._wake, b"!")
        return process_end

    def wait_drained(self, timeout_s: float = 5.0) -> bool:
        """After the process has ended: wait until everything it printed has been passed on."""
        return self._drained.wait(timeout_s)

    def say(self, data: bytes) -> None:
        """Put `data` on the port as if MicroPython had printed it."""
        with self._lock:
            self._queue(data)
        os.write(self._wake, b"!")

    def close(self) -> None:
        """Take the port away. Safe to call twice."""
        if self._closing:
            return
        self._closing = True
        os.write(self._wake, b"!")
        self._thread.join()
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        ends = [self._outer, self._outer_slave, self._wake_read, self._wake]
        for end in [*ends, *([self._inner] if self._inner >= 0 else [])]:
            os.close(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ***** inside *****

    def _publish(self) -> None:
        if self.link.is_symlink():
            self.link.unlink()
        try:
            self.link.symlink_to(os.ttyname(self._outer_slave))
        except OSError as error:
            raise TerminalError(
                f"the port {self.link} cannot be made ({error.strerror}); give a path in a folder "
                "that exists, where nothing of that name is"
            ) from error

    def _relay(self) -> None:
        while not self._closing:
            inner = self._inner
            readers = [self._wake_read]
            if inner >= 0:
                readers.append(inner)
            if not self._typed:
                readers.append(self._outer)
            writers = [self._outer] if self._unread else []
            if self._typed and inner >= 0 and self._takes_input():
                writers.append(inner)
            wait_s = None if self._owed_until_s is None else _INTERRUPT_S / 10
            ready, room, _ = select.select(readers, writers, [], wait_s)
            if self._wake_read in ready:
                os.read(self._wake_read, _PIECE_BYTES)
            if inner in ready:
                self._from_inner(inner)
            if self._outer in ready:
                self._from_outer()
            if inner in room and inner == self._inner:
                self._to_inner(inner)
            if self._outer in room:
                with self._lock, contextlib.suppress(BlockingIOError):
                    del self._unread[: os.write(self._outer, self._unread[:_PIECE_BYTES])]

    def _takes_input(self) -> bool:
        """Not while it starts, nor between a Ctrl-C and its effect."""
        if self._owed_until_s is not None and time.monotonic() > self._owed_until_s:
            self._owed_until_s = None
        return self._listening and not self._entering_raw and self._owed_until_s is None

    def _from_outer(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._typed += os.read(self._outer, _PIECE_BYTES)

    def _to_inner(self, inner: int) -> None:
        """Hand on what was typed, up to the next Ctrl-C; that one may have to interrupt."""
        if self._typed[:1] == CTRL_C and self._interrupted(inner):
            del self._typed[:1]
            return
        end = self._typed.find(CTRL_C, 1)
        piece = self._typed if end < 0 else self._typed[:end]
        if piece[:1] == CTRL_C and self._isig(inner) and not _refused(inner):
            piece = piece[:1]
            self._owed_until_s = time.monotonic() + _INTERRUPT_S
            self._tail = b""
        with contextlib.suppress(OSError):  # full, or the process has ended: it stays typed
            del self._typed[: os.write(inner, piece)]

    def _interrupted(self, inner: int) -> bool:
        """Interrupt code that runs with its terminal left in the prompt's mode.

        The Unix port turns ISIG on before main.py and a plain raw command, so that the terminal
        itself makes the interrupt, but leaves it off for a command typed at the prompt or sent in
        raw-paste mode. Then whoever does not wait for input is running and gets the signal.
        """
        try:
            process = os.tcgetpgrp(inner)
            if self._isig(inner):
                return False
            until_s = time.monotonic() + _SETTLE_S
            while time.monotonic() < until_s:
                if _waits_for_input(process):
                    return False
                time.sleep(_SETTLE_S / 20)
            if not _catches_interrupt(process):  # it has just ended, or wants none
                return False
            os.kill(process, signal.SIGINT)
        except OSError:  # it has just ended; the next one hears it
            return False
        self._owed_until_s = time.monotonic() + _INTERRUPT_S
        self._tail = b""
        return True

    @staticmethod
    def _isig(inner: int) -> bool:
        """Whether the terminal itself makes an interrupt of Ctrl-C."""
        return bool(termios.tcgetattr(inner)[3] & termios.ISIG)

    def _from_inner(self, inner: int) -> None:
        try:
            data = os.read(inner, _PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last process that held the other end is gone
            data = b""
        if not data:
            self._inner_ended(inner)
            return
        if not self._listening:
            before, ready, data = data.partition(READY)
            data = before + data
            self._listening = bool(ready)
            if not data:
                return
        if self._heard is not None:
            self._heard(data)
        with self._lock:
            self._tail = (self._tail + data)[-256:]
            if b"KeyboardInterrupt" in self._tail or self._tail.endswith((PROMPT, b"\x04>")):
                self._owed_until_s = None
            if self._entering_raw:
                self._enter_raw(inner, data)
                return
            self._follow_mode()
            self._queue(data)

    def _inner_ended(self, inner: int) -> None:
        with self._lock:
            os.close(inner)
            self._inner = -1
            self._entering_raw = False
            if self._owed_until_s is not None:  # it ended before the Ctrl-C took effect
                self._typed[:0] = CTRL_C
                self._owed_until_s = None
        self._drained.set()
        if self._heard is not None:
            self._heard(b"")

    def _enter_raw(self, inner: int, data: bytes) -> None:
        """Pass on what boot.py printed, swallow the friendly banner, switch the prompt to raw."""
        self._swallowed += data
        if self._swallowed.endswith(PROMPT):
            self._queue(bytes(self._swallowed[: self._swallowed.rfind(b"MicroPython ")]))
            self._swallowed.clear()
            self._entering_raw = False
            self._tail = b""
            os.write(inner, CTRL_A)

    def _follow_mode(self) -> None:
        raw, friendly = self._tail.rfind(RAW_BANNER), self._tail.rfind(FRIENDLY_BANNER)
        if raw > friendly:
            self.raw = True
        elif friendly > raw:
            self.raw = False

    def _queue(self, data: bytes) -> None:
        self._unread += data
        del self._unread[:-_UNREAD_BYTES_MAX]


def _catches_interrupt(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    caught = status.partition("SigCgt:")[2].split()[0]
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)


def _refused(inner: int) -> bool:
    """Whether no interrupt is taken: Ctrl-C is then a byte like any other, as on a chip."""
    try:
        until_s = time.monotonic() + _DEAF_S
        while time.monotonic() < until_s:
            if _catches_interrupt(os.tcgetpgrp(inner)):
                return False
            time.sleep(_DEAF_S / 20)
        mode = termios.tcgetattr(inner)
        mode[3] &= ~termios.ISIG  # it stays off: with it the terminal would end the process
        termios.tcsetattr(inner, termios.TCSANOW, mode)
    except (OSError, termios.error):  # it has just ended
        return False
    return True


def _waits_for_input(process: int) -> bool:
    """Whether `process` sleeps in read(0, ...): system call 0 on x86-64, 63 on arm64, 3 on arm."""
    call = Path(f"/proc/{process}/syscall").read_text("ascii").split()
    return call[0] in {"0", "63", "3"} and int(call[1], 16) == 0


def launched_on(process_end: int, command: list[str]) -> list[str]:
    """`command` so that the terminal `process_end` becomes its controlling terminal.

    To be started in a session of its own (start_new_session=True): the first terminal that a
    session's leader opens is its controlling one. A shell opens it, then gives way to `command`.
    """
    return ["/bin/sh", "-c", 'exec "$@" <>"$0" >&0 2>&1', os.ttyname(process_end), *command]
