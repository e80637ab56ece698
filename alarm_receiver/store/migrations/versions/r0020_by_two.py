"""Who made an account; a third administrator, and every approval, by two people who are two."""

from alembic import op

from alarm_receiver.store.migrations.frozen import check, run

revision = "0020"
down_revision = "0019"
OLD = "what IN ('delete_site', 'export_keys', 'lift_hold', 'drop_endpoint')"
NEW = "what IN ('delete_site', 'export_keys', 'lift_hold', 'drop_endpoint', 'make_admin')"


def upgrade() -> None:
    """Add the columns, the kind of proposal and the triggers."""
    check(op.get_bind(), "proposal", "proposal_what_known_ck", NEW, old=OLD)
    run(op.get_bind(), "r0020")
