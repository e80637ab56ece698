"""Links that make the first account are of an agency and may end; no two agencies share a name."""

import sqlalchemy as sa
from alembic import op

from alarm_receiver.store.migrations.frozen import check, run

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the columns, the CHECK and the key."""
    check(op.get_bind(), "agency", "agency_named_ck", "length(name) > 0")
    run(op.get_bind(), "r0023")
    op.add_column("setup", sa.Column("until_ms", sa.BigInteger))
    op.create_index("agency_name_ix", "agency", ["name"], unique=True)
