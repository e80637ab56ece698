"""What must never be is refused by the database itself, whoever writes."""

import pytest
from sqlalchemy import create_engine, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from alarm_receiver.config import Settings
from alarm_receiver.store import registry
from alarm_receiver.store.charts import floor_plan, place
from alarm_receiver.store.database import Unfit, assert_durable, open_writer
from alarm_receiver.store.duty import duty, engine_beat, team_member
from alarm_receiver.store.keybox import KeyBox
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.tables import (
    device,
    device_key,
    entry,
    operator,
    receipt,
    refused,
    signal,
    site,
    ticket,
)

NOW = 1_795_000_000_000
D = "a1b2c3d4e5f60718"
T = {
    "id": "t1",
    "agency": "own",
    "number": 1,
    "site": "s1",
    "class_": "emergency",
    "state": "open",
    "version": 1,
    "round": 0,
    "opened_ms": NOW,
    "due_ms": NOW + 1,
}
S = {
    "device": D,
    "epoch": 1,
    "number": 1,
    "site": "s1",
    "kind": 3,
    "flags": 0,
    "zone": 0,
    "frame": b"x",
    "received_ms": NOW,
    "age_ms": 0,
    "age_exact": True,
    "late": False,
    "ticket": "t1",
    "arrivals": 1,
}
E = {
    "ticket": "t1",
    "version": 1,
    "at_ms": NOW,
    "actor": "device:1",
    "act": "open",
    "due_ms": NOW + 1,
    "detail": {},
}
R = {"device": D, "epoch": 1, "number": 1, "site": "s1", "ticket": "t1", "made_ms": NOW}
CLOSED = {"state": "closed", "due_ms": None, "closed_ms": NOW, "outcome": "attended"}

PLAN = {
    "site": "s1",
    "floor": 0,
    "name": "Shop",
    "media": "image/png",
    "picture": b"x",
    "width": 1,
    "height": 1,
    "digest": "0" * 64,
    "made_ms": NOW,
}
DUTY = {
    "id": "d1",
    "agency": "own",
    "operator": "o9",
    "state": "on",
    "from_ms": NOW,
    "until_ms": NOW + 1,
    "due_ms": NOW + 1,
    "began_ms": NOW,
}

