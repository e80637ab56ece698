"""Databases of every earlier version, with a row in each table of their day: SQL as it was then.

`fill` takes a connection at a revision and puts in what that version could hold. The rows are never
changed afterwards: a migration that cannot carry them is broken.
"""

from populated_later import DEVICE, GATEWAY, KEY, LATER, NOW, TICKET

ROWS = {
    "0001": (
        ("agency", {"id": "own", "name": "Own agency", "next_number": 3}),
        (
            "site",
            {"id": "s1", "agency": "own", "name": "Corner shop", "account": "4711", "made_ms": NOW},
        ),
        ("zone", {"site": "s1", "number": 1, "name": "Counter"}),
        (
            "device",
            {"id": DEVICE, "site": "s1", "kind": "keypad", "zone": 1, "made_ms": NOW},
        ),
        (
            "device",
            {"id": GATEWAY, "site": "s1", "kind": "gateway", "zone": 0, "made_ms": NOW},
        ),
        (
            "ticket",
            {
                "id": TICKET,
                "agency": "own",
                "number": 1,
                "site": "s1",
                "class": "emergency",
                "state": "open",
                "version": 1,
                "round": 0,
                "opened_ms": NOW,
                "due_ms": NOW + 10_000,
            },
        ),
        (
            "ticket",
            {
                "id": "t2",
                "agency": "own",
                "number": 2,
                "site": "s1",
                "class": "technical",
                "state": "closed",
                "version": 3,
                "round": 0,
                "opened_ms": NOW,
                "closed_ms": NOW + 5,
                "holder": "operator:Ada",
                "outcome": "repaired",
            },
        ),
        (
            "entry",
            {
                "ticket": TICKET,
                "version": 1,
                "at_ms": NOW,
                "actor": f"device:{DEVICE}",
                "act": "open",
                "due_ms": NOW + 10_000,
                "detail": '{"agency": "own", "site": "s1", "class": "emergency", "number": 1, '
                '"signal": {"kind": "panic", "epoch": 1, "number": 1, "zone": 1}}',
            },
        ),
        (
            "signal",
            {
                "device": DEVICE,
                "epoch": 1,
                "number": 1,
                "site": "s1",
                "kind": 3,
                "flags": 0,
                "zone": 1,
                "frame": b"x" * 92,
                "received_ms": NOW,
                "age_ms": 50,
                "age_exact": True,
                "late": False,
                "ticket": TICKET,
                "arrivals": 2,
            },
        ),
        (
            "receipt",
            {
                "device": DEVICE,
                "epoch": 1,
                "number": 1,
                "site": "s1",
                "ticket": TICKET,
                "made_ms": NOW,
            },
        ),
        (
            "refused",
            {"at_ms": NOW, "reason": "bad_seal", "detail": "x", "device": DEVICE, "frame": b"y"},
        ),
        (
            "operator",
            {
                "id": "o1",
                "agency": "own",
                "name": "Ada",
                "password": "x",
                "role": "admin",
                "made_ms": NOW,
            },
        ),
        (
            "access",
            {
                "hash": "h",
                "operator": "o1",
                "kind": "token",
                "made_ms": NOW,
                "expires_ms": NOW + 1,
            },
        ),
        ("setup", {"hash": "h", "made_ms": NOW, "used_ms": NOW}),
    ),
    "0002": (
        ("policy", {"agency": "own", "class": "emergency", "body": "{}", "version": 1}),
        ("address", {"operator": "o1", "channel": "mail", "value": "ada@example.org"}),
        (
            "page",
            {
                "id": "p1",
                "agency": "own",
                "ticket": TICKET,
                "round": 0,
                "target": "operator:Ada",
                "channel": "mail",
                "address": "ada@example.org",
                "state": "queued",
                "made_ms": NOW,
                "due_ms": NOW,
                "attempts": 0,
            },
        ),
        (
            "keyholder",
            {"id": "k1", "site": "s1", "rank": 1, "name": "Bo", "phone": "1"}
            | {"language": "en", "hours": ""},
        ),
        (
            "on_test",
            {"id": "x1", "site": "s1", "zones": "[1]", "who": "operator:Ada", "reason": "r"}
            | {"from_ms": NOW, "until_ms": NOW + 1},
        ),
        ("engine_beat", {"id": "b1", "beat_ms": NOW, "late_ms": 0}),
        (
            "audit",
            {"seq": 1, "source": "entry", "row": 1, "digest": bytes(32), "hash": KEY},
        ),
        (
            "deed",
            {
                "agency": "own",
                "at_ms": NOW,
                "actor": "operator:Ada",
                "what": "make_site",
                "subject": "s1",
                "detail": "{}",
            },
        ),
    ),
    "0003": (
        (
            "floor_plan",
            {
                "site": "s1",
                "floor": 0,
                "name": "Shop",
                "media": "image/svg+xml",
                "picture": b"<svg/>",
                "width": 10,
                "height": 10,
                "digest": "0" * 64,
                "made_ms": NOW,
            },
        ),
        ("place", {"device": DEVICE, "site": "s1", "floor": 0, "x": 1, "y": 2}),
    ),
    "0005": (
        (
            "heard",
            {"device": GATEWAY, "epoch": 1, "number": 5, "heard_ms": NOW, "lost_ms": NOW + 1},
        ),
    ),
    "0006": (
        ("team", {"agency": "own", "name": "Night", "made_ms": NOW}),
        ("team_member", {"agency": "own", "team": "Night", "operator": "o1"}),
        (
            "duty",
            {
                "id": "d1",
                "agency": "own",
                "operator": "o1",
                "state": "on",
                "from_ms": NOW,
                "until_ms": NOW + 1,
                "due_ms": NOW + 1,
                "began_ms": NOW,
            },
        ),
    ),
    "0007": (
        (
            "unit",
            {
                "agency": "own",
                "name": "Patrol 7",
                "kind": "police",
                "phone": "1",
                "latitude_e6": 50_087_000,
                "longitude_e6": -14_421_000,
                "made_ms": NOW,
            },
        ),
        ("spot", {"site": "s1", "latitude_e6": -1, "longitude_e6": 1}),
        ("way_in", {"site": "s1", "floor": 0, "x": 0, "y": 10_000}),
    ),
    "0008": (
        (
            "customer",
            {"id": "c1", "agency": "own", "name": "Shops"}
            | dict.fromkeys(("person", "phone", "mail", "note"), ""),
        ),
        (
            "authority",
            {"id": "a1", "agency": "own", "kind": "police", "name": "Police"}
            | {"phone": "158", "note": ""},
        ),
        (
            "site_authority",
            {"site": "s1", "authority": "a1", "rank": 1, "reference": "7", "response": "active"},
        ),
    ),
} | LATER
KEYS = {
    "0001": {"device": DEVICE, "generation": 1, "secret": KEY, "made_ms": NOW},
    "0004": {"device": DEVICE, "generation": 1, "made_ms": NOW},
}
"""The key of the device: in clear until 0004, sealed from then on."""
ENDPOINT = {"id": "e1", "agency": "own", "name": "Police"} | {
    "url": "https://example.org",
    "made_ms": NOW,
}
"""An agency's own system; its secret is in clear until 0014, sealed from then on."""


