"""Nobody keeps a ticket from coming back without working on it; who is shut out holds none."""

import secrets

import pytest

from alarm_receiver.domain.escalation import PARKS_MAX, TicketClass
from alarm_receiver.domain.ticket import Act, act_on, opened
from alarm_wire import signal as wire
from receiving import PASSWORD, Client, Keypad


def test_only_the_holders_notes_move_his_deadline():
    held, _ = opened(
        "t",
        agency="own",
        site="s",
        class_=TicketClass.EMERGENCY,
        number=1,
        now_ms=0,
        actor="device:x",
        detail={},
    )
    held, _ = act_on(held, Act.ACKNOWLEDGE, now_ms=1_000, actor="operator:Bo")
    due_ms = held.due_ms
    for actor in ("operator:Cy", "agency:Guards", "receiver:operator:Bo"):
        held, entry = act_on(held, Act.NOTE, now_ms=200_000, actor=actor, detail={"text": "x"})
        assert (held.due_ms, entry.due_ms) == (due_ms, due_ms), actor
    held, _ = act_on(held, Act.NOTE, now_ms=200_000, actor="operator:Bo", detail={"text": "x"})
    assert held.due_ms == 500_000


@pytest.fixture
def people(house):
    """Two operators and a supervisor, by role and number."""
    receiver, admin = house
    made = []
    for role in ("operator", "operator", "supervisor"):
        name = f"{role} {secrets.token_hex(4)}"
        form = {"name": name, "password": PASSWORD, "role": role}
        assert admin.http.post("/v1/operators", json=form).status_code == 201
        one = Client(receiver.url)
        login = {"name": name, "password": PASSWORD}
        one.token = one.http.post("/v1/tokens", json=login).json()["token"]
        one.http.headers["Authorization"] = f"Bearer {one.token}"
        one.name = name
        made.append(one)
    yield made
    for one in made:
        one.close()


def pressed(admin, *kinds):
    keypad, site = Keypad(), admin.site()
    admin.register(keypad, site)
    for kind in kinds:
        admin.send(keypad.press(kind))
    return [one["id"] for one in admin.tickets(site=site)]


def act(who, id_, what, **fields):
    return who.act(id_, what, who.ticket(id_)["version"], **fields)


def test_a_bystanders_note_lets_the_ticket_come_back_when_it_was_to(house, people):
    holder, other, _ = people
    (id_,) = pressed(house[1], wire.PANIC)
    due = act(holder, id_, "acknowledge").json()["due_at"]
    assert act(other, id_, "note", text="I read along").json()["due_at"] == due
    assert act(holder, id_, "note", text="I am at it").json()["due_at"] > due


def test_parking_has_an_end_and_a_reason(house, people):
    holder, _, supervisor = people
    (id_,) = pressed(house[1], wire.PANIC)
    act(holder, id_, "acknowledge")
    for blank in ("", " ", "\t\n "):
        refused = act(holder, id_, "park", park_s=60, reason=blank)
        assert refused.status_code == 422, blank
    for _ in range(PARKS_MAX):
        parked = act(holder, id_, "park", park_s=60, reason="  waits for the owner ")
        assert parked.status_code == 200, parked.text
    assert parked.json()["entries"][-1]["detail"]["reason"] == "waits for the owner"
    refused = act(holder, id_, "park", park_s=60, reason="still waits")
    assert (refused.status_code, "supervisor" in refused.json()["detail"]) == (409, True)
    # Taking it anew does not begin the count anew.
    act(holder, id_, "hand-back")
    act(holder, id_, "acknowledge")
    assert act(holder, id_, "park", park_s=60, reason="again").status_code == 409
    assert act(supervisor, id_, "park", park_s=60, reason="the owner drives").status_code == 200


def test_the_console_says_that_a_ticket_was_parked_often_enough(house, people):
    receiver, admin = house
    holder, _, supervisor = people
    (id_,) = pressed(admin, wire.PANIC)
    act(holder, id_, "acknowledge")
    pages = {}
    for turn in range(PARKS_MAX + 1):
        pages[turn] = page(receiver, holder.name, id_)
        act(holder, id_, "park", park_s=60, reason="x")
    said = "Parked 2 times already; a supervisor may park it again."
    assert [said in pages[turn] for turn in pages] == [False, False, True]
    assert [f"/tickets/{id_}/park" in pages[turn] for turn in pages] == [True, True, False]
    act(supervisor, id_, "transfer", to=supervisor.name, reason="mine")
    assert f"/tickets/{id_}/park" in page(receiver, supervisor.name, id_)
    browser = signed_in(receiver, supervisor.name)
    form = {"version": admin.ticket(id_)["version"], "minutes": 1, "reason": "  "}
    refused = browser.http.post(f"/tickets/{id_}/park", data=form)
    browser.close()
    assert (refused.status_code, "a reason" in refused.text) == (409, True)


def signed_in(receiver, name):
    browser = Client(receiver.url)
    browser.http.post("/sign-in", data={"name": name, "password": PASSWORD})
    return browser


def page(receiver, name, id_):
    browser = signed_in(receiver, name)
    text = browser.http.get(f"/tickets/{id_}").text
    browser.close()
    return text


def test_who_is_shut_out_holds_nothing_any_more(house, people):
    _, admin = house
    gone, other, _ = people
    first, second = pressed(admin, wire.PANIC, wire.BATTERY_LOW)
    (sent,) = pressed(admin, wire.PANIC)
    (kept,) = pressed(admin, wire.PANIC)
    for id_, who in ((first, gone), (second, gone), (sent, gone), (kept, other)):
        assert act(who, id_, "acknowledge").status_code == 200
    assert act(gone, sent, "dispatch", to="Police").status_code == 200
    assert admin.http.post(f"/v1/operators/{gone.name}/disable").status_code == 204
    for id_ in (first, second, sent):
        one = admin.ticket(id_)
        assert (one["state"], one["holder"]) == ("open", None)
        last = one["entries"][-1]
        assert (last["act"], last["actor"]) == ("hand_back", "operator:Ada")
        assert gone.name in last["detail"]["reason"]
    assert admin.ticket(kept)["holder"] == f"operator:{other.name}"
    deed = admin.http.get("/v1/deeds").json()[0]
    numbers = sorted(admin.ticket(id_)["number"] for id_ in (first, second, sent))
    assert (deed["what"], deed["detail"]["handed_back"]) == ("disable_operator", numbers)
