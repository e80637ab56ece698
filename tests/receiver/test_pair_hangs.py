"""The other receiver hangs or drips: that it is away is known in time, and asking goes on."""

import pytest

from alarm_receiver.engine import peer
from hanging import saying
from receiving import running, wait_for

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("drip", [b"", b"H", ANSWER], ids=["silent", "head", "body"])
def test_one_that_answers_without_end_is_away(tmp_path, monkeypatch, drip):
    monkeypatch.setattr(peer, "TIMEOUT_S", 0.5)
    with saying(drip) as (host, port):
        more = {"peer_url": f"http://{host}:{port}", "peer_secret": "between the two"}
        with running(tmp_path, **more) as (receiver, _):
            away = wait_for(lambda: receiver.lines.named("peer_away"), 10)
    assert len(away) == 1, "said once, not at every question"
