"""Who is at the desk: duties, breaks and teams, and whom a policy pages because of them."""

import dataclasses
import secrets
from datetime import UTC, datetime, timedelta
from threading import Event, Thread, current_thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarm_receiver.domain.roster import (
    BREAK_MS_MAX,
    DUTY_MS_MAX,
    EARLY_MS,
    NEXT,
    Act,
    State,
    act_on,
    check_leave,
    planned,
    started,
    uncovered,
)
from alarm_receiver.domain.ticket import Refused
from alarm_receiver.engine.silence import Silence
from alarm_receiver.store import policies
from receiving import Client, Keypad, wait_for

NOW = 1_795_000_000_000
HOUR = 3_600_000


@given(st.lists(st.tuples(st.sampled_from(Act), st.integers(0, 4 * HOUR)), max_size=12))
def test_whatever_happens_a_duty_goes_where_the_table_says_and_has_a_deadline_until_its_end(acts):
    duty, now_ms = planned("d", "own", "o", NOW, NOW + 8 * HOUR), NOW
    for act, later_ms in acts:
        now_ms += later_ms
        before = duty
        try:
            duty = act_on(duty, act, now_ms)
        except Refused:
            assert (before.state, act) not in NEXT or act is Act.START
            continue
        over = act is Act.RUN_OUT and now_ms >= before.until_ms
        assert duty.state is NEXT[before.state, act] or (over and duty.state is State.ENDED)
        assert (duty.due_ms is None) == (duty.state is State.ENDED)
        assert (duty.ended_ms is None) == (duty.state is not State.ENDED)


