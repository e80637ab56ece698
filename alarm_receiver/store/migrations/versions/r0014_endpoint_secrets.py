"""Secrets of agencies' endpoints sealed at rest: those that stood in clear are sealed here."""

from typing import Any

from alembic import context, op
from sqlalchemy import text

from alarm_receiver.store.database import Unfit
from alarm_receiver.store.migrations.frozen import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Seal every secret in a table made anew; the old one is dropped."""
    connection = op.get_bind()
    query = "SELECT id, agency, name, url, secret, made_ms, disabled_ms FROM endpoint"
    rows = connection.execute(text(query)).mappings().all()
    box: Any = context.config.attributes.get("box")
    if rows and box is None:
        raise Unfit("secrets of endpoints in this database are to be sealed; no key file is given")
    connection.execute(text("DROP TABLE endpoint"))
    run(connection, "r0014")
    names = ("id", "agency", "name", "url", "made_ms", "disabled_ms")
    for row in rows:
        values = {name: row[name] for name in names}
        values["sealed"] = box.seal(bytes(row["secret"]), f"endpoint {row['id']}")
        put = "INSERT INTO endpoint (id, agency, name, url, sealed, made_ms, disabled_ms) "
        put += "VALUES (:id, :agency, :name, :url, :sealed, :made_ms, :disabled_ms)"
        connection.execute(text(put), values)
    known = connection.execute(text("SELECT id FROM sealing")).scalars().all()
    if rows and box.ids[0] not in known:
        newest = max(row["made_ms"] for row in rows)
        put = "INSERT INTO sealing (id, made_ms) VALUES (:id, :made_ms)"
        connection.execute(text(put), {"id": box.ids[0], "made_ms": newest})
