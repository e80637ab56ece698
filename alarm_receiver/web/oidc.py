"""Signing in at an OpenID Connect provider: code flow with PKCE, state and nonce.

It promises that an answer is taken once, in the browser that asked; that the ID token is signed
by a key of the provider with an asymmetric algorithm, for us, now and with our nonce; and that
whoever has no role by the house's rules does not get in, whatever he had before.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx

from alarm_receiver.store import credentials, deeds, people
from alarm_receiver.store.registry import OWN
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.provider import Provider, ask, check
from alarm_receiver.web.turns import PASSWORDS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context


def begin(parts: Context, provider: Provider, back: str, there: str) -> tuple[str, str]:
    """Where to send the browser, and the secret that binds the answer to it.

    `back` is our own address for the answer; `there` the page that was wanted.
    """
    now_ms = parts.clock.now_ms()
    provider.learn(now_ms)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    parts.writer.do(
        lambda one: credentials.begin(
            one, state, "oidc", now_ms, nonce=nonce, verifier=verifier, back=back, there=there
        )
    )
    query = {
        "response_type": "code",
        "client_id": provider.rules.client_id,
        "redirect_uri": back,
        "scope": provider.rules.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    at = str(provider.described["authorization_endpoint"])
    return f"{at}{'&' if '?' in at else '?'}{urlencode(query)}", state


def finish(
    parts: Context, provider: Provider, state: str, bound: str, code: str
) -> tuple[Operator, str]:
    """Who came back with `code`, and the page that he wanted. Raises 403, 502."""
    now_ms = parts.clock.now_ms()
    if not bound or not secrets.compare_digest(state.encode(), bound.encode()):
        raise ApiError(403, "this answer belongs to another browser; sign in again")
    found = parts.writer.do(lambda one: credentials.finish(one, state, "oidc", now_ms))
    if found is None:
        raise ApiError(403, "this answer was used already or is too old; sign in again")
    begun = found[1]
    provider.learn(now_ms)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun["back"],
        "code_verifier": begun["verifier"],
        "client_id": provider.rules.client_id,
    }
    secret = provider.rules.secret()
    given = httpx.BasicAuth(provider.rules.client_id, secret) if secret else None
    answer = ask("POST", str(provider.described["token_endpoint"]), form, given)
    claims = check(provider, str(answer.get("id_token", "")), begun["nonce"], now_ms)
    return _operator(parts, provider, claims, now_ms), str(begun["there"])


def _operator(parts: Context, provider: Provider, claims: dict[str, Any], now_ms: int) -> Operator:
    """The operator whom the claims mean, with the role that they give now."""
    role = provider.rules.role(claims)
    if role is None:
        raise ApiError(403, f"the provider gives you no role here (claim {provider.rules.claim})")
    issuer, subject = provider.rules.issuer, str(claims["sub"])[:255]
    name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])[:80]
    unknown = PASSWORDS.hash(secrets.token_urlsafe(32))

    def find(connection: Connection) -> Operator | None:
        id_ = credentials.meant_by(connection, issuer, subject)
        if id_ is None:
            if people.is_taken(connection, name):
                return None
            made = people.make_operator(
                connection,
                str(uuid.uuid4()),
                agency_id=OWN,
                name=name,
                password=unknown,
                role=role,
                now_ms=now_ms,
            )
            credentials.bind(connection, issuer, subject, made.id, now_ms)
            deeds.write(connection, made, "make_operator", name, now_ms, role=role, issuer=issuer)
            return made
        found = people.by_id(connection, id_)
        if found is not None and found.role != role:
            people.put_role(connection, id_, role)
            deeds.write(connection, found, "put_role", found.name, now_ms, role=role)
            found = people.by_id(connection, id_)
        return found

    who = parts.writer.do(find)
    if who is None:
        raise ApiError(403, f"the account {name} is shut out, or is another person's here")
    return who
