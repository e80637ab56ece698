"""Two processes on one store, as takers with connections of their own; and sites for them."""

from itertools import count

from sqlalchemy import select

from alarm_receiver.domain.intake import Arrival
from alarm_receiver.domain.ticket import fold
from alarm_receiver.store import registry, tickets
from alarm_receiver.store.database import StoreError, open_writer
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.tables import signal as signal_table
from alarm_receiver.store.taking import Taking
from alarm_wire import signal as wire
from alarm_wire.signal import Moment
from receiving import Keypad, prepared
from straight import express

NOW = 1_795_000_000_000
SITES = count()


class Side:
    """One process's taker with its own connections."""

    def __init__(self, url):
        self.engine = open_writer(url)
        self.express = express(self.engine)
        self.taking = Taking(lambda: NOW, Policies(), ())

    def short(self, *arrivals):
        """Verdicts of the short way for one request, or None."""
        return self.at_once([arrivals])[0]

    def at_once(self, parts):
        """Verdicts of the short way for each of `parts`, None for those that it does not take."""
        proposal = self.taking.propose(parts)
        if proposal is None:
            return [None] * len(parts)
        try:
            committed = self.express.commit(proposal.work)
        except StoreError:
            self.taking.withdraw(proposal)
            raise
        told = iter(self.taking.settle(proposal, committed=committed))
        return [next(told) if goes else None for goes in proposal.chosen]

    def long(self, *arrivals):
        with self.engine.begin() as connection:
            verdicts = self.taking(connection, list(arrivals))
        self.taking.committed(really=True)
        return verdicts

    def take(self, *arrivals):
        return self.short(*arrivals) or self.long(*arrivals)

    def act(self, ticket, act, **detail):
        with self.engine.begin() as connection:
            tickets.act(connection, ticket, act, version=None, now_ms=NOW, actor="a", detail=detail)

    def ticket(self, id_):
        """The ticket as it stands, once it was found to equal the fold of its entries."""
        with self.engine.connect() as connection:
            read = tickets.read(connection, id_)
            assert fold(tickets.entries(connection, id_)) == read
            return read

    def signals(self, keypad):
        query = select(signal_table).where(signal_table.c.device == keypad.device.hex())
        with self.engine.connect() as connection:
            return connection.execute(query.order_by(signal_table.c.seq)).all()

    def close(self):
        self.express.close()
        self.engine.dispose()


class Town:
    """A store with one agency, and sites as tests need them."""

    def __init__(self, url, folder):
        self.url = url
        self.engine = prepared(url, folder)
        with self.engine.begin() as connection:
            registry.make_agency(connection, registry.OWN, "Own")

    def site(self, devices=1):
        """A new site; for each of its devices a function that makes arrivals."""
        site = f"{{s}} \\ '{next(SITES)}', \"quoted\""
        keypads = [Keypad() for _ in range(devices)]
        with self.engine.begin() as connection:
            registry.make_site(
                connection, site, agency_id="own", name=site, account=site[-16:], now_ms=0
            )
            for one in keypads:
                registry.register(
                    connection,
                    one.device.hex(),
                    site_id=site,
                    kind="keypad",
                    zone_number=0,
                    secret=one.key,
                    now_ms=0,
                )
        return [arriving(one, site) for one in keypads]


def arriving(keypad, site):
    def arrive(kind=wire.PANIC, said=None, **fields):
        said = said or keypad.signal(kind, **fields)
        sent = Moment(said.epoch, said.pressed_ms + 70_000)
        frame = keypad.frame(said, sent)
        return Arrival(said, sent, frame, keypad.device.hex(), "own", site, NOW)

    arrive.keypad, arrive.site = keypad, site
    return arrive
