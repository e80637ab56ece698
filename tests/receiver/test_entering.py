"""Getting in and staying in: sessions, second factors, recovery, limits, and what is refused."""

import re
import time

import httpx
import pyotp
import pytest
from sqlalchemy import select

from alarm_receiver.config import Misconfigured
from alarm_receiver.rules import read_rules
from alarm_receiver.store import sealing
from alarm_receiver.store.identity import attempt, totp
from alarm_receiver.store.identity import recovery as recovery_table
from alarm_receiver.web import codes
from alarm_receiver.web.access import COOKIE
from alarm_receiver.web.limits import Rate
from receiving import PASSWORD, running

HOUR_MS = 3_600_000


class House:
    def __init__(self, receiver, client):
        self.receiver, self.client, self.url = receiver, client, receiver.url
        self.clock = receiver.receiver.context.clock
        self.parts = receiver.receiver.context
        self.made = 0
        self.opened = []

    def person(self, role="operator"):
        self.made += 1
        name = f"{role} {self.made}"
        form = {"name": name, "password": PASSWORD, "role": role}
        assert self.client.http.post("/v1/operators", json=form).status_code == 201
        return name

    def browser(self):
        self.opened.append(httpx.Client(base_url=self.url, timeout=20))
        return self.opened[-1]

    def sign_in(self, name, http=None, password=PASSWORD):
        http = http or self.browser()
        return http, http.post("/sign-in", data={"name": name, "password": password})

    def later(self, ms):
        plain = type(self.clock).now_ms
        self.clock.now_ms = lambda: plain(self.clock) + ms

    def now(self):
        vars(self.clock).pop("now_ms", None)

    def deeds(self):
        return [one["what"] for one in self.client.http.get("/v1/deeds").json()]


@pytest.fixture(scope="module")
def house(store):
    folder, settings = store
    (folder / "access.toml").write_text('[sign_in]\nsecond_factor = ["supervisor"]\n')
    with running(folder, **settings) as (receiver, client):
        yield House(receiver, client)


@pytest.fixture(autouse=True)
def _clock_again(house):
    yield
    house.now()
    while house.opened:
        house.opened.pop().close()


def enrol(http):
    """Set one-time codes up as a person does; the secret and the recovery codes."""
    shown = http.post("/account/codes").text
    secret = re.search(r"data-secret>([A-Z2-7 ]+)<", shown)[1].replace(" ", "")
    begun = re.search(r'name="begun" value="([^"]+)"', shown)[1]
    code = pyotp.TOTP(secret).now()
    done = http.post("/account/codes/confirm", data={"begun": begun, "code": code})
    assert done.status_code == 200, done.text
    return secret, re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)


def next_code(house, secret, steps=1):
    """The code of a step that is surely not used yet, with the receiver's clock in that step."""
    house.later(steps * 30_000)
    return pyotp.TOTP(secret).at(house.clock.now_ms() / 1000)


def test_a_page_that_a_form_of_the_account_has_shown_leads_back_when_asked_again(house):
    http, _ = house.sign_in(house.person())
    for form in ("password", "tokens", "codes", "codes/confirm", "codes/drop"):
        answer = http.get(f"/account/{form}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")


def test_a_session_ends_idle_and_ends_anyway(house):
    name = house.person()
    http, answer = house.sign_in(name)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    for hours in (0.9, 1.8, 2.7):
        house.later(int(hours * HOUR_MS))
        assert http.get("/").status_code == 200
        wait_seen(house, http)
    house.later(int(3.8 * HOUR_MS))
    assert http.get("/").status_code == 303, "not seen for an hour"
    house.now()
    http, _ = house.sign_in(name)
    for hours in range(1, 13):
        house.later(int(hours * 0.95 * HOUR_MS))
        assert http.get("/").status_code == 200
        wait_seen(house, http)
    house.later(12 * HOUR_MS + 1)
    assert http.get("/").status_code == 303, "the longest shift is over"


def wait_seen(house, http):
    """Wait until the last use is written down; it is not waited for by the request."""
    from alarm_receiver.store import people
    from receiving import wait_for

    def fresh():
        with house.parts.reader.connect() as connection:
            found = people.who(connection, http.cookies[COOKIE], "session", house.clock.now_ms())
        return found and not found.stale

    wait_for(fresh)


def test_only_hashes_of_sessions_are_kept(house):
    http, _ = house.sign_in(house.person())
    with house.parts.reader.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM access").all()
    assert http.cookies[COOKIE] not in str(rows)


