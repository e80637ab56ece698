"""Who was heard last, by which profile gateways are supervised, and the receiver's own parts."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what was heard; parts of the receiver begin to beat anew."""
    run(op.get_bind(), "r0005")
