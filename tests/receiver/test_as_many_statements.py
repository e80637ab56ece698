"""Every screen and every list asks the store as often for thirty rows as for three.

Counted are the statements of people's requests, for each GET of the table of doors. A list that
asked once more for each of its rows would be slow when many rows are there: when it matters.
"""

import threading
from contextlib import closing, contextmanager

import httpx
import pytest
from sqlalchemy import event

from alarm_receiver.web import doors
from many import Many
from receiving import PASSWORD

FEW, MORE = 3, 30
NOT_ASKED = {
    "/v1/stream": "never ends",
    "/queue/stream": "never ends; what it draws is asked below",
    "/v1/callbacks/sms/{page}": "what a carrier says",
    "/setup/{token}": "one link of one person",
    "/sign-in": "nobody is known there yet",
    "/sign-in/oidc": "goes to a provider",
    "/sign-in/oidc/back": "comes from a provider",
    "/docs": "a document",
    "/docs/oauth2-redirect": "a document",
    "/openapi.json": "a document",
    "/v1/sites/{id}/floors/{floor}/picture": "one picture",
    "/v1/export/registry.zip": "reads its pictures one after the other: never all in memory",
} | dict.fromkeys(
    ("/account/password", "/account/tokens", "/account/codes", "/account/codes/confirm",
     "/account/codes/drop"), "leads to /account"
)  # fmt: skip
FLAT = {
    "/health", "/ready", "/metrics", "/roles", "/v1/retention", "/v1/sites/{id}",
    "/v1/sites/{id}/history", "/v1/devices/{device}", "/v1/policies/{class}",
    "/v1/operators/{name}/address",
}  # fmt: skip
"""Those whose answer is about one thing, and does not grow with the rows."""


def asked():
    """Every GET that somebody may ask, as its door has it."""
    paths = [one.removeprefix("GET ") for one in doors.DOORS if one.startswith("GET ")]
    return sorted(one for one in paths if one not in NOT_ASKED)


@contextmanager
def counted(engine, statements):
    """Put into `statements` what is asked of `engine`."""
    lock = threading.Lock()

    def note(_connection, _cursor, statement, *_rest):
        with lock:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def measured(house):
    """By path: statements and letters of its answer, with few rows and with more."""
    receiver, client = house
    found = {}
    with (
        closing(Many(receiver, client)) as many,
        httpx.Client(base_url=receiver.url, timeout=60) as browser,
    ):
        browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        for count in (FEW, MORE):
            many.grow(count)
            for path in asked():
                found.setdefault(path, []).append(measure(receiver, browser, many, path))
    return found


def measure(receiver, browser, many, path):
    """One path asked twice, for what the first asking learns is not the list's; the second counts.

    A screen of a ticket or a site is asked for the one that everything was put on.
    """
    id_ = many.ticket if path.startswith(("/tickets", "/v1/tickets")) else many.site
    parts = {"id": id_, "device": many.keypad.device.hex(), "name": "Ada", "class": "emergency"}
    url = path.format(**parts)
    http = many.client.http if path.startswith("/v1/") else browser
    assert http.get(url).status_code in (200, 204), (url, http.get(url).text)
    statements = []
    with counted(receiver.receiver.context.reader, statements):
        answer = http.get(url)
    return statements, len(answer.content)


@pytest.mark.parametrize("path", asked())
def test_as_many_statements_for_thirty_rows_as_for_three(measured, path):
    (few, short), (more, long) = measured[path]
    assert path in FLAT or long > short, f"{path} shows no more with more rows: fill them in"
    surplus = [one for one in set(more) if more.count(one) > few.count(one)]
    assert len(more) == len(few), "\n\n".join(surplus)
