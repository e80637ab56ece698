"""Units that can be sent, where sites are on the map, and the ways into them."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables of units, spots and ways in."""
    run(op.get_bind(), "r0007")
