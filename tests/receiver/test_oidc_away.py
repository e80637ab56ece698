"""A provider that is away or hangs keeps nobody from the desk, and no thread of it."""

import threading
import time

import httpx
import pytest

from alarm_receiver.web import provider
from alarm_receiver.web.problems import ApiError
from hanging import pouring, saying
from receiving import free_port, running

CLICKS = 60
RULES = """
[oidc]
issuer = "{issuer}"
client_id = "holdfast"
[oidc.roles]
desk = "operator"
"""


def rules(folder, issuer):
    (folder / "access.toml").write_text(RULES.format(issuer=issuer))


def test_a_provider_that_hangs_takes_no_thread_of_the_desk(tmp_path):
    with saying() as (host, port):
        rules(tmp_path, f"http://{host}:{port}")
        with running(tmp_path) as (receiver, client):
            told = []

            def click():
                answer = httpx.get(f"{receiver.url}/sign-in/oidc", timeout=60)
                told.append(answer.status_code)

            clicks = [threading.Thread(target=click, daemon=True) for _ in range(CLICKS)]
            for one in clicks:
                one.start()
            began = time.monotonic()
            while time.monotonic() - began < 3:  # as long as the first of them wait
                assert client.http.get("/v1/tickets", timeout=2).status_code == 200
                time.sleep(0.1)  # as a desk does: faster is refused, as anybody's would be
            for one in clicks:
                one.join(60)
            assert len(told) == CLICKS
            assert set(told) <= {502, 503}


def test_a_provider_that_is_away_is_asked_again_after_some_seconds_and_not_at_each_click(
    tmp_path, monkeypatch
):
    asked, real = [], provider.ask

    def counted(*words, **more):
        asked.append(words)
        return real(*words, **more)

    monkeypatch.setattr(provider, "ask", counted)
    rules(tmp_path, f"http://127.0.0.1:{free_port()}")
    with running(tmp_path) as (receiver, _):
        clock = receiver.receiver.context.clock
        for _ in range(5):
            answer = httpx.get(f"{receiver.url}/sign-in/oidc", timeout=20)
            assert answer.status_code == 502
        assert len(asked) == 1
        later = clock.now_ms() + provider.AGAIN_MS
        monkeypatch.setattr(clock, "now_ms", lambda: later)
        assert httpx.get(f"{receiver.url}/sign-in/oidc", timeout=20).status_code == 502
        assert len(asked) == 2


@pytest.mark.timeout(30)
@pytest.mark.parametrize("drip", [b"", b"H", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_provider_that_drips_has_one_deadline_for_all_of_it(monkeypatch, drip):
    monkeypatch.setattr(provider, "TIMEOUT_S", 0.5)
    with saying(drip) as (host, port), pytest.raises(ApiError, match="cannot be asked"):
        provider.ask("GET", f"http://{host}:{port}/")


@pytest.mark.timeout(30)
def test_an_answer_without_end_is_not_kept(monkeypatch):
    monkeypatch.setattr(provider, "BODY_MAX", 200_000)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with pouring(head) as (host, port), pytest.raises(ApiError, match="is too long"):
        provider.ask("GET", f"http://{host}:{port}/")
