"""What every press has to pass is said shortly: PostgreSQL reads its text for each statement."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Say the CHECKs and triggers of tickets and entries anew; they refuse what they did."""
    run(op.get_bind(), "r0025")
