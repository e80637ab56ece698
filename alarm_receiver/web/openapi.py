"""What the published schema says beyond the routes: the words in front, and the intake door."""

from __future__ import annotations

from typing import Any

DESCRIPTION = """\
Takes sealed signals from gateways, opens tickets, and shows them to people.

* A **receipt** is sent after the COMMIT that stores the signal and its ticket.
* A **ticket** that nobody works on comes back at `due_at`, in every state.
* Every act names the `version` of the ticket that you saw; when you missed something that counts,
  the answer is 409 and says what changed.
* Errors are problem documents (RFC 9457), type `application/problem+json`.
"""

TAGS: list[dict[str, str]] = [
    {"name": "intake", "description": "For gateways: sealed frames in, sealed receipts out."},
    {"name": "access", "description": "The first operator, and tokens."},
    {"name": "tickets", "description": "Emergencies being worked."},
    {"name": "stream", "description": "Changes as they happen, with replay."},
    {"name": "sites", "description": "Protected places."},
    {"name": "installers", "description": "Tokens that end, for those who fit keypads."},
    {"name": "team", "description": "Operators, policies, endpoints, and who did what."},
    {"name": "roster", "description": "Who is at the desk, who comes when, and the teams."},
    {"name": "directory", "description": "Customers, and the agencies that are sent."},
    {"name": "exchange", "description": "CSV in and out; the whole registry as one archive."},
    {"name": "agencies", "description": "Further agencies; call-backs of agencies' systems."},
    {"name": "peer", "description": "For the other receiver of a pair."},
    {"name": "devices", "description": "Keypads and gateways."},
    {"name": "proposals", "description": "What needs two people: deleting, taking keys out."},
    {"name": "retention", "description": "How long records are kept, and legal holds."},
    {"name": "health", "description": "For load balancers and Prometheus."},
]

BATCH = "application/vnd.holdfast.batch"
_BATCH_BODY = {
    BATCH: {
        "schema": {
            "type": "string",
            "format": "binary",
            "maxLength": 65000,
            "description": "Frames of alarm_wire, each after its length in two bytes, big-endian; "
            "at most 500 of at most 128 bytes.",
        }
    }
}


def _problem(what: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": what, "content": {"application/problem+json": {"schema": schema}}}


INTAKE_PATHS: dict[str, Any] = {
    "/v1/signals": {
        "post": {
            "tags": ["intake"],
            "summary": "Hand over signals and heartbeats",
            "description": "Sealed signal and heartbeat frames of any devices. The answer holds as "
            "many receipts (stored, acknowledged, heard) and refusals, in the same order, and is "
            "sent after COMMIT. Sending a frame again is safe: it is answered with the same "
            "receipt. The seals are the authentication.",
            "operationId": "take_signals",
            "security": [],
            "requestBody": {"required": True, "content": _BATCH_BODY},
            "responses": {
                "200": {"description": "Receipts and refusals, in order", "content": _BATCH_BODY},
                "400": _problem("The body is no batch"),
                "408": _problem("The body came too slowly"),
                "413": _problem("The body is too long"),
                "503": _problem("Nothing can be committed now; see Retry-After"),
            },
        }
    },
    "/v1/receipts": {
        "post": {
            "tags": ["intake"],
            "summary": "Wait for receipts",
            "description": "Receipts (acknowledged) for the devices of the site of the gateway "
            "that asks, queued after sequence `after`; held open up to `wait_s` seconds. The "
            "body is one heartbeat frame of the gateway: its seal proves who asks.",
            "operationId": "wait_for_receipts",
            "security": [],
            "parameters": [
                {
                    "name": "after",
                    "in": "query",
                    "description": "`Holdfast-Sequence` of the answer before; 0 at first",
                    "schema": {"type": "integer", "minimum": 0, "default": 0},
                },
                {
                    "name": "wait_s",
                    "in": "query",
                    "schema": {"type": "number", "minimum": 0, "default": 0},
                },
            ],
            "requestBody": {"required": True, "content": _BATCH_BODY},
            "responses": {
                "200": {
                    "description": "Receipts; none when none came in time",
                    "headers": {
                        "Holdfast-Sequence": {
                            "description": "The next `after`",
                            "schema": {"type": "integer"},
                        }
                    },
                    "content": _BATCH_BODY,
                },
                "400": _problem("The body is not one heartbeat frame"),
                "403": _problem("The heartbeat does not prove a gateway; `reason` says why"),
                "408": _problem("The body came too slowly"),
                "413": _problem("The body is too long"),
            },
        }
    },
    "/v1/pieces": {
        "post": {
            "tags": ["intake"],
            "summary": "Fetch sealed pieces",
            "description": "Sealed pieces of what was ordered for the devices of the site of the "
            "gateway that asks, to be published to each device; held open up to `wait_s` seconds. "
            "They are given again until the device has answered. The body is one heartbeat frame "
            "of the gateway: its seal proves who asks.",
            "operationId": "fetch_pieces",
            "security": [],
            "parameters": [
                {
                    "name": "wait_s",
                    "in": "query",
                    "schema": {"type": "number", "minimum": 0, "default": 0},
                },
            ],
            "requestBody": {"required": True, "content": _BATCH_BODY},
            "responses": {
                "200": {
                    "description": "Pieces; none when none were due in time",
                    "content": _BATCH_BODY,
                },
                "400": _problem("The body is not one heartbeat frame"),
                "403": _problem("The heartbeat does not prove a gateway; `reason` says why"),
                "408": _problem("The body came too slowly"),
                "413": _problem("The body is too long"),
                "503": _problem("Nothing can be committed now; see Retry-After"),
            },
        }
    },
}
