"""A signal's device and site are one reference; tickets leave room to be moved on in their page."""

from alembic import op
from sqlalchemy import text

from alarm_receiver.store.migrations.frozen import retell, said

revision = "0026"
down_revision = "0025"
OLD = (
    "CONSTRAINT signal_device_fk FOREIGN KEY(device) REFERENCES device (id), \n\t"
    "CONSTRAINT signal_site_fk FOREIGN KEY(site) REFERENCES site (id)"
)
NEW = "CONSTRAINT signal_device_fk FOREIGN KEY(device, site) REFERENCES device (id, site)"


def upgrade() -> None:
    """Tell SQLite's table anew; on PostgreSQL the rows are looked at by ADD CONSTRAINT."""
    connection = op.get_bind()
    connection.exec_driver_sql("CREATE UNIQUE INDEX device_id_site_ix ON device (id, site)")
    if connection.dialect.name == "sqlite":
        strangers = text(
            "SELECT count(*) FROM signal s WHERE NOT EXISTS "
            "(SELECT 1 FROM device d WHERE d.id = s.device AND d.site = s.site)"
        )
        wrong = connection.execute(strangers).scalar_one()
        after = said(connection, "signal").replace(OLD, NEW)
        retell(connection, "signal", after, wrong=wrong, name="signal_device_fk")
        return
    for change in (
        "signal DROP CONSTRAINT signal_site_fk, DROP CONSTRAINT signal_device_fk",
        (
            "signal ADD CONSTRAINT signal_device_fk FOREIGN KEY (device, site) "
            "REFERENCES device (id, site)"
        ),
        "ticket SET (fillfactor = 50)",
    ):
        connection.exec_driver_sql(f"ALTER TABLE {change}")
