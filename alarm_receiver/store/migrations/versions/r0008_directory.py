"""Customers, and agencies outside with the references of sites."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add their tables, and whose a site is."""
    run(op.get_bind(), "r0008")
