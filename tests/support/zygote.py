"""Imports the receiver once and forks one per line of its input, so that a start costs little.

    start DATA PORT [WORD]    answers the pid of a receiver; a WORD is one of the seeded bugs below,
                              or NAME=VALUE, one of its settings
    reap PID                  answers how it ended

A seeded bug is put in here, in the child, and never into the product.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import event

from alarm_receiver import command, wiring
from alarm_receiver.engine.overdue import Overdue
from alarm_receiver.engine.silence import Silence
from alarm_receiver.engine.upkeep import Upkeep
from alarm_receiver.store import direct, fence, hot, waiting, writer


def answer_before_commit():
    """The bug that the harness must catch: receipts leave before the COMMIT."""

    def attempt(self, group):
        with self._engine.begin() as connection:
            for units in waiting.runs(group):
                if units[0].items is None:
                    self._one(connection, units[0])
                else:
                    waiting.bulk(connection, units)
            waiting.hand_over(group)
            time.sleep(0.01)

    writer.Writer._attempt = attempt
    direct.Direct.put = lambda self, lane, unit: self._long_way(lane, unit)


def told_before_sent():
    """The same on the direct way to PostgreSQL: receipts leave, then the group is sent."""
    send = direct.Direct._send

    def early(self):
        group = self._next
        verdicts = iter(one for proposal in group.proposals for one in proposal.verdicts)
        for _, unit in group.units:
            unit.result = [next(verdicts) for _ in unit.items]
            unit.resolve()
            unit.call(unit.loop, lambda *_told: None)
        time.sleep(0.01)
        send(self)

    direct.Direct._send = early


def no_sync():
    """The bug that a power cut must show: commits that are not synced."""

    def weak(connection, _record):
        connection.execute("PRAGMA synchronous = NORMAL")

    open_writer = wiring.open_writer

    def opened(url, *guard):
        engine = open_writer(url, *guard)
        engine.pool.dispose()
        event.listen(engine, "connect", weak)
        return engine

    wiring.open_writer = opened


def duplicates_only_read():
    """The bug that a fail-over must show: a duplicate writes nothing, so nothing waits for it.

    The ticket counter is read without its lock as well: that lock alone makes the commit wait.
    """
    counter = hot.Hot.counter
    hot.Hot.counter = lambda self, agency, **_: counter(self, agency, locked=False)
    hot.Hot.count_duplicates = lambda _self, _arrivals: None


def quiet():
    """No fault: nobody writes but the intake, so that nothing of ours waits for a standby."""
    for one in (Upkeep, Overdue, Silence):
        one._run = lambda _self: None


def no_fence():
    """The bug that a returning primary must show: whoever takes writes is believed."""
    fence.Fence._why_not = lambda _self, _one: ""


BUGS = {
    "no_fence": no_fence,
    "answer_before_commit": answer_before_commit,
    "told_before_sent": told_before_sent,
    "no_sync": no_sync,
    "duplicates_only_read": duplicates_only_read,
    "quiet": quiet,
}


def die_with_parent():
    """Leave no receiver behind when the harness itself dies (Linux: PR_SET_PDEATHSIG is 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main():
    assert wiring
    import uvicorn.loops.uvloop
    import uvicorn.protocols.http.httptools_impl

    assert uvicorn.loops.uvloop
    for line in sys.stdin:
        what, *rest = line.split()
        if what == "start":
            pid = os.fork()
            if pid == 0:
                die_with_parent()
                data, port, *words = rest
                os.environ.update(word.split("=", 1) for word in words if "=" in word)
                log = os.open(f"{data}.stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(log, 1)
                os.dup2(log, 2)
                for one in words:
                    if "=" not in one:
                        BUGS[one]()
                try:
                    command.serve(Path(data), "127.0.0.1", int(port))
                finally:
                    os._exit(1)
            print(pid, flush=True)
        elif what == "reap":
            print(os.waitpid(int(rest[0]), 0)[1], flush=True)


main()
