"""A ticket's row that says something else than its timeline is named; honest ones never are."""

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.config import Settings
from alarm_receiver.store import folding
from alarm_receiver.store.database import open_writer
from alarm_wire import signal as wire
from receiving import Keypad, running
from tampering import unguarded


@pytest.fixture(scope="module")
def worked(store):
    """(engine, id of a closed ticket, id of a live one, settings), after all kinds of work."""
    folder, settings = store
    keypad, other = Keypad(), Keypad()
    with running(folder, **settings) as (_, client):
        client.register(keypad, client.site())
        client.register(other, client.site())
        client.send(keypad.press(), keypad.press(wire.HOLD_UP, flags=wire.SILENT))
        client.send(keypad.press(wire.BATTERY_LOW))
        (id_,) = [one["id"] for one in client.tickets(**{"class": "emergency"})]
        for act, fields in (
            ("acknowledge", {}),
            ("note", {"text": "a note"}),
            ("hand-back", {}),
            ("acknowledge", {}),
            ("dispatch", {"to": "Police"}),
            ("close", {"outcome": "attended", "text": "the patrol has been there"}),
        ):
            version = client.ticket(id_)["version"]
            done = client.act(id_, act, version, **fields)
            assert done.status_code == 200, (act, done.text)
        client.send(other.press(), other.press())
        (live,) = [
            one["id"] for one in client.tickets(**{"class": "emergency"}) if one["id"] != id_
        ]
    whole = Settings(data=folder, **settings)
    engine = open_writer(whole.database_url)
    yield engine, id_, live, whole
    engine.dispose()


FALSE = {
    "the outcome": ("UPDATE ticket SET outcome = 'false_alarm' WHERE id = :closed", "outcome"),
    "who had it": ("UPDATE ticket SET holder = 'operator:Nobody' WHERE id = :closed", "holder"),
    "when it ended": (
        "UPDATE ticket SET closed_ms = closed_ms + 1 WHERE id = :closed",
        "closed_ms",
    ),
    "what it was": ("UPDATE ticket SET kind = 'fault' WHERE id = :closed", "kind"),
    "that it was silent": ("UPDATE ticket SET silent = false WHERE id = :closed", "silent"),
    "its deadline": ("UPDATE ticket SET due_ms = due_ms + 1 WHERE id = :live", "due_ms"),
    "its number": ("UPDATE ticket SET number = 999 WHERE id = :live", "number"),
    "its version": ("UPDATE ticket SET version = version + 1 WHERE id = :live", "missing"),
    "a version too few": ("UPDATE ticket SET version = version - 1 WHERE id = :live", "version"),
    "an act it cannot have had": (
        "UPDATE entry SET act = 'hand_back' WHERE ticket = :live AND version = 2",
        "cannot be followed",
    ),
    "a line less": ("DELETE FROM entry WHERE ticket = :closed AND version = 3", "missing"),
    "all lines": ("DELETE FROM entry WHERE ticket = :closed", "missing"),
}


@pytest.mark.parametrize("what", FALSE)
def test_a_falsified_ticket_is_named(worked, what):
    engine, closed, live, _ = worked
    statement, said = FALSE[what]
    with engine.connect() as connection:
        assert folding.verify(connection) is None
        connection.rollback()
        unguarded(connection)
        ids = {"closed": closed, "live": live}
        named = {name: ids[name] for name in ids if f":{name}" in statement}
        connection.execute(text(statement), named)
        found = folding.verify(connection)
        connection.rollback()
    assert found is not None
    assert found.id in named.values()
    assert said in found.what, str(found)


def test_the_command_says_so_and_ends_with_1(worked):
    engine, closed, _, settings = worked
    env = {"HOLDFAST_RECEIVER_DATABASE": settings.database}
    words = ["audit", "verify", "--data", str(settings.data)]
    assert CliRunner().invoke(app, words, env=env).exit_code == 0
    change = "UPDATE ticket SET outcome = :said WHERE id = :id"
    with engine.begin() as connection:
        unguarded(connection)
        connection.execute(text(change), {"said": "false_alarm", "id": closed})
    said = CliRunner().invoke(app, words, env=env)
    with engine.begin() as connection:
        unguarded(connection)
        connection.execute(text(change), {"said": "attended", "id": closed})
    assert said.exit_code == 1
    assert f"FALSE: ticket #1 ({closed}): outcome is false_alarm" in said.output
