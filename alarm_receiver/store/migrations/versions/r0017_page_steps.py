"""Pages belong to the entry that began their step; those that nobody needs are superseded."""

from alembic import op

from alarm_receiver.store.migrations.frozen import run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Name the beginning of each page's step, by which it exists once.

    Which entry that was of a page of before is not written down. Its round and one is no later, and
    no step that is still to come begins so early.
    """
    run(op.get_bind(), "r0017")
