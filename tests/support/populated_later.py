"""What versions from 0009 on added, as `populated` puts it in; the newest is at the end."""

NOW = 1_795_000_000_000
DEVICE = "a1b2c3d4e5f60718"
GATEWAY = "aa00000000000001"
TICKET = "5b5e5f3a-0000-5000-8000-000000000001"
KEY = bytes(range(32))

LATER = {
    "0009": (
        (
            "health",
            {
                "device": DEVICE,
                "at_ms": NOW,
                "pending": 0,
                "rssi_dbm": -70,
                "mains_mv": 12_000,
                "battery_mv": 3_900,
                "firmware": 65_536,
                "trouble": 0,
            },
        ),
    ),
    "0010": (
        (
            "passkey",
            {
                "id": "cGFzc2tleQ",
                "operator": "o1",
                "name": "Phone",
                "public_key": KEY,
                "counter": 1,
                "made_ms": NOW,
            },
        ),
        ("totp", {"operator": "o1", "sealed": bytes(56), "made_ms": NOW, "last_step": 1}),
        ("recovery", {"operator": "o1", "hash": "h"}),
        (
            "identity",
            {
                "issuer": "https://login.example.org",
                "subject": "u1",
                "operator": "o1",
                "made_ms": NOW,
            },
        ),
        (
            "attempt",
            {"hash": "h", "kind": "passkey", "detail": "{}", "expires_ms": NOW + 1},
        ),
    ),
    "0011": (
        (
            "proposal",
            {
                "id": "p1",
                "agency": "own",
                "what": "delete_site",
                "site": "s1",
                "reason": "moved",
                "asked_by": "o1",
                "asked_ms": NOW,
                "expires_ms": NOW + 1,
            },
        ),
    ),
    "0012": (
        (
            "hold",
            {
                "id": "h1",
                "agency": "own",
                "kind": "ticket",
                "subject": TICKET,
                "reason": "a court asked",
                "set_by": "o1",
                "set_ms": NOW,
            },
        ),
        ("erasure", {"deed": 1, "agency": "own", "at_ms": NOW}),
        ("erased", {"deed": 1, "source": "entry", "first_row": 7, "last_row": 9, "before_ms": NOW}),
    ),
    "0013": (
        (
            "device_order",
            {"device": DEVICE, "what": "settings", "state": "sent", "reason": "", "due_ms": NOW}
            | dict.fromkeys(("counter", "tries", "epoch", "number", "place", "pieces"), 1)
            | dict.fromkeys(("asked_ms", "moved_ms", "sent_ms"), NOW)
            | {"asked_by": "admin:Ada"},
        ),
        ("device_settings", {"device": DEVICE, "counter": 1, "sealed": bytes(100)}),
    ),
    "0015": (
        (
            "image",
            {"agency": "own", "version": 1, "boards": "esp32_s3", "mpy": 6, "size": 3}
            | {"digest": "0" * 64, "content": b"abc", "made_by": "admin:Ada", "made_ms": NOW},
        ),
        ("device_board", {"device": DEVICE, "board": "esp32_s3"}),
    ),
    "0016": (
        (
            "called_back",
            {"endpoint": "e1", "webhook_id": "c1", "page": "p1", "digest": KEY}
            | {"at_ms": NOW, "arrivals": 1},
        ),
    ),
    "0018": (
        (
            "certificate",
            {"device": DEVICE, "part": "own"} | dict.fromkeys(("ends_ms", "epoch", "number"), NOW),
        ),
        ("endpoint_certificate", {"endpoint": "e1", "ends_ms": NOW}),
    ),
    "0019": (
        (
            "page",
            {"id": "p2", "agency": "own", "ticket": TICKET, "round": 1, "target": "operator:Bo"}
            | {"channel": "mail", "address": "ada@example.org", "state": "failed"}
            | {"made_ms": NOW, "attempts": 12, "detail": "refused"}
            | {"ended_ms": NOW, "ended_by": "operator:Ada"},
        ),
    ),
    "0020": (
        (
            "proposal",
            {"id": "pr17", "agency": "own", "what": "make_admin", "subject": "o1", "reason": "x"}
            | {"asked_by": "o1", "asked_ms": NOW, "expires_ms": NOW + 1},
        ),
    ),
    "0023": (
        ("agency", {"id": "guards", "name": "Guards North", "next_number": 1}),
        ("setup", {"hash": "h2", "made_ms": NOW, "agency": "guards", "until_ms": NOW + 1}),
    ),
}
