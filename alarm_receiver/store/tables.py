"""The tables, declared once for every engine, with what the database itself must refuse.

It promises that no alarm is without a ticket, no live ticket without a deadline, no site with two
live tickets of a class, no identity stored twice, and that logs only grow: by CHECK, partial
UNIQUE and triggers, whoever writes. Times are milliseconds since 1970, UTC; ids are text.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from alarm_receiver.domain.acts import Act, Outcome
from alarm_receiver.domain.orders import KINDS
from alarm_receiver.store.guards import (
    ADMIN_BY_TWO,
    FOLLOWS,
    MOVED,
    MOVES_ON,
    OF_PEOPLE,
    append_only,
    guard,
    watch,
)
from alarm_receiver.store.saying import ByDialect, said
from alarm_wire.profiles import PROFILES, USUAL
from alarm_wire.signal import CERTIFICATE

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
        "uq": "%(table_name)s_%(column_0_N_name)s_uq",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "ck": "%(table_name)s_%(constraint_name)s_ck",
    }
)

Sequence = BigInteger().with_variant(Integer, "sqlite")
DEVICE = String(16)
TICKET = String(36)
SITE = String(36)
OF_CERTIFICATES = f"kind = {CERTIFICATE}"
OF_ORDERS = f"kind IN {KINDS}"
"""What those who look again and again ask of a signal: by value, as their indexes say it. A plan
that is made for any parameter can use no index of some rows, and reads all signals instead."""


def one_of(column: str, *values: str) -> str:
    """The text of a CHECK that `column` has one of `values`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def listed(column: str, *values: str) -> ByDialect:
    """The same for a column that every signal's statement writes."""
    return ByDialect(one_of(column, *values), said(column, values).postgresql)


agency = Table(
    "agency",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("next_number", BigInteger, nullable=False, server_default="1"),
    CheckConstraint("next_number >= 1", name="numbers_grow"),
    CheckConstraint("length(name) > 0", name="named"),
    Index("agency_name_ix", "name", unique=True),
)

