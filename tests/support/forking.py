"""Starts `holdfast` programs by forking from a process that has imported everything already.

A kill test starts a part hundreds of times; importing costs seconds, forking milliseconds. What
runs is the program's own main with its own arguments; only the interpreter's start is shared.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys

PRELOAD = (
    "holdfast.command",
    "alarm_receiver.command",
    "alarm_receiver.wiring",
    "gateway.command",
    "gateway.shell",
    "uvicorn",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.loops.uvloop",
    "fastapi",
    "sqlalchemy.dialects.sqlite",
    "alembic.command",
    "alembic.runtime.migration",
    "httpx",
    "paho.mqtt.client",
    "jinja2",
    "pwdlib.hashers.argon2",
)


class Forked:
    """The face of a Popen for a process that is the forkery's child, not ours."""

    def __init__(self, pid):
        self.pid = pid
        self._fd = os.pidfd_open(pid)
        self._ended = False

    def poll(self):
        if not self._ended and select.select([self._fd], [], [], 0)[0]:
            self._end()
        return -1 if self._ended else None

    def wait(self, timeout=None):
        if not self._ended:
            if not select.select([self._fd], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("forked", timeout)
            self._end()
        return -1

    def _end(self):
        self._ended = True
        os.close(self._fd)

    def send_signal(self, number):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fd, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Forkery:
    """A launcher for holdfast.line.Line: `launch(command)` forks instead of executing."""

    def __init__(self, preload=PRELOAD):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno()), *preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._socket = ours
        if self._socket.recv(100) != b"ready":
            raise RuntimeError("the forkery did not start")

    def launch(self, command):
        """Like holdfast.child.launch, for commands of the form PYTHON -m holdfast ARGUMENTS."""
        assert command[1:3] == ["-m", "holdfast"], command
        log, end = os.pipe()
        try:
            socket.send_fds(self._socket, [json.dumps(command[3:]).encode()], [end])
        finally:
            os.close(end)
        pid = int(self._socket.recv(100))
        return Forked(pid), os.fdopen(log, "r", encoding="utf-8", errors="replace")

    def close(self):
        self._socket.close()
        self._process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def serve(channel):
    """In the forkery: fork for each request until the owner goes away."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    channel.send(b"ready")
    while True:
        data, fds, _, _ = socket.recv_fds(channel, 65536, 1)
        if not data:
            return
        pid = os.fork()
        if pid == 0:
            become(channel, json.loads(data), fds[0])
        os.close(fds[0])
        channel.send(str(pid).encode())


def become(channel, arguments, log):
    """In the forked child: take the log as stderr and run the program."""
    channel.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(log, 2)
    os.close(log)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    sys.argv = ["holdfast", *arguments]
    code = 1
    try:
        importlib.import_module("holdfast.command").main()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        importlib.import_module(name)
    serve(socket.socket(fileno=int(sys.argv[1])))
