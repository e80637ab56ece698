"""Who asks, behind a proxy: believed of those that are named, and of nobody else."""

import httpx
import pytest
from pydantic import ValidationError

from alarm_receiver.config import Settings
from alarm_receiver.web.limits import ADDRESS_MAX
from receiving import PASSWORD, Keypad, running

HTTPS = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("receiver")
    with running(folder, trusted_proxies="127.0.0.2, 127.1.0.0/16") as (receiver, client):
        yield receiver, client


def browser(receiver, proxy, headers=HTTPS):
    """Somebody who comes by the proxy at `proxy`, as it says."""
    transport = httpx.HTTPTransport(local_address=proxy)
    return httpx.Client(base_url=receiver.url, transport=transport, headers=headers, timeout=60)


def sign_in(one, password=PASSWORD):
    return one.post("/sign-in", data={"name": "Ada", "password": password})


@pytest.mark.parametrize("proxy", ["127.0.0.2", "127.1.2.3"])
def test_a_named_proxy_is_believed_that_it_was_https(house, proxy):
    receiver, _ = house
    with browser(receiver, proxy) as one:
        assert "secure" in sign_in(one).headers["set-cookie"].lower()


def test_another_one_is_not_and_the_log_says_so_once(house):
    receiver, client = house
    for _ in range(2):
        with browser(receiver, "127.0.0.9") as one:
            assert "secure" not in sign_in(one).headers["set-cookie"].lower()
    told = [one["address"] for one in receiver.lines.named("proxy_not_trusted")]
    assert told.count("127.0.0.9") == 1
    assert not set(told) & {"127.0.0.2", "127.1.2.3"}, "those are named"
    with browser(receiver, "127.0.0.10", headers={}) as plain:
        sign_in(plain)
    assert len(receiver.lines.named("proxy_not_trusted")) == len(told), "it forwards nothing"
    keypad = Keypad()
    client.register(keypad, client.site())
    client.send(keypad.press())


def test_one_who_guesses_behind_a_named_proxy_shuts_out_nobody_else(house):
    receiver, _ = house
    failures = receiver.receiver.context.failures
    clock = receiver.receiver.context.clock
    with browser(receiver, "127.0.0.2") as guesser:
        assert sign_in(guesser, "wrong").status_code == 401
        for _ in range(ADDRESS_MAX):
            failures.failed("Ada", "203.0.113.7", clock.now_ms())
        assert sign_in(guesser).status_code == 401, "right, and shut out all the same"
    with browser(receiver, "127.0.0.2", HTTPS | {"X-Forwarded-For": "203.0.113.8"}) as other:
        assert sign_in(other).status_code == 303
    # What the asker wrote himself stands in front of what the proxy added; the last one counts.
    lying = HTTPS | {"X-Forwarded-For": "203.0.113.8, 203.0.113.7"}
    with browser(receiver, "127.0.0.2", lying) as guesser:
        assert sign_in(guesser).status_code == 401, "right, and shut out all the same"


def test_everybody_is_nobody_to_be_trusted(tmp_path):
    for wrong in ("*", "proxy.example.org", "10.1.0.1/16"):
        with pytest.raises(ValidationError):
            Settings(data=tmp_path, trusted_proxies=wrong)
