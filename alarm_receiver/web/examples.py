"""An example of each body that the API takes: shown in its schema, and checked by a test."""

from __future__ import annotations

from typing import Any

_KEY = "00112233445566778899aabbccddeeff" * 2
EXAMPLES: dict[str, dict[str, Any]] = {
    "SetupForm": {"token": "Zr3...", "name": "Ada", "password": "correct horse battery"},
    "LoginForm": {"name": "Ada", "password": "correct horse battery"},
    "OperatorForm": {"name": "Bo", "password": "twelve letters", "role": "operator"},
    "AddressForm": {"channel": "sms", "value": "+420601234567", "language": "cs"},
    "InstallerForm": {"name": "Cy", "hours": 24},
    "DeviceForm": {
        "device": "a1b2c3d4e5f60718",
        "kind": "keypad",
        "site": "6c1d9a2e-0f5b-4a35-9f0e-0d8f2a1b7c11",
        "zone": 1,
        "zone_name": "Counter",
        "key": _KEY,
    },
    "KeyForm": {"key": _KEY},
    "ProfileForm": {"profile": "DP4"},
    "SiteDetails": {"jurisdiction": "gb", "police_reference": "URN 1234", "hazards": "a dog"},
    "KeyholderForm": {
        "rank": 1,
        "name": "Dora",
        "phone": "+420601234567",
        "language": "cs",
        "hours": "nights",
        "password": "blue heron",
        "duress": "red kite",
    },
    "OnTestForm": {"minutes": 30, "zones": [1, 2], "reason": "new battery"},
    "PlaceForm": {"x": 2500, "y": 8000},
    "PolicyForm": {
        "steps": [
            {"wait_s": 10, "targets": ["shift:*", "agency:*"]},
            {"wait_s": 20, "targets": ["team:Night", "shift:supervisor"]},
        ],
        "acknowledged_s": 300,
        "dispatched_s": 1200,
    },
    "CustomerForm": {"name": "Shops Ltd", "person": "Eva", "phone": "+420601234567"},
    "AuthorityForm": {"kind": "police", "name": "City police", "phone": "+420158"},
    "LinkForm": {"rank": 1, "reference": "URN 1234", "response": "active"},
    "EndpointForm": {"name": "Guards", "url": "https://guards.example.org/holdfast"},
    "HoldForm": {
        "kind": "site",
        "subject": "6c1d9a2e-0f5b-4a35-9f0e-0d8f2a1b7c11",
        "reason": "court order 12 C 345/2026",
        "until": "2028-01-01T00:00:00Z",
    },
    "EndForm": {"reason": "reached by telephone"},
    "TeamForm": {"members": ["Ada", "Bo"]},
    "ActForm": {"version": 3},
    "AnswerForm": {"version": 3, "question": "safe", "answer": "yes"},
    "CallForm": {"version": 3, "target": "keyholder", "who": "Dora", "result": "on her way"},
    "NoteForm": {"version": 3, "text": "The caller is behind the till."},
    "ParkForm": {"version": 3, "park_s": 300, "reason": "the keyholder calls back"},
    "TransferForm": {"version": 3, "to": "Bo", "reason": "he speaks Hungarian"},
    "DispatchForm": {"version": 3, "to": "Police, unit 12", "text": "two at the door"},
    "UnderwayForm": {"version": 4, "expected_s": 420},
    "SpotForm": {"latitude": 50.087, "longitude": 14.421},
    "UnitForm": {"kind": "police", "phone": "158", "spot": None},
    "CloseForm": {"version": 5, "outcome": "attended", "text": "one arrest"},
}
"""By the name of the form in the schema."""


def put_into(schema: dict[str, Any]) -> None:
    """Add the examples to a published schema, and to lists how they go on."""
    for path, methods in schema.get("paths", {}).items():
        asked = methods.get("get", {})
        if any(one["name"] == "cursor" for one in asked.get("parameters", ())):
            link: dict[str, Any] = {
                "schema": {"type": "string"},
                "description": "Where the list goes on",
            }
            link["example"] = f'<{path}?limit=100&cursor=WyIrIiwi...>; rel="next"'
            asked["responses"]["200"]["headers"] = {"Link": link}
    forms = schema.get("components", {}).get("schemas", {})
    for name, example in EXAMPLES.items():
        if name in forms:
            forms[name].setdefault("examples", [example])