WANTED = {"page": {"0017": {"began": 1}}}
"""Columns without a default that a later version asks of every row, by table and version."""


def _since(revision, table):
    found = {}
    for version, values in WANTED.get(table, {}).items():
        found |= values if revision >= version else {}
    return found


def fill(connection, revision, box):
    """Everything that the version `revision` could hold. `box` seals, from 0004 on."""
    sqlite = connection.dialect.name == "sqlite"
    for version, rows in ROWS.items():
        if version > revision:
            break
        for table, row in rows:
            _insert(connection, table, row | _since(revision, table), sqlite=sqlite)
        if version == "0002":
            hook = {"secret": KEY} if revision < "0014" else _sealed(box)
            _insert(connection, "endpoint", ENDPOINT | hook, sqlite=sqlite)
    if revision < "0004":
        _insert(connection, "device_key", KEYS["0001"], sqlite=sqlite)
    else:
        sealed = box.seal(KEY, f"device_key {DEVICE} 1")
        _insert(connection, "device_key", KEYS["0004"] | {"sealed": sealed}, sqlite=sqlite)
        _insert(connection, "sealing", {"id": box.ids[0], "made_ms": NOW}, sqlite=sqlite)


def _sealed(box):
    return {"sealed": box.seal(KEY, "endpoint e1")}


def _insert(connection, table, row, *, sqlite):
    place = "?" if sqlite else "%s"
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(place for _ in row)
    query = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - our own words
    connection.exec_driver_sql(query, tuple(row.values()))


def lost(revision, table):
    """Whether a later migration drops the rows of `table` on purpose."""
    return table == "engine_beat" and revision < "0005"
