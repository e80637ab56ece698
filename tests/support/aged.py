"""A store with records of every age, as retention finds them after years."""

from sqlalchemy import insert, text, update

from alarm_receiver.domain.retention import DAY_MS, Kind, Period, Periods
from alarm_receiver.store import audit, holds, registry
from alarm_receiver.store.charts import customer
from alarm_receiver.store.desk import deed, page
from alarm_receiver.store.tables import (
    access,
    entry,
    operator,
    receipt,
    refused,
    signal,
    site,
    ticket,
)

NOW = 1_795_000_000_000
OLD = NOW - 2_000 * DAY_MS
D = "a1b2c3d4e5f60718"
DEVICES = {"s1": D, "s2": "a1b2c3d4e5f60719"}
PERIODS = Periods({kind: Period(400, "a test") for kind in Kind}, "Ada")
LONG = Periods(PERIODS.of | {Kind.SESSIONS: Period(36_000, "we are signed in")}, "Ada")
TICKETS = {
    "old": ("s1", OLD),
    "held": ("s1", OLD),
    "shop": ("s2", OLD),
    "young": ("s1", NOW - 31 * DAY_MS),
    "live": ("s1", None),
}
AT_ONCE = {"age_ms": 0, "age_exact": True, "late": False}
ACTS = ("open", "acknowledge", "answer", "note", "close")


def state_of(closed_ms):
    if closed_ms:
        return {"state": "closed", "closed_ms": closed_ms, "outcome": "attended"}
    return {"state": "acknowledged", "due_ms": NOW}


def opening(at, number):
    return {"agency": "own", "site": at, "class": "emergency", "number": number}


def whole_ticket(connection, id_, number, at, closed_ms):
    """A ticket with its entries, signal and receipt; live when it was closed at no moment."""
    opened, acts = opening(at, number), ACTS if closed_ms else ACTS[:4]
    connection.execute(
        insert(ticket).values(
            id=id_,
            agency="own",
            number=number,
            site=at,
            class_="emergency",
            version=len(acts),
            round=0,
            opened_ms=OLD,
            holder="operator:Ada",
            **state_of(closed_ms),
        )
    )
    write_entries(connection, id_, acts, closed_ms, opened)
    connection.execute(
        insert(signal).values(
            device=DEVICES[at],
            epoch=1,
            number=number,
            site=at,
            kind=3,
            flags=0,
            zone=1,
            frame=bytes([number % 256]) * 66,
            received_ms=OLD,
            ticket=id_,
            arrivals=1,
            **AT_ONCE,
        )
    )
    told = {"device": DEVICES[at], "epoch": 1, "number": number, "site": at}
    connection.execute(insert(receipt).values(told | {"ticket": id_, "made_ms": OLD}))


def write_entries(connection, id_, acts, closed_ms, opened):
    """The ticket's timeline, one entry for each act."""
    for version, act in enumerate(acts, 1):
        connection.execute(
            insert(entry).values(
                ticket=id_,
                version=version,
                at_ms=closed_ms if act == "close" else OLD,
                actor="operator:Ada",
                act=act,
                due_ms=None if act == "close" else NOW,
                detail={"text": "Eva said so", "outcome": "attended"}
                | (opened if act == "open" else {}),
            )
        )


def fill(connection):
    """Two sites with old, held, young and live tickets, all of it linked."""
    registry.make_agency(connection, "own", "Own")
    for id_, keypad in DEVICES.items():
        registry.make_site(connection, id_, agency_id="own", name="Shop", account=id_, now_ms=OLD)
        registry.register(
            connection,
            keypad,
            site_id=id_,
            kind="keypad",
            zone_number=1,
            secret=bytes(32),
            now_ms=OLD,
        )
    people(connection)
    for number, (id_, (at, closed_ms)) in enumerate(TICKETS.items(), 1):
        whole_ticket(connection, id_, number, at, closed_ms)
    deeds(connection)
    leftovers(connection)
    for kind, subject in (("ticket", "held"), ("customer", "c1")):
        holds.put(
            connection,
            "own",
            holds.Hold(f"h-{subject}", kind, subject, "a court", "o1", OLD, None, None),
        )
    link_now(connection)


def people(connection):
    """Two administrators, and the customer of the second site."""
    one = {"agency": "own", "password": "x", "role": "admin", "made_ms": OLD}
    for id_ in ("o1", "o2"):
        connection.execute(insert(operator).values(id=id_, name=id_, **one))
    about = {"person": "", "phone": "", "mail": "", "note": ""}
    connection.execute(insert(customer).values(id="c1", agency="own", name="Shops", **about))
    connection.execute(update(site).where(site.c.id == "s2").values(customer="c1"))


def deeds(connection):
    """An old deed, one about what is held, and one of erasing."""
    for id_, subject, what in (
        (1, "s1", "make_site"),
        (2, "held", "close"),
        (3, "s1", "erase"),
    ):
        connection.execute(
            insert(deed).values(
                seq=id_, agency="own", at_ms=OLD, actor="x", what=what, subject=subject, detail={}
            )
        )
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT setval('deed_seq_seq', 3)"))


def leftovers(connection):
    """What is in no log: a page, sessions, a stranger's frame."""
    connection.execute(
        insert(page).values(
            id="p1",
            agency="own",
            ticket="old",
            round=0,
            began=1,
            target="operator:Ada",
            channel="mail",
            address="ada@example.org",
            state="accepted",
            made_ms=OLD,
            attempts=1,
        )
    )
    for id_, ends_ms in (("a", OLD), ("b", NOW)):
        ended = {"operator": "o1", "kind": "session", "made_ms": OLD, "expires_ms": ends_ms}
        connection.execute(insert(access).values(hash=id_, **ended))
    connection.execute(
        insert(refused).values(at_ms=OLD, reason="bad_seal", detail="", device=D, frame=b"x")
    )


def link_now(connection):
    while audit.seal(connection, NOW + audit.SETTLE_MS):
        pass
