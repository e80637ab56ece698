"""Floor plans of sites, and where their devices are."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables of floors and places."""
    run(op.get_bind(), "r0003")
