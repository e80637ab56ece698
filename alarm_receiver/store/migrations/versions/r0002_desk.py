"""The desk: what a ticket is about, response plans' data, policies, pages, tests, the audit."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns to site and ticket, and the desk's tables."""
    run(op.get_bind(), "r0002")
