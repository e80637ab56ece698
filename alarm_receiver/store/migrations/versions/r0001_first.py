"""The first tables, as SQL of their day."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table with its constraints, indexes and triggers."""
    run(op.get_bind(), "r0001")
