"""Logs only grow, whoever writes: no TRUNCATE, no INSERT OR REPLACE, no unknown act or outcome."""

from alembic import op

from alarm_receiver.store.migrations.frozen import check, run

revision = "0022"
down_revision = "0021"
ACTS = (
    "signal",
    "open",
    "security",
    "silence",
    "restore",
    "confirm",
    "page",
    "acknowledge",
    "answer",
    "call",
    "note",
    "park",
    "transfer",
    "dispatch",
    "underway",
    "arrived",
    "hand_back",
    "come_back",
    "close",
)
OUTCOMES = (
    "safe_by_phone",
    "attended",
    "false_alarm",
    "repaired",
    "restored",
    "test",
)


def upgrade() -> None:
    """Add the CHECKs, then the triggers."""
    connection = op.get_bind()
    acts = " OR ".join(f"act = '{one}'" for one in ACTS)
    outcomes = "outcome IS NULL OR " + " OR ".join(f"outcome = '{one}'" for one in OUTCOMES)
    check(connection, "entry", "entry_act_known_ck", acts)
    check(connection, "ticket", "ticket_outcome_known_ck", outcomes)
    run(connection, "r0022")
