"""Whether what PostgreSQL commits stands on a second server as well, as far as it says so.

It only reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from alarm_receiver.store.database import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine


def told(engine: Engine) -> str:
    """What the server says. Raises StoreError when each commit waits for a standby in vain."""
    with engine.connect() as connection:
        named = connection.execute(text("SHOW synchronous_standby_names")).scalar_one()
        count = connection.execute(text("SELECT count(*) FROM pg_stat_replication")).scalar_one()
    if named and not count:
        raise StoreError(
            f"commits wait for {named!r} (synchronous_standby_names), and no standby is connected: "
            "no receipt is given until one is; start it. See docs/operate.md, Failover"
        )
    if not named:
        return (
            f"but no commit waits for a standby ({count} connected): receipts stand on this server "
            "alone until synchronous_standby_names is set (docs/operate.md, Failover)"
        )
    return f"commits wait for {named!r}, {count} connected"
