"""Call-backs of agencies' systems are remembered by their id: a recorded one does nothing again."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the table of call-backs."""
    run(op.get_bind(), "r0016")
