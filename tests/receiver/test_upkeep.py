"""Several processes link the record: who comes second has no fault to report."""

import sqlite3

import psycopg
import pytest

from alarm_receiver.store import audit
from receiving import Keypad, running, wait_for

RACED = {
    "sqlite": sqlite3.IntegrityError("UNIQUE constraint failed: audit.seq"),
    "postgresql": psycopg.errors.UniqueViolation("duplicate key value: audit_pk"),
}


@pytest.fixture
def raced(store, monkeypatch):
    """(receiver, client) whose first two links come second; and how often that was."""
    folder, settings = store
    real, lost = audit.append, []

    def append(connection, links):
        if len(lost) < 2:
            lost.append(links)
            raise RACED["postgresql" if settings else "sqlite"]
        return real(connection, links)

    monkeypatch.setattr(audit, "append", append)
    with running(folder, **settings) as (receiver, client):
        yield receiver, client, lost


def test_who_links_second_says_nothing_and_goes_on(raced):
    receiver, client, lost = raced
    keypad = Keypad()
    client.register(keypad, client.site())
    client.send(keypad.press())
    wait_for(lambda: len(lost) == 2)
    wait_for(lambda: receiver.lines.named("audit_head") or _links(receiver) > 0)
    assert receiver.lines.named("upkeep_failed") == []
    assert receiver.lines.named("upkeep_waits") == []


def _links(receiver):
    with receiver.receiver.context.reader.connect() as connection:
        return audit.head(connection).seq
