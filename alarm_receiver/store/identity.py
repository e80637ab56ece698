"""The tables of who somebody is: passkeys, one-time codes, accounts elsewhere, attempts to enter.

It promises, by the database itself, that a passkey and an account at a provider belong to one
operator, and that a secret of one-time codes is sealed.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
)

from alarm_receiver.store.tables import metadata, one_of

passkey = Table(
    "passkey",
    metadata,
    Column("id", String(1400), primary_key=True),
    Column("operator", ForeignKey("operator.id"), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("public_key", LargeBinary(2000), nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    CheckConstraint("counter >= 0", name="counter_counts"),
)
"""A credential of WebAuthn by its id in base64url; the private key never leaves its device."""

totp = Table(
    "totp",
    metadata,
    Column("operator", ForeignKey("operator.id"), primary_key=True),
    Column("sealed", LargeBinary(100), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    CheckConstraint("length(sealed) = 56", name="secret_is_sealed"),
)
"""One-time codes: 20 sealed bytes, and the newest step whose code was taken (none twice)."""

recovery = Table(
    "recovery",
    metadata,
    Column("operator", ForeignKey("operator.id"), primary_key=True),
    Column("hash", String(64), primary_key=True),
    Column("used_ms", BigInteger),
)

identity = Table(
    "identity",
    metadata,
    Column("issuer", String(400), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("operator", ForeignKey("operator.id"), nullable=False, index=True),
    Column("made_ms", BigInteger, nullable=False),
)
"""Whom an OIDC provider means by a subject."""

attempt = Table(
    "attempt",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("operator", ForeignKey("operator.id")),
    Column("detail", JSON, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    CheckConstraint(
        one_of("kind", "second", "passkey", "new_passkey", "oidc", "new_codes"), name="kind_known"
    ),
    Index("attempt_expires_ix", "expires_ms"),
)
"""Something begun that must be finished once and soon: a challenge, a state, a second step."""
