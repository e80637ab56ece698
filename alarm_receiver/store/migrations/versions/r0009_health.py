"""How devices are, as their heartbeats tell."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table of health."""
    run(op.get_bind(), "r0009")
