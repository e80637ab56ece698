"""Tickets of the first version get the kind that their timelines say, and a deed tells of it."""

import json

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import populated
from alarm_receiver.store import audit, folding
from alarm_receiver.store.database import engine_url
from alarm_receiver.store.keybox import KeyBox
from alarm_receiver.store.migrate import configuration, upgrade_on
from tampering import unguarded

BOX = KeyBox(None, [b"\x07" * 32])
NOW = populated.NOW
SIGNAL = {"kind": "panic", "epoch": 1, "number": 1, "zone": 1}
LIVES = {
    "live": (("open", {"signal": SIGNAL}), ("signal", {"signal": SIGNAL | {"kind": "hold_up"}})),
    "quiet": (("open", {"signal": SIGNAL | {"silent": True}}),),
    "ended": (
        ("open", {"signal": SIGNAL | {"kind": "fire"}}),
        ("acknowledge", {}),
        ("close", {"outcome": "false_alarm"}),
    ),
    "false": (
        ("open", {"signal": SIGNAL}),
        ("acknowledge", {}),
        ("close", {"outcome": "false_alarm"}),
    ),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request, tmp_path):
    """A database of the first version with live and closed tickets, and one that is falsified."""
    url = f"sqlite:///{tmp_path / 'receiver.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").fresh()
    engine = create_engine(engine_url(url), poolclass=NullPool).execution_options(box=BOX)
    with engine.connect() as one:
        at(one, "0001")
        filled(one)
        one.commit()
        yield one
    engine.dispose()


def at(connection, revision):
    config = configuration()
    config.attributes |= {"connection": connection, "box": BOX}
    command.upgrade(config, revision)
    connection.commit()


def put(connection, table, **values):
    names, given = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({given})"), values)  # noqa: S608 - our words


def filled(connection):
    put(connection, "agency", id="own", name="Own agency", next_number=9)
    for number, (id_, acts) in enumerate(LIVES.items(), 1):
        site = {"id": f"s{number}", "agency": "own", "name": "Shop", "account": str(number)}
        put(connection, "site", **site, made_ms=NOW)
        closed = acts[-1][0] == "close"
        ended = {"state": "closed", "closed_ms": NOW, "outcome": "false_alarm"}
        ended |= {"holder": "operator:Ada"}
        if id_ == "false":
            ended["outcome"] = "attended"
        state = ended if closed else {"state": "open", "due_ms": NOW + 10_000}
        about = {"agency": "own", "site": site["id"], "class": "emergency", "number": number}
        put(
            connection,
            "ticket",
            id=id_,
            **about,
            **state,
            version=len(acts),
            round=0,
            opened_ms=NOW,
        )
        for version, (act, said) in enumerate(acts, 1):
            put(
                connection,
                "entry",
                ticket=id_,
                version=version,
                at_ms=NOW,
                actor="operator:Ada",
                act=act,
                due_ms=None if act == "close" else NOW + 10_000,
                detail=json.dumps(said | (about if version == 1 else {})),
            )


def kinds(connection):
    rows = connection.execute(text("SELECT id, kind, silent FROM ticket ORDER BY id"))
    return {one.id: (one.kind, bool(one.silent)) for one in rows}


def test_an_old_ticket_is_what_its_timeline_says_and_the_deed_names_it(connection):
    at(connection, "0023")
    assert set(kinds(connection).values()) == {("security", False)}
    assert "kind is security; its timeline makes it" in str(folding.verify(connection))
    upgrade_on(connection, "the old store", BOX)
    assert kinds(connection) == {
        "live": ("hold_up", False),
        "quiet": ("panic", True),
        "ended": ("fire", False),
        "false": ("security", False),
    }
    named = folding.verify(connection)
    assert named.id == "false", "what somebody falsified is not made good"
    assert "outcome" in named.what
    (deed,) = connection.execute(text("SELECT * FROM deed WHERE what = 'fold_tickets'")).all()
    detail = json.loads(deed.detail) if isinstance(deed.detail, str) else deed.detail
    assert detail == {"before": "security", "kinds": {"1": "hold_up", "2": "panic", "3": "fire"}}
    assert (deed.agency, deed.actor) == ("own", "migration:0024")
    connection.rollback()
    with pytest.raises(DBAPIError, match="stays closed"):
        connection.execute(text("UPDATE ticket SET kind = 'fault' WHERE id = 'ended'"))
    connection.rollback()


def test_the_record_is_whole_afterwards_and_the_deed_is_in_its_chain(connection):
    upgrade_on(connection, "the old store", BOX)
    unguarded(connection)
    connection.execute(text("UPDATE ticket SET outcome = 'false_alarm' WHERE id = 'false'"))
    later = NOW * 2
    while audit.seal(connection, later):
        pass
    assert audit.verify(connection) is None
    linked = text("SELECT count(*) FROM audit WHERE source = 'deed'")
    assert connection.execute(linked).scalar_one() == 1
    assert "kind is security" in str(folding.verify(connection)), "that one is left alone"
    connection.rollback()
