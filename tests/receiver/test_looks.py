"""What engines look for several times a second is found without reading what the store has kept."""

import pytest
from sqlalchemy import event, insert, text

from alarm_receiver.store import certificates, orders, registry
from alarm_receiver.store.orders import device_order
from alarm_receiver.store.tables import signal
from receiving import prepared

DEVICE = "00000000000000a1"
SIGNALS = 20_000
STARTED = 100


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def kept(request, tmp_path_factory):
    """A connection to a store that has kept a year of signals and has one order that waits."""
    folder = tmp_path_factory.mktemp("kept")
    url = f"sqlite:///{folder / 'receiver.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").fresh()
    engine = prepared(url, folder)
    with engine.begin() as connection:
        registry.make_agency(connection, registry.OWN, "Own")
        registry.make_site(connection, "s", agency_id=registry.OWN, name="s", account="1", now_ms=0)
        registry.register(
            connection,
            DEVICE,
            site_id="s",
            kind="keypad",
            zone_number=0,
            secret=bytes(32),
            now_ms=0,
        )
        said = {
            "device": DEVICE,
            "epoch": 1,
            "site": "s",
            "kind": STARTED,
            "flags": 0,
            "zone": 0,
            "frame": bytes(78),
            "received_ms": 1,
            "age_ms": 0,
            "age_exact": True,
            "late": False,
            "arrivals": 1,
        }
        connection.execute(insert(signal), [said | {"number": one} for one in range(SIGNALS)])
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
        yield connection
    engine.dispose()


def plan(connection, look):
    """What `look` finds, and how the store goes about its last statement."""
    said = []

    def note(_connection, _cursor, statement, parameters, *_):
        said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        found = look(connection)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    statement, parameters = said[-1]
    word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
    return found, "\n".join(str(row[-1]) for row in rows)


def order(connection, number):
    connection.execute(
        insert(device_order).values(
            device=DEVICE,
            what="settings",
            counter=number,
            state="wanted",
            reason="",
            tries=0,
            asked_by="x",
            asked_ms=0,
            moved_ms=0,
            sent_ms=0,
            due_ms=1,
            epoch=1,
            number=0,
            place=0,
            pieces=0,
        )
    )


def test_where_nothing_is_ordered_no_signal_is_looked_at(kept):
    waits, how = plan(kept, orders.any_live)
    assert not waits
    assert "signal" not in how


def test_what_devices_say_of_orders_has_a_way_of_its_own(kept):
    with kept.begin_nested() as undo:
        order(kept, 1)
        waits, _ = plan(kept, orders.any_live)
        assert waits
        found, how = plan(kept, orders.unheard)
        assert found == []
        assert "signal_order_ix" in how, how
        undo.rollback()


def test_what_devices_say_of_certificates_has_a_way_of_its_own(kept):
    found, how = plan(kept, certificates.unread)
    assert found == []
    assert "signal_certificate_ix" in how, how