FORBIDDEN = {
    "a second live ticket of a site and class": insert(ticket).values(
        T | {"id": "t2", "number": 2}
    ),
    "a live ticket without a deadline": insert(ticket).values(
        T | {"id": "t2", "number": 2, "class_": "test", "due_ms": None}
    ),
    "an acknowledged ticket without a deadline": update(ticket).values(
        state="acknowledged", holder="operator:Ada", due_ms=None
    ),
    "a dispatched ticket without a deadline": update(ticket).values(
        state="dispatched", holder="operator:Ada", due_ms=None
    ),
    "a ticket taken by nobody": update(ticket).values(state="acknowledged"),
    "closed without a moment": update(ticket).values(CLOSED | {"closed_ms": None}),
    "closed without an outcome": update(ticket).values(CLOSED | {"outcome": None}),
    "closed with a deadline": update(ticket).values(CLOSED | {"due_ms": NOW}),
    "an unknown state": update(ticket).values(state="lost"),
    "an unknown class": update(ticket).values(class_="other"),
    "version 0": update(ticket).values(version=0),
    "a ticket number twice": insert(ticket).values(T | {"id": "t2", "class_": "test"}),
    "a ticket of an unknown site": insert(ticket).values(
        T | {"id": "t2", "number": 2, "site": "nowhere"}
    ),
    "the same identity twice": insert(signal).values(S),
    "an alarm without a ticket": insert(signal).values(S | {"number": 2, "ticket": None}),
    "an unknown alarm without a ticket": insert(signal).values(
        S | {"number": 2, "kind": 90, "ticket": None}
    ),
    "a signal of an unknown device": insert(signal).values(S | {"device": "0" * 16}),
    "a signal of a site where its device is not": insert(signal).values(
        S | {"number": 2, "site": "s3"}
    ),
    "a device that leaves its site and its signals behind": update(device).values(site="s3"),
    "a signal on an unknown ticket": insert(signal).values(S | {"number": 2, "ticket": "t9"}),
    "a kind beyond the wire": insert(signal).values(S | {"number": 2, "kind": 256}),
    "a huge frame": insert(signal).values(S | {"number": 2, "frame": bytes(129)}),
    "a signal rewritten": update(signal).values(frame=b"y"),
    "a signal moved to another ticket": update(signal).values(ticket=None),
    "a signal deleted": delete(signal),
    "two acts from one version": insert(entry).values(E | {"act": "open"}),
    "a timeline that begins with another act": insert(entry).values(
        E | {"ticket": "t9", "act": "note"}
    ),
    "a ticket opened twice": insert(entry).values(E | {"version": 2}),
    "an act that ends the deadline of a live ticket": insert(entry).values(
        E | {"version": 2, "act": "note", "due_ms": None}
    ),
    "an entry rewritten": update(entry).values(actor="nobody"),
    "an entry deleted": delete(entry),
    "a receipt queued twice": insert(receipt).values(R),
    "a receipt deleted": delete(receipt),
    "a receipt rewritten": update(receipt).values(ticket="t2"),
    "an account twice in an agency": insert(site).values(
        id="s2", agency="own", name="x", account="1", made_ms=NOW
    ),
    "a site without a name": insert(site).values(
        id="s2", agency="own", name="", account="2", made_ms=NOW
    ),
    "a device of an unknown kind": insert(device).values(
        id="1" * 16, site="s1", kind="toaster", zone=0, made_ms=NOW
    ),
    "two active keys of a device": insert(device_key).values(
        device=D, generation=2, sealed=bytes(68), made_ms=NOW
    ),
    "half a key": insert(device_key).values(
        device=D, generation=2, sealed=bytes(52), made_ms=NOW, retired_ms=NOW
    ),
    "a key in clear": insert(device_key).values(
        device=D, generation=2, sealed=bytes(32), made_ms=NOW, retired_ms=NOW
    ),
    "an unknown role": insert(operator).values(
        id="o1", agency="own", name="x", password="x", role="king", made_ms=NOW
    ),
    "a gateway of an unknown profile": update(device).values(profile="SP9"),
    "a floor plan of another kind": insert(floor_plan).values(PLAN | {"media": "image/gif"}),
    "a floor plan without a picture": insert(floor_plan).values(PLAN | {"picture": b""}),
    "a floor plan of an unknown site": insert(floor_plan).values(PLAN | {"site": "nowhere"}),
    "a place on no plan": insert(place).values(device=D, site="s1", floor=9, x=1, y=1),
    "a place beside the picture": insert(place).values(device=D, site="s1", floor=0, x=1, y=-1),
    "an unknown part of the receiver": insert(engine_beat).values(
        id="b1", beat_ms=NOW, late_ms=0, part="toaster"
    ),
    "two duties at once": insert(duty).values(DUTY | {"id": "d2"}),
    "a duty without a deadline": update(duty).values(due_ms=None),
    "a duty that ended at no moment": update(duty).values(state="ended", due_ms=None),
    "a duty that nobody began": update(duty).values(began_ms=None),
    "a duty that ends before it begins": update(duty).values(until_ms=NOW),
    "a duty without an end": update(duty).values(until_ms=NOW + 10**9),
    "a member of no team": insert(team_member).values(agency="own", team="x", operator="o9"),
    "a huge frame in quarantine": insert(refused).values(
        at_ms=NOW, reason="oversize", detail="", frame=bytes(129)
    ),
}


@pytest.fixture(scope="module")
def engine(store):
    folder, settings = store
    url = Settings(data=folder, **settings).database_url
    upgrade(url)
    engine = open_writer(url).execution_options(box=KeyBox(None, [bytes(32)]))
    with engine.begin() as connection:
        registry.make_agency(connection, "own", "Own")
        for id_, name, account in (("s1", "Shop", "1"), ("s3", "Bank", "3")):
            registry.make_site(
                connection, id_, agency_id="own", name=name, account=account, now_ms=NOW
            )
        registry.register(
            connection,
            D,
            site_id="s1",
            kind="keypad",
            zone_number=0,
            secret=bytes(32),
            now_ms=NOW,
        )
        connection.execute(insert(ticket).values(T))
        connection.execute(insert(signal).values(S))
        connection.execute(insert(entry).values(E))
        connection.execute(insert(receipt).values(R))
        connection.execute(insert(floor_plan).values(PLAN))
        connection.execute(
            insert(operator).values(
                id="o9", agency="own", name="Ada", password="x", role="operator", made_ms=NOW
            )
        )
        connection.execute(insert(duty).values(DUTY))
    yield engine
    engine.dispose()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden(engine, what):
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(FORBIDDEN[what])


def test_a_duplicate_may_be_counted(engine):
    with engine.begin() as connection:
        connection.execute(update(signal).values(arrivals=signal.c.arrivals + 1))
        assert connection.execute(select(signal.c.arrivals)).scalar_one() == 2


def test_a_store_that_does_not_survive_a_power_cut_is_not_used(tmp_path):
    path = tmp_path / "weak.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("PRAGMA synchronous = NORMAL")
        with pytest.raises(Unfit, match="FULL"):
            assert_durable(connection, str(path))
    engine.dispose()


def test_a_database_of_a_newer_receiver_is_not_touched(tmp_path):
    path = tmp_path / "receiver.sqlite3"
    upgrade(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(Unfit, match="newer receiver"):
        upgrade(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "receiver.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Unfit, match="cannot be opened"):
        upgrade(f"sqlite:///{path}")
