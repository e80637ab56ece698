"""What is older than its period goes under a deed, and nothing else ever does."""

import os
import signal as os_signal
import subprocess
import sys

import httpx
import pytest
from sqlalchemy import delete, func, insert, select, text, update
from typer.testing import CliRunner

from aged import LONG, NOW, OLD, PERIODS, fill, link_now, whole_ticket
from alarm_receiver.command import app
from alarm_receiver.config import Misconfigured, Settings
from alarm_receiver.domain.retention import DAY_MS, Kind, runs, without
from alarm_receiver.engine.eraser import Eraser
from alarm_receiver.periods import read_periods
from alarm_receiver.store import audit, holds, registry, retention
from alarm_receiver.store.desk import deed, page
from alarm_receiver.store.guards import BLANK_KIND
from alarm_receiver.store.tables import (
    access,
    entry,
    receipt,
    refused,
    signal,
    ticket,
)
from alarm_wire import frame
from alarm_wire import receipt as wire_receipt
from receiving import PASSWORD, Keypad, prepared, running, settle, wait_for

RUN = CliRunner().invoke


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'receiver.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").fresh()
    engine = prepared(url, tmp_path)
    with engine.begin() as connection:
        fill(connection)
    yield engine
    engine.dispose()


def begun(engine, *, linked=True):
    with engine.begin() as connection:
        number = retention.begin(connection, "own", PERIODS, NOW)
        if linked:
            link_now(connection)
    return number


def erase_all(engine, number):
    for _ in range(20):
        with engine.begin() as connection:
            if retention.step(connection, number, NOW).done:
                return
    raise AssertionError("erasing did not end")


def rows(engine, table, column):
    with engine.connect() as connection:
        return list(connection.execute(select(column).order_by(table.c.seq)).scalars())


def fault(engine):
    with engine.connect() as connection:
        return audit.verify(connection)


def test_ranges_name_their_rows_and_no_other_one():
    assert runs([5, 1, 2, 3, 9]) == [(1, 3), (5, 5), (9, 9)]
    assert without([(1, 9)], [1, 5, 9]) == [(2, 4), (6, 8)]
    assert without([(3, 3)], [3]) == []


def test_a_preview_counts_so_far_and_says_so(engine, monkeypatch):
    """As many rows as it counts to are looked at, and no more: erasing goes on all the same."""
    monkeypatch.setattr(retention, "COUNT_MAX", 4)
    with engine.connect() as connection:
        due = {one.kind: one for one in retention.preview(connection, "own", PERIODS, NOW)}
    told = {kind: (one.count + one.held, one.more) for kind, one in due.items()}
    assert told == {
        Kind.ANSWERS: (4, True),
        Kind.TIMELINE: (4, True),
        Kind.SIGNALS: (3, False),
        Kind.DEEDS: (2, False),
        Kind.SESSIONS: (1, False),
        Kind.STRANGERS: (1, False),
    }
    erase_all(engine, begun(engine))
    assert set(rows(engine, entry, entry.c.ticket)) == {"held", "shop", "young", "live"}


def test_what_is_due_goes_and_all_else_stays(engine):
    with engine.connect() as connection:
        due = {one.kind: one for one in retention.preview(connection, "own", PERIODS, NOW)}
    assert {kind: (one.count, one.held) for kind, one in due.items()} == {
        Kind.ANSWERS: (2, 4),
        Kind.TIMELINE: (3, 6),
        Kind.SIGNALS: (1, 2),
        Kind.DEEDS: (1, 1),
        Kind.SESSIONS: (1, 0),
        Kind.STRANGERS: (1, 0),
    }
    number = begun(engine)
    erase_all(engine, number)
    with engine.begin() as connection:
        link_now(connection)
    assert set(rows(engine, entry, entry.c.ticket)) == {"held", "shop", "young", "live"}
    assert sorted(rows(engine, receipt, receipt.c.ticket)) == ["held", "live", "shop", "young"]
    assert rows(engine, signal, signal.c.kind) == [3, 3, 3, 3, BLANK_KIND]
    assert rows(engine, signal, signal.c.number)[-1] == 1, "the identity stays"
    assert rows(engine, signal, signal.c.frame)[-1] == b""
    whats = rows(engine, deed, deed.c.what)
    assert whats == ["close", "erase", "erase", "erased"]
    with engine.connect() as connection:
        left = connection.execute(select(ticket.c.holder).where(ticket.c.id == "old")).one()
        assert left.holder is None, "who worked on it is not known any more"
        assert connection.execute(select(func.count()).select_from(page)).scalar() == 0
        assert list(connection.execute(select(access.c.hash)).scalars()) == ["b"]
        assert connection.execute(select(func.count()).select_from(refused)).scalar() == 0
        said = connection.execute(select(deed.c.detail).where(deed.c.seq == number)).scalar()
    assert said["counts"]["answers"] == 2
    assert said["by"] == "Ada"
    assert fault(engine) is None
    assert begun(engine) is None, "nothing is due any more"