@given(st.lists(st.tuples(st.integers(-9, 30), st.integers(1, 16), st.booleans()), max_size=6))
def test_nobody_is_there_exactly_where_no_duty_is(spans):
    """Against a plain count, hour by hour; who is on duty began at the latest now."""
    duties, covered = [], set()
    for begins, long, on in spans:
        duty = planned("d", "own", "o", NOW + begins * HOUR, NOW + (begins + long) * HOUR)
        here = on and begins <= 0 < begins + long
        duties.append(dataclasses.replace(duty, state=State.ON) if here else duty)
        covered |= set(range(begins, begins + long))
    gaps = uncovered(duties, NOW, NOW + 24 * HOUR)
    bare = {
        hour for start, end in gaps for hour in range((start - NOW) // HOUR, (end - NOW) // HOUR)
    }
    assert bare == set(range(24)) - covered
    assert all(start < end for start, end in gaps)


def test_who_came_early_leaves_no_gap_and_who_went_home_does():
    soon = planned("d", "own", "o", NOW + HOUR, NOW + 9 * HOUR)
    early = act_on(soon, Act.START, NOW + 1)
    assert uncovered([early], NOW + 2, NOW + 9 * HOUR) == []
    gone = act_on(early, Act.END, NOW + 3)
    assert uncovered([gone], NOW, NOW + HOUR) == [(NOW, NOW + HOUR)]


def test_a_duty_has_an_end_and_a_break_too():
    for until_ms in (NOW, NOW + DUTY_MS_MAX + 1):
        with pytest.raises(Refused):
            planned("d", "own", "o", NOW, until_ms)
    later = planned("d", "own", "o", NOW + 2 * EARLY_MS, NOW + 9 * HOUR)
    with pytest.raises(Refused, match="more than an hour"):
        act_on(later, Act.START, NOW)
    on = started("d", "own", "o", NOW)
    off = act_on(on, Act.PAUSE, NOW + HOUR)
    assert off.due_ms == NOW + HOUR + BREAK_MS_MAX
    back = act_on(off, Act.RUN_OUT, off.due_ms)
    assert (back.state, back.due_ms) == (State.ON, on.until_ms)
    late = dataclasses.replace(off, due_ms=off.until_ms)
    assert act_on(late, Act.RUN_OUT, off.until_ms).state is State.ENDED


def test_nobody_leaves_the_desk_empty_nor_with_tickets_in_his_hands():
    check_leave(Act.PAUSE, others_on=1, held=[])
    check_leave(Act.END, others_on=0, held=[])
    check_leave(Act.RESUME, others_on=0, held=[7])
    with pytest.raises(Refused, match="last one"):
        check_leave(Act.PAUSE, others_on=0, held=[])
    for act in (Act.PAUSE, Act.END):
        with pytest.raises(Refused, match="7, 12"):
            check_leave(act, others_on=3, held=[12, 7])


@pytest.fixture
def people(house):
    """Makes operators with an address; gives a client of each."""
    receiver, admin = house
    made = []

    def make(role="operator"):
        name = f"{role} {secrets.token_hex(3)}"
        body = {"name": name, "password": "x" * 12, "role": role}
        assert admin.http.post("/v1/operators", json=body).status_code == 201
        one = Client(receiver.url)
        body.pop("role")
        token = one.http.post("/v1/tokens", json=body).json()["token"]
        one.http.headers["Authorization"] = f"Bearer {token}"
        one.name = name
        where = {"channel": "mail", "value": f"{secrets.token_hex(3)}@example.org"}
        assert admin.http.put(f"/v1/operators/{name}/address", json=where).status_code == 204
        made.append(one)
        return one

    yield make
    for one in made:
        one.http.post("/v1/roster/end")
        one.close()


def roster(client, **query):
    return {one["operator"]: one for one in client.http.get("/v1/roster", params=query).json()}


def reached(house, *targets):
    return {one[0].partition(":")[2] for one in house[0].receiver.policies.reached("own", targets)}


def plan(client, name, from_h, until_h):
    now = datetime.now(UTC)
    body = {
        "operator": name,
        "from_at": (now + timedelta(hours=from_h)).isoformat(),
        "until_at": (now + timedelta(hours=until_h)).isoformat(),
    }
    return client.http.post("/v1/roster/duties", json=body)


def test_a_duty_is_planned_begun_paused_and_ended(house, people):
    _, admin = house
    ada, bo = people(), people()
    made = plan(admin, ada.name, 0.5, 8)
    assert made.status_code == 201, made.text
    assert plan(admin, ada.name, 7, 9).status_code == 409
    assert plan(admin, ada.name, 20, 40).status_code == 409
    assert plan(ada, ada.name, 20, 24).status_code == 403
    assert plan(admin, "nobody", 20, 24).status_code == 404
    begun = ada.http.post("/v1/roster/start").json()
    assert (begun["id"], begun["state"]) == (made.json()["id"], "on")
    assert ada.http.post("/v1/roster/start").json()["id"] == begun["id"]
    assert bo.http.post("/v1/roster/start").json()["state"] == "on"
    assert reached(house, "shift:*") >= {ada.name, bo.name}
    paused = ada.http.post("/v1/roster/pause").json()
    assert paused["state"] == "break"
    assert paused["due_at"] < paused["until_at"]
    assert ada.name not in reached(house, "shift:*")
    assert ada.http.post("/v1/roster/pause").status_code == 409
    assert ada.http.post("/v1/roster/resume").json()["state"] == "on"
    assert ada.http.post("/v1/roster/end").json()["state"] == "ended"
    assert ada.name not in roster(admin)
    assert roster(admin, back_hours=1)[ada.name]["state"] == "ended"
    tomorrow = plan(admin, ada.name, 20, 24).json()["id"]
    assert admin.http.post(f"/v1/roster/duties/{tomorrow}/cancel").json()["state"] == "ended"
    assert admin.http.post(f"/v1/roster/duties/{tomorrow}/cancel").status_code == 409


def test_who_holds_a_ticket_stays_and_an_empty_desk_has_no_break(house, people):
    _, admin = house
    ada, keypad = people(), Keypad()
    admin.register(keypad, admin.site())
    admin.send(keypad.press())
    ticket = admin.tickets()[0]
    ada.http.post("/v1/roster/start")
    assert "last one" in ada.http.post("/v1/roster/pause").json()["detail"]
    wait_for(
        lambda: ada.act(ticket["id"], "acknowledge", ada.ticket(ticket["id"])["version"]).is_success
    )
    refused = ada.http.post("/v1/roster/end")
    assert (refused.status_code, str(ticket["number"]) in refused.json()["detail"]) == (409, True)
    wait_for(
        lambda: ada.act(ticket["id"], "hand-back", ada.ticket(ticket["id"])["version"]).is_success
    )
    assert ada.http.post("/v1/roster/end").json()["state"] == "ended"


def test_teams_and_shifts_are_targets_and_never_nobody(house, people):
    _, admin = house
    ada, bo, boss = people(), people(), people("supervisor")
    body = {"members": [ada.name, bo.name]}
    assert admin.http.put("/v1/teams/Night", json=body).status_code == 200
    assert admin.http.put("/v1/teams/Night", json={"members": ["nobody"]}).status_code == 404
    assert admin.http.get("/v1/teams").json() == [
        {"name": "Night", "members": sorted(body["members"])}
    ]
    assert reached(house, "team:Night") == {ada.name, bo.name}
    assert reached(house, "shift:supervisor") >= {boss.name}
    assert reached(house, "shift:*") == reached(house, "role:operator")
    bo.http.post("/v1/roster/start")
    assert reached(house, "team:Night") == {bo.name}
    assert reached(house, "shift:*") == {bo.name}
    policy = {
        "steps": [
            {"wait_s": 10, "targets": ["shift:*"]},
            {"wait_s": 60, "targets": ["team:Night"]},
        ],
        "acknowledged_s": 300,
        "dispatched_s": 900,
    }
    assert admin.http.put("/v1/policies/technical", json=policy).status_code == 200
    policy["steps"][0]["targets"] = ["crew:Night"]
    assert admin.http.put("/v1/policies/technical", json=policy).status_code == 422
    assert admin.http.delete("/v1/teams/Night").status_code == 204
    assert admin.http.delete("/v1/teams/Night").status_code == 404


def test_the_clock_ends_a_duty_and_the_console_learns_of_it(house, people):
    receiver, admin = house
    ada = people()
    on = ada.http.post("/v1/roster/start").json()
    until = datetime.fromisoformat(on["until_at"]).timestamp() * 1000
    engine = Silence(
        receiver.receiver.writer,
        receiver.receiver._reader,
        now_ms=lambda: int(until),
        log=lambda *_a, **_n: None,
        policies=receiver.receiver.policies,
    )
    engine._end_duties(int(until) - 1)
    assert roster(admin)[ada.name]["state"] == "on"
    engine._end_duties(int(until))
    assert ada.name not in roster(admin)


def test_who_began_to_read_before_a_change_never_puts_what_was_over_what_is(
    house, people, monkeypatch
):
    _, admin = house
    ada, bo = people(), people()
    admin.http.put("/v1/teams/Dawn", json={"members": [ada.name, bo.name]})
    entered, release, read = Event(), Event(), policies._reach

    def slowly(connection):
        found = read(connection)
        if current_thread() is early:
            entered.set()
            release.wait(10)
        return found

    early = Thread(target=house[0].receiver.context.learn)
    monkeypatch.setattr(policies, "_reach", slowly)
    early.start()
    assert entered.wait(10)
    started_duty = Thread(target=bo.http.post, args=("/v1/roster/start",))
    started_duty.start()
    started_duty.join(0.5)  # it must wait for the early one: without an order it ends here
    release.set()
    for one in (early, started_duty):
        one.join(10)
    assert reached(house, "team:Dawn") == {bo.name}
