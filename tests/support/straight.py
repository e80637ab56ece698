"""The direct way to PostgreSQL without an event loop: sent, waited for, received."""

import select

from psycopg import OperationalError

from alarm_receiver.store.express import OnPostgresql, OnSqlite


class Straight(OnPostgresql):
    """As OnSqlite commits: True when it is committed, False when it was refused."""

    def commit(self, work):
        self.open()
        if not self.ready:
            return False
        try:
            whole = self.send(self.write(work))
            while not whole:
                select.select([], [self.fileno()], [])
                whole = self.flush()
            while (committed := self.receive()) is None:
                select.select([self.fileno()], [], [])
        except OperationalError:
            self.close()
            return False
        return committed


def express(engine):
    return OnSqlite(engine) if engine.dialect.name == "sqlite" else Straight(engine)