def test_sign_out_everywhere_and_one_by_one(house):
    name = house.person()
    first, second, third = (house.sign_in(name)[0] for _ in range(3))
    with house.parts.reader.connect() as connection:
        from alarm_receiver.store import people

        me = people.who(connection, first.cookies[COOKIE], "session", house.clock.now_ms())
    assert second.post(f"/account/sessions/{me.door}/end").status_code == 303
    assert first.get("/account").status_code == 303
    assert first.get("/account").headers["location"].startswith("/sign-in")
    assert second.post("/account/sessions/end").status_code == 303
    assert third.get("/mine").status_code == 303
    assert second.get("/mine").status_code == 200
    assert house.client.http.post(f"/v1/operators/{name}/sign-out").status_code == 204
    assert second.get("/mine").status_code == 303


def test_another_password_ends_the_other_sessions(house):
    name = house.person()
    here, there = house.sign_in(name)[0], house.sign_in(name)[0]
    wrong = here.post("/account/password", data={"password": "no", "new": "x" * 12})
    assert wrong.status_code == 422
    short = here.post("/account/password", data={"password": PASSWORD, "new": "x" * 11})
    assert short.status_code == 422
    done = here.post("/account/password", data={"password": PASSWORD, "new": "another one 12"})
    assert done.status_code == 303
    assert here.get("/mine").status_code == 200
    assert there.get("/mine").status_code == 303
    assert house.sign_in(name)[1].status_code == 401
    assert house.sign_in(name, password="another one 12")[1].status_code == 303


def test_one_time_codes_open_once_and_recovery_codes_too(house):
    name = house.person()
    http, _ = house.sign_in(name)
    secret, recovery = enrol(http)
    assert len(recovery) == codes.RECOVERY
    with house.parts.reader.connect() as connection:
        for table in (totp, attempt, recovery_table):
            rows = str(connection.execute(select(table)).all())
            assert secret not in rows
            assert not [one for one in recovery if one in rows or one.replace("-", "") in rows]
        assert sealing.counts(connection)
    http, asked = house.sign_in(name)
    assert asked.status_code == 200
    assert COOKIE not in http.cookies, "the password alone opens nothing"
    assert http.get("/mine").status_code == 303
    enrolment = pyotp.TOTP(secret).now()
    again = http.post("/sign-in/code", data={"code": enrolment})
    assert again.status_code == 401, "the code that proved the phone is used up"
    code = next_code(house, secret)
    assert http.post("/sign-in/code", data={"code": code}).status_code == 303
    assert http.get("/mine").status_code == 200
    other, _ = house.sign_in(name)
    replayed = other.post("/sign-in/code", data={"code": code})
    assert replayed.status_code == 401, "a code opens once"
    assert other.post("/sign-in/code", data={"code": recovery[0]}).status_code == 303
    third, _ = house.sign_in(name)
    assert third.post("/sign-in/code", data={"code": recovery[0]}).status_code == 401
    assert third.post("/sign-in/code", data={"code": recovery[1].upper()}).status_code == 303
    assert "use_recovery_code" in house.deeds()
    api = {"name": name, "password": PASSWORD}
    assert httpx.post(house.url + "/v1/tokens", json=api).status_code == 401
    api["code"] = recovery[2]
    assert httpx.post(house.url + "/v1/tokens", json=api).status_code == 201
    assert httpx.post(house.url + "/v1/tokens", json=api).status_code == 401


def test_codes_cannot_be_guessed_from_many_addresses(house):
    name = house.person()
    http, _ = house.sign_in(name)
    secret, _recovery = enrol(http)
    http, _ = house.sign_in(name)
    right = pyotp.TOTP(secret).at(house.clock.now_ms() / 1000 + 30)
    wrong = "000000" if right != "000000" else "000001"
    said = [http.post("/sign-in/code", data={"code": wrong}).status_code for _ in range(12)]
    assert said == [401] * 10 + [429] * 2
    assert http.post("/sign-in/code", data={"code": right}).status_code == 429


def test_the_second_step_belongs_to_the_first_and_ends(house):
    name = house.person()
    http, _ = house.sign_in(name)
    secret, _recovery = enrol(http)
    stranger = house.browser()
    code = next_code(house, secret)
    assert stranger.post("/sign-in/code", data={"code": code}).status_code == 403
    http, _ = house.sign_in(name)
    house.later(10 * 60_000)
    late = pyotp.TOTP(secret).at(house.clock.now_ms() / 1000)
    assert http.post("/sign-in/code", data={"code": late}).status_code == 403


