"""What one person asks for and another must approve."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table of proposals."""
    run(op.get_bind(), "r0011")
