"""The roster: duties of operators, and teams."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables of duties and teams."""
    run(op.get_bind(), "r0006")