def test_a_role_that_needs_a_second_factor_opens_nothing_without(house):
    name = house.person("supervisor")
    http, answer = house.sign_in(name)
    assert answer.status_code == 303
    moved = http.get("/")
    assert (moved.status_code, moved.headers["location"]) == (303, "/account")
    for method, path in (("GET", "/v1/tickets"), ("POST", "/queue/take"), ("GET", "/people")):
        answer = http.request(method, path)
        assert answer.status_code == (303 if path == "/people" else 403)
    form = {"name": name, "password": PASSWORD}
    assert httpx.post(house.url + "/v1/tokens", json=form).status_code == 403
    assert "alert" in http.get("/account").text
    secret, _recovery = enrol(http)
    assert http.get("/people").status_code == 200, "what was shown counts at once"
    http, _ = house.sign_in(name)
    code = next_code(house, secret)
    assert http.post("/sign-in/code", data={"code": code}).status_code == 303
    assert http.get("/people").status_code == 200
    assert house.client.http.post(f"/v1/operators/{name}/factors").status_code == 204
    assert http.get("/people").status_code == 303, "his sessions have ended"
    http, answer = house.sign_in(name)
    assert http.get("/people").headers["location"] == "/account"


def test_codes_are_turned_off_with_the_password_only(house):
    http, _ = house.sign_in(house.person())
    enrol(http)
    assert http.post("/account/codes/drop", data={"password": "no"}).status_code == 422
    assert http.post("/account/codes/drop", data={"password": PASSWORD}).status_code == 303


def test_another_site_cannot_act_with_somebodys_session(house):
    http, _ = house.sign_in(house.person())
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for path in ("/account/sessions/end", "/account/codes", "/account/passkeys/options"):
            assert http.post(path, headers=headers).status_code == 403
        for path in ("/sign-in/passkey/options", "/sign-in/code"):
            assert http.post(path, headers=headers, data={"code": "1"}).status_code == 403


def test_asking_too_much_slows_down_the_asker_alone():
    rate = Rate(per_second=2, burst=3)
    assert [rate.wait_s("a", 0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert rate.wait_s("b", 0) == 0
    assert rate.wait_s("a", 500) == 0
    assert rate.wait_s("a", 500) == 0.5
    assert [rate.wait_s("a", 60_000) for _ in range(4)] == [0, 0, 0, 0.5], "never more than burst"


def test_limits_answer_429_with_how_long(tmp_path):
    (tmp_path / "access.toml").write_text(
        "[limits]\nper_second = 0.001\nburst = 5\nentering_per_second = 0.001\nentering_burst = 4\n"
    )
    with running(tmp_path) as (receiver, client):
        said = [client.http.get("/v1/sites") for _ in range(7)]
        assert [one.status_code for one in said] == [200] * 5 + [429] * 2
        assert int(said[-1].headers["retry-after"]) >= 1
        tries = [
            httpx.post(receiver.url + "/v1/tokens", json={"name": "x", "password": "y"})
            for _ in range(4)
        ]
        assert [one.status_code for one in tries] == [401] * 3 + [429]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sign_in]\nsecond_factor = ['king']", "sign_in.second_factor.0"),
        ("[sign_in]\nhours = 25", "sign_in.hours"),
        ("[nonsense]\n", "nonsense"),
        ("[oidc]\nissuer='https://a'\nclient_id='x'\nroles={}", "map at least one"),
        ("[oidc]\nissuer='http://a'\nclient_id='x'\nroles={a='admin'}", "use https"),
        (
            "[oidc]\nissuer='https://a'\nclient_id='x'\nroles={a='admin'}\nclient_secret_file='no'",
            "cannot be read",
        ),
        ("[", "it is no TOML there"),
    ],
)
def test_rules_that_cannot_work_are_named(tmp_path, text, told):
    from typer.testing import CliRunner

    from alarm_receiver.command import app

    (tmp_path / "access.toml").write_text(text)
    with pytest.raises(Misconfigured, match=re.escape(told)):
        read_rules(tmp_path)
    checked = CliRunner().invoke(app, ["check-config", "--data", str(tmp_path)])
    assert checked.exit_code == 2
    assert told in checked.output


def test_a_code_is_compared_at_every_step_that_counts():
    secret = codes.fresh()
    now = time.time()
    for off in (-30, 0, 30):
        assert codes.step_of(secret, pyotp.TOTP(secret).at(now + off), int(now * 1000))
    assert codes.step_of(secret, pyotp.TOTP(secret).at(now + 90), int(now * 1000)) is None
    persian = pyotp.TOTP(secret).at(now).translate({48 + one: 0x6F0 + one for one in range(10)})
    assert codes.step_of(secret, persian, int(now * 1000))
    for junk in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦"):
        assert codes.step_of(secret, junk, int(now * 1000)) is None
