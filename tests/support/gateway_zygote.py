"""Starts gateway processes in milliseconds: import once, fork for each, kill what was forked.

`python gateway_zygote.py` reads one JSON request a line on stdin and answers one a line on stdout:
{"config": FILE, "log": FILE, "bugs": [NAME...]} -> {"pid": N}; {"kill": PID, "signal": N} -> {}
once that process is gone. It ends, with everything that it forked, when stdin closes.
"""

import contextlib
import ctypes
import faulthandler
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
PR_SET_PDEATHSIG = 1


class Zygote:
    """The parent's end."""

    def __init__(self):
        root = HERE.parent.parent.parent
        paths = os.pathsep.join([str(root), str(HERE.parent), str(root / "tests" / "faults")])
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(HERE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )

    def _ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, config, log, bugs=()):
        """Fork a gateway; its pid."""
        return self._ask(config=str(config), log=str(log), bugs=list(bugs))["pid"]

    def kill(self, pid, how=signal.SIGKILL):
        """End it and wait until it is gone; its exit status, as os.waitpid tells it."""
        return self._ask(kill=pid, signal=int(how))["status"]

    def stop(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def serve():
    import gateway.command
    import gateway.shell

    assert gateway.command
    alive = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "kill" in request:
            os.kill(request["kill"], request["signal"])
            _, status = os.waitpid(request["kill"], 0)
            alive.discard(request["kill"])
            answer = {"status": status}
        else:
            pid = os.fork()
            if pid == 0:
                run(request)
            alive.add(pid)
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)
    for pid in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def run(request):
    """In the child: become a gateway."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(log, 2)
    faulthandler.register(signal.SIGUSR1)
    try:
        if request["bugs"]:
            import seeded_bugs

            for name in request["bugs"]:
                getattr(seeded_bugs, name)()
        from gateway.command import app

        app(["run", "--config", request["config"]])
    except SystemExit as end:
        os._exit(end.code or 0)
    except BaseException:  # noqa: BLE001 - whatever it was, the child must end here
        import traceback

        traceback.print_exc()
        os._exit(99)


if __name__ == "__main__":
    serve()
