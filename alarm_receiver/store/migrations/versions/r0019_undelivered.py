"""Pages that did not arrive: who has ended them, and an index of those that nobody has yet.

Failed pages of tickets that were closed before are ended here; nobody waits for them any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
OPEN = "state IN ('queued', 'sending', 'failed') AND ended_ms IS NULL"


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("page", sa.Column("ended_ms", sa.BigInteger))
    op.add_column("page", sa.Column("ended_by", sa.String(80)))
    op.execute(
        "UPDATE page SET ended_by = 'receiver', ended_ms = (SELECT closed_ms FROM ticket "
        "WHERE ticket.id = page.ticket) WHERE state = 'failed' AND EXISTS (SELECT 1 FROM ticket "
        "WHERE ticket.id = page.ticket AND ticket.state = 'closed')"
    )
    op.create_index(
        "page_undelivered_ix",
        "page",
        ["agency", "made_ms", "id"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
