"""An example of each body that the API takes, and of each answer: shown, and checked by a test.

It promises that no operation of the published schema takes or gives a body without one, but for
bodies that are bytes. What the answers hold is in `shown`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from alarm_receiver.web.problems import MEDIA_TYPE, TITLES
from alarm_receiver.web.shown import AT, KEYPAD, SHOWN, SITE_ID, THING_ID, TICKET_ID

_KEY = "00112233445566778899aabbccddeeff" * 2
EXAMPLES: dict[str, dict[str, Any]] = {
    "SetupForm": {"token": "Zr3...", "name": "Ada", "password": "correct horse battery"},
    "LoginForm": {"name": "Ada", "password": "correct horse battery"},
    "AgencyForm": {"name": "Guards North"},
    "AgencyNameForm": {"name": "Guards of the North"},
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
    "DeviceZoneForm": {"zone": 2},
    "ZoneForm": {"name": "Counter"},
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
    "BoardForm": {"board": "esp32_s3"},
    "DecisionForm": {"decision": "approved"},
    "ImageForm": {"version": 12},
    "OwnerForm": {"customer": THING_ID},
    "ProposalForm": {
        "what": "delete_site",
        "site": SITE_ID,
        "subject": "",
        "reason": "the shop has closed",
    },
    "SettingsForm": {"settings": {"host": "192.168.1.2", "zone": 3}},
    "StepForm": {"wait_s": 10, "targets": ["shift:*", "agency:*"]},
}
"""By the name of the form in the schema."""
NESTED: dict[str, dict[str, Any]] = {
    "alarm_receiver__web__site_forms__WordForm": {"ticket": TICKET_ID, "word": "blue heron"},
    "alarm_receiver__web__walk__WordForm": {"mine": True, "text": "it was me"},
    "Questions": {
        "tickets": [
            {
                "ticket": TICKET_ID,
                "opened_ms": 1_803_931_200_000,
                "signals": [[KEYPAD, 3, 17]],
                "others": [],
                "whole": True,
            }
        ]
    },
}
"""Likewise, of forms whose name stands twice, or that only another receiver fills in."""
TEXTS: dict[str, dict[str, str]] = {
    "GET /ready": {"text/plain": "ready\n"},
    "GET /metrics": {
        "text/plain": "# HELP holdfast_gateways_lost Gateways that are not heard any more\n"
        "# TYPE holdfast_gateways_lost gauge\nholdfast_gateways_lost 0\n"
    },
    "GET /v1/stream": {
        "text/event-stream": "event: entry\nid: 42\n"
        f'data: {{"ticket": "{TICKET_ID}", "version": 2, "act": "acknowledge"}}\n\n'
        f'event: heartbeat\ndata: {{"at": "{AT}"}}\n\n'
    },
    "GET /v1/export/devices.csv": {
        "text/csv": "account,site_name,device,kind,zone,zone_name,state\r\n"
        f"4711,Corner shop,{KEYPAD},keypad,1,Counter,\r\n"
    },
    "GET /v1/export/tickets.csv": {
        "text/csv": "number,class,kind,state,account,site,opened,closed,outcome\r\n"
        f"7,emergency,hold_up,acknowledged,4711,Corner shop,{AT},,\r\n"
    },
    "POST /v1/proposals/{id}/do": {"text/csv": f"device,kind,key\r\n{KEYPAD},keypad,{_KEY}\r\n"},
    "GET /v1/sites/{id}/floors/{floor}/picture": {"image/svg+xml": "<svg viewBox='0 0 10 10'/>"},
}
"""What is given as text, by the operation and its media type."""
BYTES = ("application/vnd.holdfast.batch", "application/octet-stream", "application/zip")
PICTURES = ("image/png",)
DETAILS = {
    400: "the body is no batch",
    401: "send Authorization: Bearer TOKEN, or sign in",
    403: "your role may not do this",
    404: f"no ticket {TICKET_ID}",
    408: "the body came too slowly",
    409: "the ticket has changed since version 3",
    410: "what was there is erased",
    412: "the ticket has changed since version 3",
    413: "at most 16384 bytes",
    415: "the picture is SVG or PNG",
    422: "name: String should have at least 1 character",
    429: "too many requests; wait 2 s",
    502: "the provider does not answer",
    503: "nothing can be committed now",
}
"""An example of what a problem says, by its status."""


def put_into(schema: dict[str, Any]) -> None:
    """Add the examples to a published schema, and to lists how they go on."""
    models = schema["components"]["schemas"]
    for name, example in (SHOWN | EXAMPLES | NESTED).items():
        if name in models:
            models[name].setdefault("examples", [example])
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _fill(operation.get("requestBody", {}).get("content", {}), models)
            _texts(f"{method.upper()} {path}", operation["responses"])
            _goes_on(path, operation)
            for status, answer in operation["responses"].items():
                if status[0] in "45":  # FastAPI adds application/json, which we never answer
                    answer["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
                _fill(answer.get("content", {}), models, status)
    for name in ("HTTPValidationError", "ValidationError"):
        models.pop(name, None)  # FastAPI's own; ours are problem documents


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def _goes_on(path: str, operation: dict[str, Any]) -> None:
    """Where a list that comes in parts goes on, as its header says it."""
    if any(one["name"] == "cursor" for one in operation.get("parameters", ())):
        link: dict[str, Any] = {"schema": {"type": "string"}}
        link["description"] = "Where the list goes on"
        link["example"] = f'<{path}?limit=100&cursor=WyIrIiwi...>; rel="next"'
        operation["responses"]["200"]["headers"] = {"Link": link}


def _texts(operation: str, answers: dict[str, Any]) -> None:
    """What a route gives as text; FastAPI took it for JSON, of which it knew nothing."""
    for media, text in TEXTS.get(operation, {}).items():
        content = answers["200"].setdefault("content", {})
        content.pop("application/json", None)
        content[media] = {"schema": {"type": "string"}, "example": text}


def _fill(content: dict[str, Any], models: dict[str, Any], status: str = "") -> None:
    for media, body in content.items():
        if media in (*BYTES, *PICTURES):
            body.setdefault("schema", {"type": "string", "format": "binary"})
        elif media == MEDIA_TYPE:
            body["example"] = _problem(int(status))
        elif "example" not in body:
            example = _example(body.get("schema", {}), models)
            if example is not None:
                body["example"] = example


def _example(schema: dict[str, Any], models: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return next(iter(models[schema["$ref"].rpartition("/")[2]].get("examples", ())), None)
    if schema.get("type") == "array":
        inner = _example(schema["items"], models)
        return None if inner is None else [inner]
    if schema.get("type") == "object" and "properties" not in schema:
        return {"status": "ok"}
    return None


def _problem(status: int) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": DETAILS[status],
    }
