"""Signed images for keypads, and which board a keypad has."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the tables of images and boards."""
    run(op.get_bind(), "r0015")
