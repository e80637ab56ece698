"""What must not be erased is refused by the database itself, whoever deletes."""

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from aged import NOW, fill, link_now
from alarm_receiver.domain.retention import DAY_MS
from alarm_receiver.store.desk import deed
from alarm_receiver.store.holds import hold
from alarm_receiver.store.proposals import proposal
from alarm_receiver.store.retention import erased, erasure
from alarm_receiver.store.tables import entry, receipt, signal
from receiving import prepared

ONE = {
    "entry": delete(entry).where(entry.c.ticket == "old"),
    "signal": delete(signal).where(signal.c.ticket == "old"),
    "receipt": delete(receipt).where(receipt.c.ticket == "old"),
    "deed": delete(deed).where(deed.c.seq == 1),
}
RANGES = {"first_row": 1, "last_row": 99, "before_ms": NOW - 400 * DAY_MS}
NEWEST = select(func.max(deed.c.seq)).scalar_subquery()
YOUNGER = RANGES | {"before_ms": NOW}


def wide(*, at_ms=NOW, ranges=RANGES):
    """A deed of erasing that names everything, as a bug or a thief would write it."""
    return [
        insert(deed).values(
            agency="own", at_ms=NOW, actor="x", what="erase", subject="", detail={}
        ),
        insert(erasure).values(deed=NEWEST, agency="own", at_ms=at_ms),
        *(insert(erased).values(deed=NEWEST, source=source, **ranges) for source in ONE),
    ]


FORBIDDEN = {
    **{f"{name}: without a deed": ([], one) for name, one in ONE.items()},
    **{
        f"{log.name}: {id_}": (wide(), delete(log).where(log.c.ticket == id_))
        for log in (entry, signal, receipt)
        for id_ in ("held", "shop", "young", "live")
    },
    **{
        f"{log.name}: younger than any period": (
            wide(ranges=YOUNGER),
            delete(log).where(log.c.ticket == "young"),
        )
        for log in (entry, signal, receipt)
    },
    "deed: about what is held": (wide(), delete(deed).where(deed.c.seq == 2)),
    "deed: of erasing": (wide(), delete(deed).where(deed.c.seq == 3)),
    "the deed of erasing itself": (wide(), delete(deed).where(deed.c.seq == NEWEST)),
    "after it was done": ([*wide(), update(erasure).values(done_ms=NOW)], ONE["entry"]),
    "a range widened": (wide(), update(erased).values(last_row=999)),
    "a range forgotten": (wide(), delete(erased)),
    "an erasing forgotten": (wide(), delete(erasure)),
    "an erasing moved": (wide(), update(erasure).values(at_ms=0)),
    "two erasings at once": (wide(), wide()[1].values(deed=1)),
    "a range of nothing": (wide(), insert(erased).values(deed=NEWEST, source="page", **RANGES)),
    "a hold forgotten": ([], delete(hold)),
    "a hold on something else": ([], update(hold).values(subject="x")),
    "a hold that ends sooner": ([], update(hold).values(until_ms=NOW)),
    "a hold lifted by nobody": ([], update(hold).values(lifted_ms=NOW)),
    "a hold lifted under nothing": ([], update(hold).values(lifted_ms=NOW, lifted_under="p9")),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    url = f"sqlite:///{folder / 'receiver.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").fresh()
    engine = prepared(url, folder)
    with engine.begin() as connection:
        fill(connection)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden(kept, what):
    before, statement = FORBIDDEN[what]
    with kept.connect() as connection:
        transaction = connection.begin()
        for one in before:
            connection.execute(one)
        link_now(connection)
        with pytest.raises(DBAPIError):
            connection.execute(statement)
        transaction.rollback()


@pytest.mark.parametrize("name", ONE)
def test_the_same_is_allowed_when_all_is_right_and_not_before_the_deed_is_linked(kept, name):
    with kept.connect() as connection:
        transaction = connection.begin()
        for one in wide():
            connection.execute(one)
        savepoint = connection.begin_nested()
        with pytest.raises(DBAPIError, match="only grows"):
            connection.execute(ONE[name])
        savepoint.rollback()
        link_now(connection)
        assert connection.execute(ONE[name]).rowcount >= 1
        transaction.rollback()


def test_a_hold_is_lifted_under_what_two_people_did(kept):
    lifting = {
        "id": "p1",
        "agency": "own",
        "what": "lift_hold",
        "subject": "h-held",
        "reason": "x",
        "asked_by": "o1",
        "asked_ms": NOW,
        "expires_ms": NOW + 1,
    }
    lift = update(hold).where(hold.c.id == "h-held").values(lifted_ms=NOW, lifted_under="p1")
    done = {"decided_by": "o2", "decision": "approved", "done_ms": NOW}
    for values, other, lifted in (
        ({}, {}, False),
        ({"decided_by": "o2", "decision": "approved"}, {}, False),
        (done, {"subject": "h-c1"}, False),
        (done, {"what": "drop_endpoint"}, False),
        (done, {}, True),
    ):
        with kept.connect() as connection:
            transaction = connection.begin()
            connection.execute(insert(proposal).values(lifting | values | other))
            if lifted:
                assert connection.execute(lift).rowcount == 1
            else:
                with pytest.raises(DBAPIError, match="two people"):
                    connection.execute(lift)
            transaction.rollback()
