"""/metrics says how tickets, pages and processes stand, from every process of a store."""

import re
import signal
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from alarm_receiver.web import figures
from receiving import Client, Keypad, Process, free_port, running, wait_for

LONG_S = 60
_LINE = re.compile(r"holdfast_(\w+(?:\{.*\})?) (\S+)")


def read(http):
    text = http.get("/metrics").text
    found = dict(_LINE.fullmatch(one).groups() for one in text.splitlines() if one[:1] != "#")
    for name in found:
        bare = name.partition("{")[0]
        assert f"# TYPE holdfast_{bare} " in text
        assert f"# HELP holdfast_{bare} " in text
    return {name: float(value) for name, value in found.items()}


@pytest.fixture(scope="module")
def desk(store):
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        yield receiver, client


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(figures, "FRESH_S", 0.0)


def test_tickets_and_pages_are_counted_from_nothing_on(desk):
    receiver, client = desk
    before = read(client.http)
    assert before['tickets_live{class="emergency",state="open"}'] == 0
    assert before['tickets_overdue{class="emergency"}'] == 0
    assert before['pages{state="failed"}'] == 0
    assert before['parts_alive{part="all"}'] == 1
    assert before['parts_alive{part="engine"}'] == 0
    assert before["store_answers"] == 1
    body = {"channel": "mail", "value": "ada@example.org"}
    assert client.http.put("/v1/operators/Ada/address", json=body).status_code == 204
    ada = "operator:Ada"
    client.policy((1, ada), (300, ada), acknowledged_s=300)
    keypad = Keypad()
    client.register(keypad, client.site())
    client.send(keypad.press())
    (ticket,) = client.tickets()
    now = read(client.http)
    assert now['tickets_live{class="emergency",state="open"}'] == 1

    def tried():
        found = read(client.http)
        waits = found['pages{state="queued"}'] + found['pages{state="sending"}']
        return waits and found.get('pages_sent_total{channel="mail",state="failed"}')

    wait_for(tried, LONG_S)
    wait_for(lambda: read(client.http)["steps_raised_total"] >= 1, LONG_S)
    assert read(client.http)["engine_rest_seconds"] < 30
    version = client.ticket(ticket["id"])["version"]
    assert client.act(ticket["id"], "acknowledge", version).status_code == 200
    now = read(client.http)
    assert now['tickets_live{class="emergency",state="open"}'] == 0
    assert now['tickets_live{class="emergency",state="acknowledged"}'] == 1

    clock = receiver.receiver.context.clock
    plain = clock.now_ms
    receiver.receiver.overdue.stop()  # nobody brings it back while we look
    try:
        clock.now_ms = lambda: plain() + 400_000
        late = read(client.http)
    finally:
        del clock.now_ms
    assert late['tickets_overdue{class="emergency"}'] == 1
    assert 90 <= late["overdue_seconds"] <= 400


def test_the_store_is_not_asked_more_often_than_once_a_second(desk, monkeypatch):
    receiver, client = desk
    monkeypatch.setattr(figures, "FRESH_S", 3600.0)
    read(client.http)
    asked = []
    monkeypatch.setattr(figures.standing, "read", lambda *_: asked.append(1))
    read(client.http)
    assert asked == []
    stored = receiver.receiver.context.stored
    stored._read_s -= 3601
    with pytest.raises(AttributeError):
        stored.figures()
    assert asked == [1]


@contextmanager
def process(folder, part, **env):
    one = Process(folder, part=part, **env)
    try:
        wait_for(lambda: one.said("listening") or one.said("engine_runs"), LONG_S)
        yield one
    finally:
        one.end(signal.SIGKILL)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_engine_of_its_own_is_watched_at_a_port_of_its_own(kind, tmp_path, request):
    env = {}
    if kind == "postgresql":
        env["HOLDFAST_RECEIVER_DATABASE"] = request.getfixturevalue("postgres").fresh()
    port = free_port()
    with ExitStack() as stack:
        console = stack.enter_context(process(tmp_path, "console", **env))
        env |= {"HOLDFAST_RECEIVER_ENGINE_PORT": str(port)}
        engine = stack.enter_context(process(tmp_path, "engine", **env))
        url = wait_for(lambda: engine.said("engine_watched"), LONG_S)["url"]
        assert url == f"http://127.0.0.1:{port}/metrics"
        http = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20))
        assert http.get("/health").json() == {"status": "ok"}
        assert wait_for(lambda: http.get("/ready").status_code == 200, LONG_S)
        assert http.get("/v1/tickets").status_code == 404
        assert http.get("/").status_code == 404
        desk = Client(console.url())
        stack.callback(desk.close)
        for one in (http, desk.http):
            assert read(one)['parts_alive{part="engine"}'] >= 1
        assert "steps_raised_total" in read(http)
        assert "steps_raised_total" not in read(desk.http), "it has no engine"
        second = stack.enter_context(process(tmp_path, "engine", **env))
        told = wait_for(lambda: second.said("engine_not_watched"), LONG_S)
        assert "taken by another program" in told["error"], "and it runs all the same"
        assert engine.end(signal.SIGTERM) == 0
