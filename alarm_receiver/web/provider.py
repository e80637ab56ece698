"""An OpenID Connect provider as we know it: what it says of itself, its keys, and its ID tokens.

It promises that a token is believed only when a key of the provider has signed it with an
asymmetric algorithm, for us, now, and with the nonce that we sent; and that a provider which is
away or hangs keeps few threads waiting: the desk has the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.turns import Turns
from alarm_receiver.within import within

if TYPE_CHECKING:
    from alarm_receiver.rules import Oidc

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
TIMEOUT_S = 10.0
BODY_MAX = 1_000_000
FULL = 503
KNOWN_MS = 3_600_000
"""A provider's description and keys are asked for again after an hour, or for an unknown key."""
AGAIN_MS = 5_000
"""A provider that was away is asked again after so long, not at every click."""
LEEWAY_S = 60
ASKING = Turns(6, 6, "the provider has not answered the others yet")


@dataclass(slots=True)
class Provider:
    """What a provider has said of itself, and its keys."""

    rules: Oidc
    described: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    known_ms: int = -KNOWN_MS
    away_ms: int = -AGAIN_MS
    away: str = ""

    def learn(self, now_ms: int, *, anew: bool = False) -> None:
        """Ask the provider, unless what is known is young. Raises ApiError 502."""
        if not anew and now_ms - self.known_ms < KNOWN_MS:
            return
        if now_ms - self.away_ms < AGAIN_MS:
            raise ApiError(502, self.away)
        try:
            self._learn(now_ms)
        except ApiError as error:
            if error.status != FULL:
                self.away_ms, self.away = now_ms, error.detail
            raise

    def _learn(self, now_ms: int) -> None:
        url = f"{self.rules.issuer}/.well-known/openid-configuration"
        described = ask("GET", url)
        if described.get("issuer", "").rstrip("/") != self.rules.issuer:
            raise ApiError(502, f"{url} speaks for {described.get('issuer')!r}, not for itself")
        missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - described.keys()
        if missing:
            raise ApiError(502, f"{url} names no {', '.join(sorted(missing))}")
        self.keys = ask("GET", described["jwks_uri"])
        self.described, self.known_ms = described, now_ms


def check(provider: Provider, token: str, nonce: str, now_ms: int) -> dict[str, Any]:
    """The claims of an ID token that is signed, for us, now and ours. Raises 403."""
    try:
        claims = _claims(provider, token, now_ms)
        rules = jwt.JWTClaimsRegistry(
            now=now_ms // 1000,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": provider.described["issuer"]},
            aud={"essential": True, "value": provider.rules.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ApiError(403, f"the provider's ID token was not accepted: {error}") from error
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    party = claims.get("azp", provider.rules.client_id)
    if party != provider.rules.client_id or (len(audience) > 1 and "azp" not in claims):
        raise ApiError(403, "the provider's ID token was made for somebody else (azp)")
    return claims


def _claims(provider: Provider, token: str, now_ms: int) -> dict[str, Any]:
    try:
        keys = KeySet.import_key_set(provider.keys)  # type: ignore[arg-type]  # checked in there
        return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError):
        provider.learn(now_ms, anew=True)  # it may have changed its keys
        keys = KeySet.import_key_set(provider.keys)  # type: ignore[arg-type]  # likewise
        return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)


def ask(
    method: str, url: str, form: dict[str, str] | None = None, auth: httpx.BasicAuth | None = None
) -> dict[str, Any]:
    """A provider's answer in JSON. Raises 502 with what it said, 503 when too many ask."""
    try:
        with ASKING.turn():
            status, body = within(TIMEOUT_S, _heard(method, url, form, auth))
        if status != 200:  # noqa: PLR2004 - what a provider answers when all is well
            raise ApiError(502, f"the provider answers {status} at {url}")
        if len(body) > BODY_MAX:
            raise ApiError(502, f"the provider's answer at {url} is too long")
        found = json.loads(body)
    except (httpx.HTTPError, ValueError, TimeoutError) as error:
        raise ApiError(502, f"the provider cannot be asked at {url}: {error}") from error
    if not isinstance(found, dict):
        raise ApiError(502, f"the provider's answer at {url} is no JSON object")
    return found


async def _heard(
    method: str, url: str, form: dict[str, str] | None, auth: httpx.BasicAuth | None
) -> tuple[int, bytes]:
    """Status and body of the answer; of a body that is too long, only so much that it shows."""
    body = bytearray()
    async with (
        httpx.AsyncClient(timeout=None, follow_redirects=False) as http,  # noqa: S113 - the whole is bounded
        http.stream(method, url, data=form, auth=auth) as answer,
    ):
        async for some in answer.aiter_bytes():
            body += some
            if len(body) > BODY_MAX:
                break
    return answer.status_code, bytes(body)
