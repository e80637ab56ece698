"""A centre behind one address: one who guesses there keeps nobody out who works there."""

import httpx
import pytest

from alarm_receiver.web.limits import ADDRESS_MAX, FAILURES_MAX
from receiving import PASSWORD, account, running

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def house(store):
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        account(receiver, "Newcomer", "operator", PASSWORD)
        yield receiver, client


def browser(receiver):
    return httpx.Client(base_url=receiver.url, headers={"Origin": receiver.url}, timeout=20)


def sign_in(http, name, password=PASSWORD):
    return http.post("/sign-in", data={"name": name, "password": password})


def guessed(receiver, names):
    context = receiver.receiver.context
    for name in names:
        context.failures.failed(name, HERE, context.clock.now_ms())


def test_guesses_at_many_names_keep_nobody_out_who_has_come_in_from_there(house):
    receiver, _ = house
    with browser(receiver) as http:
        assert sign_in(http, "Ada").status_code == 303
        guessed(receiver, [f"name {number}" for number in range(ADDRESS_MAX)])
        assert sign_in(http, "Ada", "x" * 12).status_code in {401, 403}
        assert sign_in(http, "Ada").status_code == 303
        told = sign_in(http, "Newcomer")
        assert told.status_code != 303, "who never came in from there waits"
        assert "five minutes" in told.text
        assert sign_in(http, "Nobody").status_code != 303


def test_guesses_at_a_name_do_not_keep_its_locked_console_locked(house):
    receiver, _ = house
    with browser(receiver) as http:
        assert sign_in(http, "Ada").status_code == 303
        assert http.post("/lock").status_code == 204
        guessed(receiver, ["Ada"] * FAILURES_MAX)
        assert sign_in(http, "Ada").status_code != 303
        assert http.post("/unlock", data={"password": "x" * 12}).status_code == 403
        assert http.post("/unlock", data={"password": PASSWORD}).status_code == 204


def test_guesses_in_a_session_end_after_ten(house):
    receiver, _ = house
    receiver.receiver.context.failures._failed_ms.clear()
    with browser(receiver) as http:
        assert sign_in(http, "Ada").status_code == 303
        assert http.post("/lock").status_code == 204
        for _ in range(FAILURES_MAX):
            assert http.post("/unlock", data={"password": "x" * 12}).status_code == 403
        told = http.post("/unlock", data={"password": PASSWORD})
        assert told.status_code == 403
        assert "five minutes" in told.text