def test_what_came_under_a_hold_after_the_deed_stays_and_is_watched_again(engine):
    number = begun(engine)
    with engine.begin() as connection:
        made = holds.Hold("h-late", "site", "s1", "police", "o1", NOW, None, None)
        holds.put(connection, "own", made)
    erase_all(engine, number)
    with engine.begin() as connection:
        link_now(connection)
    assert "old" in rows(engine, entry, entry.c.ticket)
    assert fault(engine) is None
    with engine.begin() as connection:
        unguarded(connection)
        first = select(func.min(entry.c.seq)).where(entry.c.ticket == "old").scalar_subquery()
        connection.execute(delete(entry).where(entry.c.seq == first))
    found = fault(engine)
    assert (found.source, found.row, found.what) == ("entry", 1, "the row is missing")


def unguarded(connection):
    """As somebody who owns the database may: triggers off."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        return
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in connection.execute(query).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def test_a_row_that_no_deed_names_is_missed_and_so_is_a_deed_that_was_widened(engine):
    number = begun(engine)
    erase_all(engine, number)
    with engine.begin() as connection:
        unguarded(connection)
        young = select(func.min(entry.c.seq)).where(entry.c.ticket == "young").scalar_subquery()
        connection.execute(delete(entry).where(entry.c.seq == young))
        row = connection.execute(select(deed.c.detail).where(deed.c.seq == number)).scalar()
        found = audit.verify(connection)
        assert (found.source, found.what) == ("entry", "the row is missing")
        row["ranges"]["entry"].append([1, 99])
        connection.execute(update(deed).where(deed.c.seq == number).values(detail=row))
        found = audit.verify(connection)
        assert (found.source, found.row, found.what) == ("deed", number, "the row was changed")
        forged = {"ranges": {"entry": [[1, 99]]}}
        connection.execute(update(deed).where(deed.c.seq == number).values(detail=row))
        connection.execute(
            insert(deed).values(
                agency="own", at_ms=NOW, actor="x", what="erase", subject="", detail=forged
            )
        )
        assert audit.verify(connection) is not None, "a deed that is not linked names nothing"


def test_a_file_of_periods_is_read_and_refused_with_its_place(tmp_path):
    ours = read_periods(tmp_path)
    assert not ours.confirmed_by
    assert all(
        "to be confirmed" in one.source or "rolling" in one.source for one in ours.of.values()
    )
    path = tmp_path / "retention.toml"
    path.write_text('confirmed_by = "Bo"\n[answers]\ndays = 60\n')
    mine = read_periods(tmp_path)
    assert (mine.confirmed_by, mine.of[Kind.ANSWERS].days) == ("Bo", 60)
    assert mine.of[Kind.DEEDS] == ours.of[Kind.DEEDS]
    for wrong, said in (
        ("[answers]\ndays = 29\n", "answers.days"),
        ("[words]\ndays = 60\n", "words"),
        ("days =", "it is no TOML there"),
    ):
        path.write_text(wrong)
        with pytest.raises(Misconfigured, match=said):
            read_periods(tmp_path)


def closed_ticket(client):
    """The id of a ticket of a real press, worked on and closed over the API."""
    (one,) = client.tickets()

    def act(what, **fields):
        version = client.ticket(one["id"])["version"]
        answer = client.act(one["id"], what, version, **fields)
        assert answer.status_code == 200, answer.text

    act("acknowledge")
    for question, answer in (("safe", "yes"), ("medical", "no"), ("nature", "x")):
        act("answer", question=question, answer=answer)
    act("close", outcome="false_alarm", text="x")
    return one["id"]


def lift(receiver, client, id_):
    """Ada asks, Bea approves, Ada does."""
    asked = {"what": "lift_hold", "subject": id_, "reason": "the court is done"}
    made = client.http.post("/v1/proposals", json=asked)
    assert made.status_code == 201, made.text
    path = f"/v1/proposals/{made.json()['id']}"
    with httpx.Client(base_url=receiver.url, timeout=60) as second:
        token = second.post("/v1/tokens", json={"name": "Bea", "password": "x" * 12})
        second.headers["Authorization"] = f"Bearer {token.json()['token']}"
        decided = second.post(f"{path}/decision", json={"decision": "approved"})
        assert decided.status_code == 200, decided.text
    assert client.http.post(f"{path}/do").status_code == 204


def test_over_the_api_a_hold_is_set_shown_and_lifted_by_two_and_erasing_waits_for_it(store):
    folder, settings = store
    keypad = Keypad()
    with running(folder, **settings) as (receiver, client):
        form = {"name": "Bea", "password": "x" * 12, "role": "admin"}
        assert client.http.post("/v1/operators", json=form).status_code == 201
        settle(receiver, "Bea")
        place = client.site()
        client.register(keypad, place)
        press = keypad.press()
        client.send(press)
        id_ = closed_ticket(client)
        form = {"kind": "site", "subject": place, "reason": "a court asked"}
        held = client.http.post("/v1/holds", json=form).json()
        assert held["runs"]
        assert client.http.post("/v1/holds", json=form | {"subject": "x"}).status_code == 404
        past = form | {"until": "2020-01-01T00:00:00Z"}
        assert client.http.post("/v1/holds", json=past).status_code == 422
        later = receiver.receiver.context.clock.now_ms() + 2_000 * DAY_MS
        wait_for(lambda: preview(receiver, later)[Kind.ANSWERS].held == 3)
        assert preview(receiver, later)[Kind.ANSWERS].count == 0
        wrong = {"what": "lift_hold", "site": place, "reason": "x"}
        assert client.http.post("/v1/proposals", json=wrong).status_code == 422
        browser = httpx.Client(base_url=receiver.url, timeout=60)
        browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        assert "a court asked" in browser.get(f"/tickets/{id_}").text
        lift(receiver, client, held["id"])
        told = browser.get("/proposals")
        assert told.status_code == 200
        assert "a court asked" in told.text, "by what it is about"
        (now,) = client.http.get("/v1/holds").json()
        assert now["lifted_at"]
        assert not now["runs"]
        assert preview(receiver, later)[Kind.ANSWERS].count == 3
        told = client.http.get("/v1/retention").json()
        assert told["confirmed_by"] == ""
        assert {each["kind"]: each["due"] for each in told["kinds"]}["answers"] == 0

        erase_as_the_engine_does(receiver, later)
        refusal = wire_receipt.unpack_refusal(client.send(press)[0])
        assert refusal.reason == frame.IDENTITY_REUSED, "a copy of an erased press"
        emergencies = [one for one in client.tickets() if one["kind"] == "panic"]
        assert [one["id"] for one in emergencies] == [id_]
        assert client.ticket(id_)["outcome"] == "false_alarm"
        screen = browser.get(f"/tickets/{id_}")
        assert screen.status_code == 200
        assert "timeline was erased" in screen.text
        browser.close()


def preview(receiver, now_ms):
    with receiver.receiver.context.reader.connect() as connection:
        found = retention.preview(connection, registry.OWN, LONG, now_ms)
    return {one.kind: one for one in found}


def erase_as_the_engine_does(receiver, now_ms):
    """Its own thread beside a receiver that works; we link, for its clock is not ours."""
    inner = receiver.receiver
    lines = []
    eraser = Eraser(
        inner.writer,
        inner.context.reader,
        LONG,
        now_ms=lambda: now_ms,
        log=lambda what, **more: lines.append((what, more)),
        look_s=0.05,
    )
    eraser.start()
    assert lines[0][0] == "erasing_waits", "a clock years ahead of the record erases nothing"
    eraser._thread.start()

    def gone():
        inner.writer.do(lambda connection: audit.seal(connection, now_ms + audit.SETTLE_MS))
        return preview(receiver, now_ms)[Kind.ANSWERS].count == 0 and any(
            what == "erased" for what, _ in lines
        )

    wait_for(gone, 60)
    eraser.stop()
    with inner.context.reader.connect() as connection:
        assert connection.execute(select(func.count()).select_from(entry)).scalar() == 0
        assert audit.verify(connection) is None


def test_who_is_killed_while_erasing_loses_nothing_and_the_next_one_goes_on(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    engine = prepared(Settings(data=data).database_url, data)
    count = 300
    with engine.begin() as connection:
        fill(connection)
        for number in range(10, 10 + count):
            whole_ticket(connection, f"t{number}", number, "s1", OLD)
        link_now(connection)
        unlinked = select(func.count()).select_from(entry)
        total = connection.execute(unlinked).scalar()
    command = [sys.executable, "-m", "alarm_receiver", "retention", "--run", "--data", str(data)]
    (data / "retention.toml").write_text('confirmed_by = "Ada"\n')
    kills = 0
    while kills < 2:
        before = counted(engine)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ)
        wait_for(lambda: counted(engine) < before or process.poll() is not None, 60)  # noqa: B023
        process.send_signal(os_signal.SIGKILL)
        process.wait()
        kills += 1
        assert fault(engine) is None
    assert 0 < counted(engine) < total
    done = RUN(app, ["retention", "--run", "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert fault(engine) is None
    assert set(rows(engine, entry, entry.c.ticket)) == {"held", "shop", "young", "live"}
    kinds = rows(engine, signal, signal.c.kind)
    assert kinds.count(BLANK_KIND) == count + 1, "each identity stays once"
    verified = RUN(app, ["audit", "verify", "--data", str(data)])
    assert verified.exit_code == 0, verified.output
    engine.dispose()


def counted(engine):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(entry)).scalar()


def test_the_command_says_what_would_go_and_erases_nothing_unconfirmed(tmp_path):
    engine = prepared(Settings(data=tmp_path).database_url, tmp_path)
    with engine.begin() as connection:
        fill(connection)
    said = RUN(app, ["retention", "--data", str(tmp_path)])
    assert said.exit_code == 0, said.output
    assert "nobody has confirmed it" in said.output
    assert "2, 4 more under a legal hold" in said.output
    refused_ = RUN(app, ["retention", "--run", "--data", str(tmp_path)])
    assert refused_.exit_code == 2
    assert "confirmed_by" in refused_.output
    assert fault(engine) is None
    assert len(rows(engine, entry, entry.c.seq)) == 24
    engine.dispose()