site = Table(
    "site",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("account", String(16), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("jurisdiction", String(16), nullable=False, server_default="generic"),
    Column("address", String(400), nullable=False, server_default=""),
    Column("phone", String(40), nullable=False, server_default=""),
    Column("language", String(8), nullable=False, server_default="en"),
    Column("police_reference", String(40), nullable=False, server_default=""),
    Column("police_response", String(16), nullable=False, server_default="active"),
    Column("hazards", String(1000), nullable=False, server_default=""),
    Column("customer", ForeignKey("customer.id")),
    UniqueConstraint("agency", "account"),
    CheckConstraint("length(name) > 0 AND length(account) > 0", name="named"),
)

zone = Table(
    "zone",
    metadata,
    Column("site", ForeignKey("site.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    CheckConstraint("number BETWEEN 0 AND 65535", name="number_fits_the_wire"),
)

device = Table(
    "device",
    metadata,
    Column("id", DEVICE, primary_key=True),
    Column("site", ForeignKey("site.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("zone", Integer, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("profile", String(4), nullable=False, server_default=USUAL),
    CheckConstraint(one_of("kind", "keypad", "gateway"), name="kind_known"),
    CheckConstraint(one_of("profile", *PROFILES), name="profile_known"),
    CheckConstraint("length(id) = 16", name="id_is_eight_bytes"),
    Index("device_id_site_ix", "id", "site", unique=True),
)

device_key = Table(
    "device_key",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("sealed", LargeBinary(68), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("retired_ms", BigInteger),
    CheckConstraint("length(sealed) = 68", name="key_is_sealed"),
    Index(
        "device_key_one_active_ix",
        "device",
        unique=True,
        sqlite_where=text("retired_ms IS NULL"),
        postgresql_where=text("retired_ms IS NULL"),
    ),
)

sealing = Table(
    "sealing",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
)
"""Ids of the keys that sealed secrets here; the keys themselves are in a file elsewhere."""

ticket = Table(
    "ticket",
    metadata,
    Column("id", TICKET, primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("site", ForeignKey("site.id"), nullable=False),
    Column("class", String(16), nullable=False, key="class_"),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("opened_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),
    Column("closed_ms", BigInteger),
    Column("holder", String(80)),
    Column("outcome", String(32)),
    Column("kind", String(24), nullable=False, server_default="security"),
    Column("silent", Boolean, nullable=False, server_default=false()),
    Column("confirmed", Boolean, nullable=False, server_default=false()),
    Column("transfers", Integer, nullable=False, server_default="0"),
    UniqueConstraint("agency", "number"),
    CheckConstraint(
        listed("state", "open", "acknowledged", "dispatched", "closed"), name="state_known"
    ),
    CheckConstraint(listed("class", "emergency", "technical", "test"), name="class_known"),
    CheckConstraint("version >= 1 AND round >= 0", name="counts_grow"),
    CheckConstraint("(state = 'closed') = (due_ms IS NULL)", name="live_has_deadline"),
    CheckConstraint("(state = 'closed') = (closed_ms IS NOT NULL)", name="closed_has_moment"),
    CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
    CheckConstraint(
        ByDialect(
            "state NOT IN ('acknowledged', 'dispatched') OR holder IS NOT NULL",
            "holder IS NOT NULL OR state <> ALL ('{acknowledged,dispatched}'::text[])",
        ),
        name="taken_has_holder",
    ),
    CheckConstraint(said("outcome", Outcome).or_else("outcome IS NULL"), name="outcome_known"),
    Index(
        "ticket_one_live_ix",
        "site",
        text("class"),
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index(
        "ticket_due_ix",
        "due_ms",
        sqlite_where=text("due_ms IS NOT NULL"),
        postgresql_where=text("due_ms IS NOT NULL"),
    ),
    Index("ticket_opened_ix", "agency", "opened_ms"),
    # Room for the next version of each ticket in its own page: no index is written then, and a
    # flood on 500 tickets leaves 170 KB of them, not 1.2 MB (decision 37).
    postgresql_with={"fillfactor": 50},
)

entry = Table(
    "entry",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("act", String(16), nullable=False),
    Column("due_ms", BigInteger),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("ticket", "version"),
    CheckConstraint("version >= 1", name="version_counts"),
    CheckConstraint("(version = 1) = (act = 'open')", name="begins_with_open"),
    CheckConstraint("(act = 'close') = (due_ms IS NULL)", name="live_has_deadline"),
    CheckConstraint(said("act", dict.fromkeys((Act.SIGNAL, *Act))), name="act_known"),
    sqlite_autoincrement=True,
)

signal = Table(
    "signal",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("device", DEVICE, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("site", SITE, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("zone", Integer, nullable=False),
    Column("frame", LargeBinary(128), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("age_ms", BigInteger, nullable=False),
    Column("age_exact", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("ticket", ForeignKey("ticket.id")),
    Column("arrivals", Integer, nullable=False),
    # A device stays at its site for good: one look instead of two, and more is refused.
    ForeignKeyConstraint(["device", "site"], ["device.id", "device.site"]),
    UniqueConstraint("device", "epoch", "number"),
    CheckConstraint("kind BETWEEN 1 AND 255", name="kind_fits_the_wire"),
    CheckConstraint("kind >= 96 OR ticket IS NOT NULL", name="alarm_has_ticket"),
    CheckConstraint("arrivals >= 1", name="arrived"),
    CheckConstraint("length(frame) <= 128", name="frame_bounded"),
    Index("signal_ticket_ix", "ticket"),
    Index(
        "signal_certificate_ix",
        "device",
        "epoch",
        "number",
        sqlite_where=text(OF_CERTIFICATES),
        postgresql_where=text(OF_CERTIFICATES),
    ),
    Index(
        "signal_order_ix",
        "device",
        "epoch",
        "number",
        sqlite_where=text(OF_ORDERS),
        postgresql_where=text(OF_ORDERS),
    ),
    sqlite_autoincrement=True,
)

receipt = Table(
    "receipt",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("device", DEVICE, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("site", ForeignKey("site.id"), nullable=False),
    Column("ticket", ForeignKey("ticket.id"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    UniqueConstraint("device", "epoch", "number"),
    Index("receipt_site_seq_ix", "site", "seq"),
    sqlite_autoincrement=True,
)

refused = Table(
    "refused",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", String(200), nullable=False),
    Column("device", DEVICE),
    Column("frame", LargeBinary(128), nullable=False),
    CheckConstraint("length(frame) <= 128", name="frame_bounded"),
    sqlite_autoincrement=True,
)

operator = Table(
    "operator",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("name", String(80), nullable=False, unique=True),
    Column("password", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger),
    Column("made_by", ForeignKey("operator.id")),
    Column("made_under", String(36)),
    CheckConstraint(
        one_of("role", "operator", "supervisor", "installer", "agency", "auditor", "admin"),
        name="role_known",
    ),
)
"""Who signs in. `made_by`: the administrator who made the account; nobody did of the first one
and of those that a provider vouches for. `made_under`: the proposal that made an administrator."""

access = Table(
    "access",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("operator", ForeignKey("operator.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("name", String(80), nullable=False, server_default=""),
    Column("scopes", String(400), nullable=False, server_default="*"),
    Column("means", String(16), nullable=False, server_default=""),
    Column("about", String(200), nullable=False, server_default=""),
    Column("seen_ms", BigInteger),
    Column("idle_ms", BigInteger),
    CheckConstraint(one_of("kind", "session", "token"), name="kind_known"),
)
"""Sessions and tokens by the hash of their secret. `means` says how its owner proved who he is;
one with `idle_ms` ends when it has not been seen for so long."""

setup = Table(
    "setup",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("agency", ForeignKey("agency.id"), nullable=False, server_default="own"),
    Column("until_ms", BigInteger),
)
"""Links that make the first account of an agency; without `until_ms` one opens until it is used."""


append_only(signal, but=("arrivals",), quick=True)
append_only(entry)
append_only(receipt)
watch(
    entry, "entry_follows", "INSERT", "an act follows the one before", on=OF_PEOPLE, unless=FOLLOWS
)
watch(
    ticket,
    "ticket_moves_on",
    "UPDATE",
    "a ticket goes on, and stays closed",
    on=MOVED,
    unless=MOVES_ON,
)
for _when, _name in (("INSERT", "made"), ("UPDATE OF role, made_under", "raised")):
    guard(
        operator,
        f"operator_{_name}_by_two",
        _when,
        "two people make a third administrator",
        unless=ADMIN_BY_TWO,
    )
