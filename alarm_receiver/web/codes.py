"""One-time codes (RFC 6238) and recovery codes: made, shown once, checked, each taken once.

It promises that a code opens once even when two ask at the same moment, that guessing is slow
whatever the address, and that a secret leaves this process only in the QR code of the moment in
which it is made.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from typing import TYPE_CHECKING

import pyotp
import segno

from alarm_receiver.store import credentials, deeds
from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

SECRET_BYTES = 20
STEP_S = 30
SLACK = 1
"""Steps that a phone's clock may be off, either way."""
RECOVERY = 10
RECOVERY_BYTES = 10
ISSUER = "Holdfast"


def fresh() -> str:
    """A new secret, in base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def fresh_recovery() -> list[str]:
    """New recovery codes, 80 random bits each, in groups that can be read out."""
    return [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY)]


def address(secret: str, name: str) -> str:
    """The otpauth address that an authenticator application takes."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def drawing(text: str) -> list[str]:
    """The QR code of `text` as rows of SVG path data, and its side in modules as the last item."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=4))
    path = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return ["".join(path), str(len(rows))]


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """The step that `code` belongs to, compared in constant time; None when to none that counts."""
    plain = "".join(str(unicodedata.decimal(one, one)) for one in "".join(code.split()))
    if len(plain) != 6 or not (plain.isascii() and plain.isdigit()):  # noqa: PLR2004 - RFC 6238
        return None
    made, now = pyotp.TOTP(secret), now_ms // 1000 // STEP_S
    found = None
    for step in range(now - SLACK, now + SLACK + 1):
        if hmac.compare_digest(made.generate_otp(step), plain):
            found = step
    return found


def check(parts: Context, who: Operator, code: str) -> bool:
    """Whether `code` is a fresh one-time or recovery code of `who`; it is used up.

    Raises 429 after ten wrong ones in five minutes, from wherever they come.
    """
    now_ms = parts.clock.now_ms()
    account = f"codes {who.id}"
    if parts.failures.blocked(account, account, now_ms):
        raise ApiError(429, "too many wrong codes; wait five minutes")

    def use(connection: Connection) -> bool:
        kept = credentials.code_secret(connection, who.id)
        if kept is None:
            return False
        step = step_of(base64.b32encode(kept[0]).decode(), code, now_ms)
        if step is not None:
            return credentials.use_step(connection, who.id, step)
        plain = _plain(code)
        if len(plain) != RECOVERY_BYTES * 8 // 5:
            return False
        if not credentials.use_recovery(connection, who.id, plain, now_ms):
            return False
        left = credentials.recovery_left(connection, who.id)
        deeds.write(connection, who, "use_recovery_code", who.name, now_ms, left=left)
        return True

    right = parts.writer.do(use)
    if not right:
        parts.failures.failed(account, account, now_ms)
    return right


def put(parts: Context, who: Operator, secret: str, code: str) -> list[str] | None:
    """Begin one-time codes with `secret` when `code` proves that the phone has it.

    The recovery codes, to be shown this once; None when the code is wrong.
    """
    now_ms = parts.clock.now_ms()
    step = step_of(secret, code, now_ms)
    if step is None:
        return None
    made = fresh_recovery()

    def keep(connection: Connection) -> None:
        plain = [_plain(one) for one in made]
        credentials.put_codes(
            connection,
            who.id,
            secret=base64.b32decode(secret),
            step=step,
            codes=plain,
            now_ms=now_ms,
        )
        deeds.write(connection, who, "put_codes", who.name, now_ms)

    parts.writer.do(keep)
    return made


def _grouped(value: bytes) -> str:
    text = base64.b32encode(value).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _plain(code: str) -> str:
    return "".join(code.lower().replace("-", "").split())
