"""Devices' keys sealed at rest: those that stood in clear are sealed here, with the box's key."""

from typing import Any

from alembic import context, op
from sqlalchemy import text

from alarm_receiver.store.database import Unfit
from alarm_receiver.store.migrations.frozen import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Seal every key in a table made anew; the old one is dropped."""
    connection = op.get_bind()
    query = "SELECT device, generation, secret, made_ms, retired_ms FROM device_key"
    rows = connection.execute(text(query)).all()
    box: Any = context.config.attributes.get("box")
    if rows and box is None:
        raise Unfit("the devices' keys in this database are to be sealed, and no key file is given")
    connection.execute(text("DROP TABLE device_key"))
    run(connection, "r0004")
    sealed = [
        {
            "device": row.device,
            "generation": row.generation,
            "sealed": box.seal(bytes(row.secret), f"device_key {row.device} {row.generation}"),
            "made_ms": row.made_ms,
            "retired_ms": row.retired_ms,
        }
        for row in rows
    ]
    if sealed:
        put = "INSERT INTO device_key (device, generation, sealed, made_ms, retired_ms) "
        put += "VALUES (:device, :generation, :sealed, :made_ms, :retired_ms)"
        connection.execute(text(put), sealed)
        newest = max(row.made_ms for row in rows)
        put = "INSERT INTO sealing (id, made_ms) VALUES (:id, :made_ms)"
        connection.execute(text(put), {"id": box.ids[0], "made_ms": newest})
