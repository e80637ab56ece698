"""The direct way into a store without an event loop: sent, waited for, received."""

import select
import threading

from psycopg import OperationalError

from alarm_receiver.store.express import OnPostgresql
from alarm_receiver.store.onfile import OnSqlite
from alarm_receiver.store.turn import Turn


class Straight:
    """Commits one group after the other; `commit` says whether it was, or was refused."""

    def __init__(self, engine):
        self.engine = engine
        self.told = threading.Event()
        self.express = (
            OnSqlite(engine, Turn(), trouble=lambda _error: None)
            if engine.dialect.name == "sqlite"
            else OnPostgresql(engine)
        )

    # What an event loop does for `send`.
    def call_soon(self, tell):
        tell()

    call_soon_threadsafe = call_soon

    def add_reader(self, _number, _tell):
        pass

    remove_reader = remove_writer = lambda *_arguments: None

    def add_writer(self, number, flush, tell):
        select.select([], [number], [])
        flush(tell)

    def is_closed(self):
        return False

    def commit(self, work):
        self.express.open()
        if not self.express.ready:
            return False
        assert self.express.mine(lambda: None)
        self.told.clear()
        try:
            self.express.send(self.express.write(work), self, self.told.set)
            while (committed := self.express.receive()) is None:
                if isinstance(self.express, OnSqlite):
                    self.told.wait(20)
                else:
                    select.select([self.express.fileno()], [], [])
        except OperationalError:
            self.close()
            return False
        return committed

    def close(self):
        self.express.close()


def express(engine):
    return Straight(engine)
