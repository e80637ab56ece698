"""The tables of the desk: policies, pages, whom to reach, what is on test, and the audit chain.

It promises, by the database itself, that a page exists once per ticket, step, target and
channel, that a page being sent has a lease, that an endpoint's call-back counts once, that a test
has an end, and that the audit only grows.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from alarm_receiver.store.guards import append_only
from alarm_receiver.store.tables import Sequence, metadata, one_of

LANGUAGES = ("cs", "en", "fa", "he", "hu", "ru")
"""What pages can be written in; "" of an address is the site's."""
PAGE_STATES = (
    "queued",
    "sending",
    "sent",
    "accepted",
    "delivered",
    "acknowledged",
    "failed",
    "superseded",
)
TEST_MS_MAX = 4 * 3_600_000
"""A site comes off test by itself after four hours at the latest."""

policy = Table(
    "policy",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("class", String(16), primary_key=True, key="class_"),
    Column("body", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint(one_of("class", "emergency", "technical", "test"), name="class_known"),
    CheckConstraint("version >= 1", name="version_counts"),
)

address = Table(
    "address",
    metadata,
    Column("operator", ForeignKey("operator.id"), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("value", String(200), nullable=False),
    Column("language", String(8), nullable=False, server_default=""),
    CheckConstraint(one_of("channel", "mail", "sms"), name="channel_known"),
    CheckConstraint(one_of("language", "", *LANGUAGES), name="language_known"),
    CheckConstraint("length(value) > 0", name="value_given"),
)

endpoint = Table(
    "endpoint",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("name", String(60), nullable=False),
    Column("url", String(1000), nullable=False),
    Column("sealed", LargeBinary(68), nullable=False),
    Column("older", LargeBinary(68)),
    Column("older_until_ms", BigInteger),
    Column("made_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger),
    UniqueConstraint("agency", "name"),
    CheckConstraint("length(sealed) = 68", name="secret_is_sealed"),
    CheckConstraint("older IS NULL OR length(older) = 68", name="older_is_sealed"),
    CheckConstraint("(older IS NULL) = (older_until_ms IS NULL)", name="older_ends"),
)
"""Agencies' own systems; both secrets are sealed (`store.keybox`), the older one ends."""

page = Table(
    "page",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("ticket", ForeignKey("ticket.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("began", Integer, nullable=False),
    Column("target", String(80), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", String(1000), nullable=False),
    Column("state", String(16), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", String(36)),
    Column("lease_until_ms", BigInteger),
    Column("detail", String(400), nullable=False, server_default=""),
    Column("ended_ms", BigInteger),
    Column("ended_by", String(80)),
    UniqueConstraint("ticket", "began", "target", "channel"),
    CheckConstraint(
        one_of("state", *PAGE_STATES),
        name="state_known",
    ),
    CheckConstraint(one_of("channel", "webhook", "mail", "sms"), name="channel_known"),
    CheckConstraint("(state = 'sending') = (lease_until_ms IS NOT NULL)", name="sending_has_lease"),
    CheckConstraint("(lease_owner IS NULL) = (lease_until_ms IS NULL)", name="lease_has_owner"),
    CheckConstraint("(state IN ('queued', 'sending')) = (due_ms IS NOT NULL)", name="open_has_due"),
    CheckConstraint("attempts >= 0 AND round >= 0 AND began >= 1", name="counts_grow"),
    Index(
        "page_due_ix",
        "due_ms",
        sqlite_where=text("due_ms IS NOT NULL"),
        postgresql_where=text("due_ms IS NOT NULL"),
    ),
    Index(
        "page_undelivered_ix",
        "agency",
        "made_ms",
        "id",
        sqlite_where=text("state IN ('queued', 'sending', 'failed') AND ended_ms IS NULL"),
        postgresql_where=text("state IN ('queued', 'sending', 'failed') AND ended_ms IS NULL"),
    ),
)
"""`began` is the version of the entry that began the step: a round comes again after a hand-back,
and is another step. `ended_by` is who said of a page that did not arrive: send it no more."""

called_back = Table(
    "called_back",
    metadata,
    Column("endpoint", ForeignKey("endpoint.id"), primary_key=True),
    Column("webhook_id", String(100), primary_key=True),
    Column("page", String(36), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("arrivals", Integer, nullable=False),
    Column("refused", String(400), nullable=False, server_default=""),
    CheckConstraint("length(webhook_id) > 0", name="named"),
    CheckConstraint("length(digest) = 32", name="digest_is_whole"),
    CheckConstraint("arrivals >= 1", name="arrived"),
    Index("called_back_at_ix", "at_ms"),
)
"""Call-backs that were believed, by their webhook-id: the same one again does nothing, and
one that was `refused` stays so."""

keyholder = Table(
    "keyholder",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("site", ForeignKey("site.id"), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("language", String(8), nullable=False),
    Column("hours", String(200), nullable=False),
    Column("password", String(200)),
    Column("duress", String(200)),
    UniqueConstraint("site", "rank"),
    CheckConstraint("rank >= 1", name="rank_counts"),
    CheckConstraint("length(name) > 0 AND length(phone) > 0", name="reachable"),
)

on_test = Table(
    "on_test",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("site", ForeignKey("site.id"), nullable=False),
    Column("zones", JSON, nullable=False),
    Column("who", String(80), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    CheckConstraint("until_ms > from_ms", name="ends"),
    CheckConstraint(f"until_ms - from_ms <= {TEST_MS_MAX}", name="ends_in_time"),
    Index("on_test_until_ix", "until_ms"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("source", String(8), nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    UniqueConstraint("source", "row"),
    CheckConstraint(one_of("source", "entry", "signal", "deed"), name="source_known"),
    CheckConstraint("length(digest) = 32 AND length(hash) = 32", name="hashes_are_whole"),
)

deed = Table(
    "deed",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("detail", JSON, nullable=False),
    sqlite_autoincrement=True,
)
"""What people do beside tickets: who registered, revoked, exported, overrode, signed in."""

append_only(audit, quick=True)
append_only(deed)
