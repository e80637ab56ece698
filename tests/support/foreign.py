"""Somebody of another agency at the same receiver."""

import secrets
import uuid

import httpx

from alarm_receiver.store import people, registry
from alarm_receiver.store.people import Pass


def other(receiver, role):
    """A client of another agency, with a session and a token."""
    context, secret = receiver.receiver.context, secrets.token_urlsafe(32)
    now_ms, id_ = context.clock.now_ms(), str(uuid.uuid4())

    def make(connection):
        registry.make_agency(connection, "other", "Another agency")
        people.make_operator(
            connection,
            id_,
            agency_id="other",
            name=f"Foreign {role}",
            password="x",
            role=role,
            now_ms=now_ms,
        )
        for kind in ("session", "token"):
            given = Pass(kind=kind, means="passkey", lasts_ms=3_600_000)
            people.grant(connection, f"{kind}{secret}", id_, given, now_ms)

    context.writer.do(make)
    http = httpx.Client(base_url=receiver.url, timeout=20)
    http.token, http.session = f"token{secret}", f"session{secret}"
    return http
