"""The record is searched by text in any script and by days, page by page."""

import pytest
from sqlalchemy import insert

from alarm_receiver.store import deeds
from alarm_receiver.store.deeds import Wanted
from alarm_receiver.store.desk import deed
from receiving import PASSWORD, running

DAY_MS = 86_400_000
BEGIN_MS = 1_790_000_000_000


@pytest.fixture(scope="module")
def house(store):
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        rows = [
            {
                "agency": "own",
                "at_ms": BEGIN_MS + number * DAY_MS,
                "actor": "operator:Žofie" if number % 10 == 0 else "operator:Ада",
                "what": "change_site",
                "subject": f"site {number}",
                "detail": {},
            }
            for number in range(1500)
        ]
        receiver.receiver.writer.do(
            lambda connection: connection.execute(insert(deed), rows).rowcount
        )
        yield receiver, client


def found(house, count=200, cursor="", **wanted):
    with house[0].receiver.context.reader.connect() as connection:
        part = deeds.search(connection, "own", Wanted(**wanted), count, cursor)
    return part.rows, part.next


def test_text_is_found_without_case_in_every_script(house):
    for text in ("žofie", "ŽOFIE"):
        rows, older = found(house, 1000, text=text)
        assert len(rows) == 150
        assert older is None
    assert len(found(house, 2000, text="ада")[0]) == 1350
    assert found(house, text="nobody") == ([], None)
    assert found(house, text="%") == ([], None), "no wildcard"


def test_pages_go_on_where_the_last_one_ended(house):
    seen, cursor = [], ""
    while True:
        rows, cursor = found(house, 70, cursor, text="Žofie")
        seen += [row["subject"] for row in rows]
        if cursor is None:
            break
    assert seen == [f"site {number}" for number in range(1490, -1, -10)]


def test_days_bound_it(house):
    first, last = BEGIN_MS + 10 * DAY_MS, BEGIN_MS + 13 * DAY_MS
    rows, _ = found(house, from_ms=first, until_ms=last)
    assert [row["subject"] for row in rows] == ["site 12", "site 11", "site 10"]


def test_another_agency_finds_nothing(house):
    with house[0].receiver.context.reader.connect() as connection:
        assert deeds.search(connection, "other", Wanted(), 10).rows == []


def test_the_page_searches_and_refuses_what_is_no_day(house):
    import httpx

    with httpx.Client(base_url=house[0].url, timeout=60) as http:
        http.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        page = http.get("/record", params={"wanted": "žofie", "from_day": "2026-09-01"})
        assert page.status_code == 200
        assert "Žofie" in page.text
        assert "Ада" not in page.text
        assert 'href="/record?' not in page.text
        assert 'href="/record?' in http.get("/record").text, "there are older ones"
        for day in ("2026-13-01", "yesterday", "1026-01-01"):
            assert http.get("/record", params={"from_day": day}).status_code == 422
