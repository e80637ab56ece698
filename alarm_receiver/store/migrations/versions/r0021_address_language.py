"""People read their pages in a language of their own; until they say which, in the site's."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the language of an address."""
    run(op.get_bind(), "r0021")
