"""Retention: legal holds, and rows that may leave a log under a deed; proposals of other things."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the tables, carry the proposals over, let through what a deed of erasing names."""
    run(op.get_bind(), "r0012")
