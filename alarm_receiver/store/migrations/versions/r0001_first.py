"""The first tables.

The first revision creates what `store.tables` declares; from the second on, each revision
says what it changes, and a test compares the result with the declaration.
"""

from alembic import op

from alarm_receiver.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table with its constraints, indexes and triggers."""
    metadata.create_all(op.get_bind())
