"""What somebody may do who owns the database."""

from sqlalchemy import text


def unguarded(connection):
    """As somebody who owns the database may: triggers off."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        return
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in connection.execute(query).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
