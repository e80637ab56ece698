"""Who somebody is: sessions that idle, tokens with scopes, passkeys, one-time codes, providers."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add columns to access, and the tables of identity."""
    run(op.get_bind(), "r0010")
