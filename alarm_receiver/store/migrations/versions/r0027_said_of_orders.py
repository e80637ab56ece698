"""The way to what devices said of their orders, which is looked for again and again."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add an index of those signals alone; all others cost nothing more."""
    op.get_bind().exec_driver_sql(
        "CREATE INDEX signal_order_ix ON signal (device, epoch, number) "
        "WHERE kind IN (108, 109, 111)"
    )
