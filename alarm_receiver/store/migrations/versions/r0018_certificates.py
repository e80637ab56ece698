"""When certificates end: what devices told, and what endpoints have shown."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the tables of certificates, and the way to the signals that speak of them."""
    run(op.get_bind(), "r0018")
