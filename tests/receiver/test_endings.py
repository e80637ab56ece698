"""How an emergency may end: by what was answered and done, whatever the ending is called."""

import itertools

import pytest

from alarm_receiver.domain.interview import (
    BRANCHES,
    Branch,
    Ending,
    Missing,
    Question,
    Unfinished,
    branch_of,
    check_close,
    missing,
)
from alarm_receiver.domain.plan import read
from alarm_receiver.domain.ticket import Outcome, Refused, Ticket, TicketClass, opened
from alarm_receiver.plans import HERE, tomllib
from alarm_wire import signal as wire
from receiving import PASSWORD, Client, Keypad

ALL = {Question.NATURE, Question.PLACE, Question.NUMBER, Question.CONTACT}
ENDS = (Outcome.SAFE_BY_PHONE, Outcome.ATTENDED, Outcome.FALSE_ALARM)
REASON = "Reason to end it without what is missing"
GENERIC = read("generic", lambda name: tomllib.loads((HERE / f"{name}.toml").read_text()))


def ticket(kind="panic", *, silent=False, class_=TicketClass.EMERGENCY) -> Ticket:
    signal = {"kind": kind, "silent": silent}
    made, _ = opened(
        "t",
        agency="own",
        site="s",
        class_=class_,
        number=1,
        now_ms=0,
        actor="device:x",
        detail={"signal": signal},
    )
    return made


def given(safe, medical):
    found = dict.fromkeys(ALL, "told")
    found |= {Question.SAFE: safe, Question.MEDICAL: medical}
    return {question: answer for question, answer in found.items() if answer is not None}


@pytest.mark.parametrize("answers", BRANCHES)
def test_where_the_answers_ask_for_help_nothing_ends_before_help_was_sent(answers):
    said = given(*answers)
    wants_help = BRANCHES[answers] is Branch.DISPATCH
    for outcome in ENDS:
        found = missing(ticket(), Ending(outcome, helped=False), said)
        assert (Missing.HELP in found) == (wants_help or outcome is Outcome.ATTENDED)
        found = missing(ticket(), Ending(outcome, helped=True), said)
        assert Missing.HELP not in found
        # No text and no name for it, and no supervisor's reason, makes somebody safe.
        if BRANCHES[answers] is not Branch.BY_PHONE:
            ending = Ending(Outcome.SAFE_BY_PHONE, helped=True, text="fine", override="I say so")
            assert missing(ticket(), ending, said) == [Missing.BY_PHONE]


@pytest.mark.parametrize(
    ("kind", "silent"), [("hold_up", False), ("duress", True), ("panic", True)]
)
def test_a_threat_ends_with_help_and_what_it_found_or_with_a_supervisors_reason(kind, silent):
    one = ticket(kind, silent=silent)
    plan = GENERIC.plan(kind, silent=silent)
    for answers, outcome in itertools.product(BRANCHES, (Outcome.ATTENDED, Outcome.FALSE_ALARM)):
        said = given(*answers)
        assert branch_of(one, said) is Branch.DISPATCH
        both = [Missing.HELP, Missing.WORDS]
        assert missing(one, Ending(outcome, helped=False, text=" \n"), said) == both
        assert missing(one, Ending(outcome, helped=False, text="x"), said) == [Missing.HELP]
        assert missing(one, Ending(outcome, helped=True), said) == [Missing.WORDS]
        for ending in (
            Ending(outcome, helped=True, text="nobody there"),
            Ending(outcome, helped=False, override="the chief rang"),
        ):
            check_close(one, ending, said, plan)
    with pytest.raises(Unfinished, match=r"send help first.*supervisor"):
        check_close(one, Ending(Outcome.FALSE_ALARM, helped=False), {}, plan)
    with pytest.raises(Refused, match="ends with one of attended, false_alarm"):
        check_close(one, Ending(Outcome.SAFE_BY_PHONE, helped=True, text="x"), {}, plan)


def test_what_is_no_emergency_ends_as_its_operator_says():
    for class_ in (TicketClass.TECHNICAL, TicketClass.TEST):
        one = ticket("hold_up", silent=True, class_=class_)
        for outcome in Outcome:
            check_close(one, Ending(outcome, helped=False), {}, GENERIC.plan("any", silent=False))


