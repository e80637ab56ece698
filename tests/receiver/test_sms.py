"""Pages by SMS through a gateway that speaks Kannel's HTTP: taken, reported, and forged reports."""

import httpx
import pytest

from alarm_receiver.domain.paged import REPORTS, TOLD, report_token
from alarm_receiver.store.desk import PAGE_STATES
from kannel import PASSWORD, USER, kannel
from receiving import Keypad, free_port, running, wait_for


@pytest.fixture(scope="module")
def line(store):
    """A receiver whose pages go to a gateway, which reaches it for its reports."""
    folder, settings = store
    port = free_port()
    with kannel() as gateway:
        sms = {
            "sms_url": gateway.url,
            "sms_user": USER,
            "sms_password": PASSWORD,
            "sms_from": "Holdfast",
            "sms_reports_url": f"http://127.0.0.1:{port}",
        }
        with running(folder, port=port, **sms, **settings) as (_, client):
            put = client.http.put(
                "/v1/operators/Ada/address", json={"channel": "sms", "value": "+420601234567"}
            )
            assert put.status_code < 300, put.text
            client.policy((300, "operator:Ada"))
            yield gateway, client


def paged(line):
    """A fresh press; what the gateway took for it, and how its page stands."""
    gateway, client = line
    keypad, before = Keypad(), len(gateway.taken)
    site = client.site()
    client.register(keypad, site)
    client.send(keypad.press())
    wait_for(lambda: len(gateway.taken) > before, 30)
    (ticket,) = client.tickets(site=site)

    def state():
        (one,) = client.http.get(f"/v1/tickets/{ticket['id']}/pages").json()
        return one["state"]

    wait_for(lambda: state() == "accepted", 30)
    return gateway.taken[-1], state


def test_a_report_says_delivered_and_nothing_takes_that_back(line):
    gateway, _ = line
    taken, state = paged(line)
    assert taken["to"] == "+420601234567"
    assert taken["from"] == "Holdfast"
    assert gateway.report(taken, 4) is None, "what changes nothing is not asked for"
    assert gateway.report(taken, 1) == 204
    assert state() == "delivered"
    for again in (1, 2, 16):
        assert gateway.report(taken, again) == 204
        assert state() == "delivered"


@pytest.mark.parametrize("number", [2, 16])
def test_a_page_that_did_not_arrive_is_failed_until_it_arrives_after_all(line, number):
    gateway, _ = line
    taken, state = paged(line)
    assert gateway.report(taken, number) == 204
    assert state() == "failed"
    assert gateway.report(taken, 1) == 204
    assert state() == "delivered"


def test_reports_that_nobody_sealed_or_of_unknown_pages_change_nothing(line):
    gateway, client = line
    taken, state = paged(line)
    url = taken["dlr-url"].replace("%d", "2")
    page = url.split("/sms/")[1].split("?")[0]
    token = url.split("token=")[1].split("&")[0]
    assert PASSWORD not in url
    bare = url.split("?")[0]
    for wrong in (
        url.replace(token, "0" * 32),
        url.replace(token, ""),
        url.replace(page, page[::-1]),
        f"{bare}?status=2",
        f"{bare}?token={'%C3%A9' * 32}&status=2",
    ):
        assert httpx.get(wrong, timeout=20).status_code == 401
    nobody = report_token(PASSWORD, "nobody")
    unknown = f"/v1/callbacks/sms/nobody?token={nobody}&status=1"
    assert client.http.get(unknown).status_code == 204
    assert client.http.get(f"{bare}?token={token}&status=999").status_code == 422
    assert client.http.get(f"{bare}?token={token}&status=8").status_code == 204
    assert state() == "accepted"
    assert gateway.report(taken, 1) == 204


def test_reports_lead_to_known_states_and_never_out_of_acknowledged_or_delivered():
    assert set(TOLD) | {state for after in TOLD.values() for state in after} <= set(PAGE_STATES)
    assert {state for after in TOLD.values() for state in after} == set(REPORTS.values())
    assert not {"acknowledged", "delivered"} & set(TOLD)
