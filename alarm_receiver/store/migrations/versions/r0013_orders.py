"""What devices shall have: orders, and the settings that were ordered."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the tables of orders and of ordered settings."""
    run(op.get_bind(), "r0013")