class Desk:
    """An operator with a ticket in his hands."""

    def __init__(self, house, client, *press, **fields):
        self.client, keypad, admin = client, Keypad(), house[1]
        site = admin.site()
        admin.register(keypad, site)
        admin.send(keypad.press(*press, **fields))
        self.id = admin.tickets(site=site)[0]["id"]
        assert self.act("acknowledge").status_code == 200

    def act(self, act, **fields):
        return self.client.act(self.id, act, self.client.ticket(self.id)["version"], **fields)


@pytest.fixture(scope="module")
def operator(house):
    receiver, admin = house
    made = {"name": "Endings", "password": PASSWORD, "role": "operator"}
    assert admin.http.post("/v1/operators", json=made).status_code == 201
    one = Client(receiver.url)
    signed = one.http.post("/v1/tokens", json={"name": "Endings", "password": PASSWORD})
    one.http.headers["Authorization"] = f"Bearer {signed.json()['token']}"
    yield one
    one.close()


def test_an_unsafe_caller_is_not_closed_away_under_another_name(house, operator):
    desk = Desk(house, operator)
    desk.act("answer", question="safe", answer="no")
    desk.act("answer", question="medical", answer="yes")
    for outcome in ("false_alarm", "attended"):
        refused = desk.act("close", outcome=outcome)
        assert (refused.status_code, "send help first" in refused.json()["detail"]) == (409, True)
    assert desk.act("dispatch", to="Police").status_code == 200
    assert desk.act("close", outcome="false_alarm").status_code == 200


def test_a_silent_hold_up_is_not_attended_by_nobody(house, operator, client):
    desk = Desk(house, operator, wire.HOLD_UP, flags=wire.SILENT)
    assert desk.act("close", outcome="attended").status_code == 409
    mine = desk.act("close", outcome="false_alarm", override="I know them")
    assert (mine.status_code, "supervisor" in mine.json()["detail"]) == (403, True)
    desk.act("dispatch", to="Police")
    wordless = desk.act("close", outcome="attended")
    assert "what they found" in wordless.json()["detail"]
    # Also after it went back to the desk and was taken anew: help was sent.
    desk.act("hand-back")
    desk.act("acknowledge")
    assert desk.act("close", outcome="attended", text="two arrests").status_code == 200

    other = Desk(house, client, wire.HOLD_UP, flags=wire.SILENT)
    ended = other.act("close", outcome="false_alarm", override="the chief of police rang")
    assert ended.status_code == 200, ended.text
    assert ended.json()["entries"][-1]["detail"]["override"] == "the chief of police rang"


def test_the_console_says_what_is_missing_before_anybody_tries(house, operator):
    receiver, _ = house
    desk = Desk(house, operator, wire.HOLD_UP, flags=wire.SILENT)
    with Browser(receiver.url, "Endings") as one:
        page = one.page(desk.id)
        assert "Send help first: whoever says that all is well may be forced to." in page
        assert "Closing words are needed" in page
        assert REASON not in page, "that is a supervisor's"
        said = one.close(desk.id, page, outcome="attended")
        assert "Send help first." in said
        assert "A supervisor may end it all the same, with a reason." in said
        desk.act("dispatch", to="Police")
        page = one.page(desk.id)
        assert "Send help first:" not in page
        assert "Closing words are needed" in page
    with Browser(receiver.url, "Ada") as one:
        own = Desk(house, house[1], wire.HOLD_UP, flags=wire.SILENT)
        page = one.page(own.id)
        assert REASON in page
        one.close(own.id, page, outcome="false_alarm", override="seen on camera")
    assert house[1].ticket(own.id)["outcome"] == "false_alarm"


class Browser:
    """The console's forms, as a browser without scripts sends them."""

    def __init__(self, url, name):
        self.client = Client(url)
        form = {"name": name, "password": PASSWORD}
        assert self.client.http.post("/sign-in", data=form).status_code == 303

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def page(self, id_):
        return self.client.http.get(f"/tickets/{id_}").text

    def close(self, id_, page, **fields):
        version = page.split('name="version" value="')[1].split('"')[0]
        fields |= {"version": version}
        return self.client.http.post(f"/tickets/{id_}/close", data=fields).text
