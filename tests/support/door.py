"""A writer as the intake uses it, in an event loop, and what it left in the store."""

import asyncio

import pytest
from sqlalchemy import func, select

from alarm_receiver.store.database import open_reader, open_writer
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.tables import signal
from alarm_receiver.store.taking import Taking
from alarm_receiver.store.waiting import Lane
from alarm_receiver.store.writer import Writer
from sides import NOW, Side

AGAIN_S = 15


class Door:
    """A writer as the intake uses it, with what it logged."""

    def __init__(self, url):
        self.logged = []
        self.engine = open_writer(url)
        self.writer = Writer(self.engine, log=lambda what, **_: self.logged.append(what))
        self.taking = Taking(lambda: NOW, Policies(), ())
        self.writer.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.writer.stop()
        self.engine.dispose()

    @property
    def direct(self):
        return self.writer._direct

    async def press(self, *arrivals, lane=Lane.ALARM):
        told = asyncio.get_running_loop().create_future()

        def done(verdicts, error):
            told.set_exception(error) if error else told.set_result(verdicts)

        self.writer.submit_bulk(lane, self.taking, arrivals, done)
        return await asyncio.wait_for(told, 30)

    async def directly(self, arrive):
        """Press until it went the direct way."""
        for _ in range(AGAIN_S * 20):
            before = self.direct.commits
            await self.press(arrive())
            if self.direct.commits > before:
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"never the direct way: {self.logged}")


def stored(town, device):
    """How many signals of a device are committed; waits for nobody."""
    query = select(func.count()).select_from(signal).where(signal.c.device == device.hex())
    reader = open_reader(town.url)
    try:
        with reader.connect() as connection:
            return connection.execute(query).scalar_one()
    finally:
        reader.dispose()


def folded(town, ticket):
    """The ticket, which must be what its entries make of it."""
    side = Side(town.url)
    try:
        return side.ticket(ticket)
    finally:
        side.close()
