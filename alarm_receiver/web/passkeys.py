"""Passkeys (WebAuthn): the browser's side asks here for challenges and brings what was signed.

It promises that a challenge is answered once and within five minutes, that the signature was made
for this receiver's own name and origin with the user verified at his device, and that a copied
key whose counter falls behind is refused.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from alarm_receiver.store import credentials, deeds, people
from alarm_receiver.store.credentials import PASSKEYS_MAX, Passkey
from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

CHALLENGE_BYTES = 32
NAME = "Holdfast"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the console is, as browsers see it: its origin, and the name passkeys belong to."""

    origin: str
    name: str


def place_of(request: Request, parts: Context) -> Place | None:
    """Where this console is; None when it is opened by a number, which passkeys do not take."""
    url = urlsplit(parts.settings.public_url or str(request.base_url))
    name = url.hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return Place(f"{url.scheme}://{url.netloc}", name) if name else None
    return None


def ask_new(request: Request, parts: Context, who: Operator) -> dict[str, Any]:
    """What the browser needs to make a passkey for `who`. Raises 409 when he has too many."""
    place = _place(request, parts)
    with parts.reader.connect() as connection:
        have = credentials.passkeys(connection, who.id)
    if len(have) >= PASSKEYS_MAX:
        raise ApiError(409, f"you have {len(have)} passkeys; remove one first")
    challenge = _begin(parts, "new_passkey", who.id)
    options = webauthn.generate_registration_options(
        rp_id=place.name,
        rp_name=NAME,
        user_id=who.id.encode(),
        user_name=who.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in have
        ],
    )
    return _plain(options)


def take_new(
    request: Request, parts: Context, who: Operator, name: str, answer: dict[str, Any]
) -> None:
    """Keep the passkey that the browser has made. Raises 403."""
    place, now_ms = _place(request, parts), parts.clock.now_ms()
    owner, challenge = _finish(parts, "new_passkey", answer)
    if owner != who.id:
        raise ApiError(403, "this passkey was asked for by somebody else")
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise ApiError(403, f"the passkey was not accepted: {error}") from error
    kept = Passkey(
        bytes_to_base64url(made.credential_id),
        who.id,
        name.strip()[:80] or "Passkey",
        made.credential_public_key,
        made.sign_count,
        now_ms,
        None,
    )

    def keep(connection: Connection) -> None:
        credentials.add_passkey(connection, kept)
        deeds.write(connection, who, "add_passkey", who.name, now_ms, name=kept.name)

    parts.writer.do(keep)


def ask_entry(request: Request, parts: Context) -> dict[str, Any]:
    """What the browser needs to sign in with any passkey that it has for this receiver."""
    place = _place(request, parts)
    options = webauthn.generate_authentication_options(
        rp_id=place.name,
        challenge=_begin(parts, "passkey", None),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options)


def take_entry(request: Request, parts: Context, answer: dict[str, Any]) -> Operator:
    """Whoever signed the challenge. Raises 403."""
    place, now_ms = _place(request, parts), parts.clock.now_ms()
    _, challenge = _finish(parts, "passkey", answer)
    with parts.reader.connect() as connection:
        kept = credentials.passkey_by_id(connection, str(answer.get("id", ""))[:1400])
        who = people.by_id(connection, kept.operator) if kept else None
    if kept is None or who is None:
        raise ApiError(403, "this passkey is not known here")
    try:
        checked = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise ApiError(403, f"the passkey was not accepted: {error}") from error
    counter = checked.new_sign_count
    if not parts.writer.do(lambda one: credentials.used_passkey(one, kept.id, counter, now_ms)):
        raise ApiError(403, "this passkey's counter fell behind; it may have been copied")
    return who


def _place(request: Request, parts: Context) -> Place:
    place = place_of(request, parts)
    if place is None:
        raise ApiError(409, "open the console by its name, not by its number, to use passkeys")
    return place


def _begin(parts: Context, kind: str, operator: str | None) -> bytes:
    challenge, now_ms = secrets.token_bytes(CHALLENGE_BYTES), parts.clock.now_ms()
    secret = bytes_to_base64url(challenge)
    parts.writer.do(lambda one: credentials.begin(one, secret, kind, now_ms, operator))
    return challenge


def _finish(parts: Context, kind: str, answer: dict[str, Any]) -> tuple[str | None, bytes]:
    """Whose challenge the answer is to, and the challenge, used up. Raises 403."""
    try:
        client = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        challenge = str(client["challenge"])
        plain = base64url_to_bytes(challenge)
    except (KeyError, TypeError, ValueError) as error:
        raise ApiError(403, "this is no answer of an authenticator") from error
    now_ms = parts.clock.now_ms()
    found = parts.writer.do(lambda one: credentials.finish(one, challenge, kind, now_ms))
    if found is None:
        raise ApiError(403, "this challenge was answered already or is too old; try again")
    return found[0], plain


def _plain(options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found
