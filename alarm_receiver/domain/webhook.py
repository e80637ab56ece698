"""The signature of Standard Webhooks, made and checked. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac

TOLERANCE_S = 300
"""A call-back older or younger than this is refused; the specification's own figure."""


def signature(secret: bytes, id_: str, at_s: int, body: bytes) -> str:
    """The value of the webhook-signature header."""
    signed = f"{id_}.{at_s}.".encode() + body
    digest = hmac.digest(secret, signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def genuine(secret: bytes, headers: dict[str, str], body: bytes, now_s: int) -> bool:
    """Whether a call-back carries a fresh signature made with `secret`."""
    at = headers.get("webhook-timestamp", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):  # noqa: PLR2004 - seconds
        return False
    if abs(int(at) - now_s) > TOLERANCE_S:
        return False
    wanted = signature(secret, headers.get("webhook-id", ""), int(at), body)
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)
