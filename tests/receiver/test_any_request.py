"""Whatever anybody asks of the receiver, the answer is never a 5xx, nor none.

Schemathesis draws requests from the published schema, good ones and bad ones; half of them name
things that exist, and one text in each may be something that hurts. The console's forms, which no
schema describes, get the same texts. ANY_REQUESTS sets how many requests of each kind are made.
"""

import functools
import json
import os
import re
import secrets

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alarm_receiver.web import app
from alarm_wire import batch, frame, seal
from alarm_wire.signal import Heartbeat, Moment, Signal
from longer import longer
from receiving import BATCH, PASSWORD, Keypad, account, running

EXAMPLES = int(os.environ.get("ANY_REQUESTS", "6"))
PEER = "between the two"
ROLES = ("admin", "supervisor", "operator", "installer", "agency", "auditor")
HURTFUL = (
    "", " ", "\x00", "a\x00b", "\ud800", "\ufeff", "\u202e", "0", "-1", "1e400", "NaN", "true",
    str(2**31), str(2**63), "9" * 400, "x" * 300, "x" * 70_000, "%00", "../../etc/passwd",
    "' OR 1=1 --", "<script>", "{{7*7}}", "=cmd()|x", "👍🏽" * 40, "\r\nSet-Cookie: x=y", "*", ":",
    "role:", "agency:*", "2026-02-30T25:61:61Z", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
ENDING = ("/sign-out", "/lock", "/unlock")
"""Forms that would end what the requests after them need."""
URL_TEXT_MAX = 6_000
"""Longer texts are asked in bodies; the client refuses to say a longer URL itself."""
NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**400, 0.5, 199.0, True, None)


@schemathesis.serializer("application/zip", "application/octet-stream")
def as_bytes(_context, value):
    """Bodies that are bytes to the schema go out as they were drawn."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()


def config(examples):
    """The same requests every time; `make prove` asks others each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples <= EXAMPLES,
        print_blob=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def often(examples, ask_once):
    """`ask_once` with what hypothesis draws, `examples` times."""

    @config(examples)
    @given(st.data())
    def one(data):
        ask_once(data)

    one()


class House:
    """A receiver with a client for each role and one living thing of each kind."""

    def __init__(self, receiver, admin):
        self.receiver = receiver
        self.admin = admin
        self.keypad = Keypad()
        self.site = admin.site()
        admin.register(self.keypad, self.site)
        self.gateway = Keypad()
        admin.register(self.gateway, admin.site(), kind="gateway")
        self.clients = {role: self._client(role) for role in ROLES}
        self.clients["peer"] = self._with(PEER)
        self.clients["nobody"] = httpx.Client(base_url=receiver.url, timeout=60)
        self.made = self._things()

    def _with(self, token):
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.receiver.url, timeout=60, headers=headers)

    def _client(self, role):
        """Two colleagues of each role: one who may be disabled by name, one who asks."""
        for name in (role, "asks " + role):
            account(self.receiver, name, role, PASSWORD)
        said = {"name": "asks " + role, "password": PASSWORD}
        return self._with(self.admin.http.post("/v1/tokens", json=said).json()["token"])

    def _things(self):
        self.admin.send(self.keypad.press())
        keyholder = {"rank": 1, "name": "Eva", "phone": "1"}
        url = f"/v1/sites/{self.site}/keyholders"
        holder = self.admin.http.post(url, json=keyholder).json()
        return {
            "id": (self.admin.tickets()[0]["id"], self.site),
            "device": (self.keypad.device.hex(), self.gateway.device.hex()),
            "name": ROLES,
            "keyholder": (holder.get("id", "1"),),
            "epoch": (1,),
            "number": (1,),
        }

    def fresh_ticket(self):
        """A live ticket to act on, because the one before may have been closed."""
        self.admin.send(self.keypad.press())
        self.made["id"] = (self.admin.tickets()[0]["id"], self.site)

    def close(self):
        for one in self.clients.values():
            one.close()


@pytest.fixture(scope="module")
def house(store):
    folder, more = store
    with running(folder, peer_secret=PEER, **more) as (receiver, client):
        made = House(receiver, client)
        yield made
        made.close()


def hurt(draw, value):
    """`value` with one of its leaves, at most, replaced by something that hurts."""
    if isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value, key=str)))
        return {**value, key: hurt(draw, value[key])}
    if isinstance(value, list) and value:
        return [hurt(draw, value[0]), *value[1:]]
    return draw(st.sampled_from(HURTFUL + NUMBERS))


def ask(house, operation, modes, data):
    """One request of `operation`, sent as somebody."""
    case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(modes))))
    who = data.draw(st.sampled_from(sorted(house.clients)))
    for name in case.path_parameters or {}:
        known = house.made.get(name)
        if known and data.draw(st.integers(0, 3)):
            case.path_parameters[name] = data.draw(st.sampled_from(known))
    if isinstance(case.body, dict | list) and data.draw(st.booleans()):
        case.body = hurt(data.draw, case.body)
    headers = {"Authorization": house.clients[who].headers.get("authorization", "")}
    try:
        answer = case.call(base_url=house.receiver.url, headers=headers, timeout=60)
    except (ValueError, UnicodeError):
        return  # what no HTTP client can say, nobody will hear
    assert answer.status_code < 500, (who, case.as_curl_command(), answer.text[:400])


def ask_everything(house, examples, only=""):
    schema = schemathesis.openapi.from_dict(house.admin.http.get("/openapi.json").json())
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in ("/v1/signals", "/v1/receipts", "/v1/pieces", "/v1/stream"):
            continue  # the first two are asked below, the last one never ends
        if not operation.path.startswith(only):
            continue
        house.fresh_ticket()
        often(examples, functools.partial(ask, house, operation, modes))
        asked += 1
    assert asked > (40 if not only else 0)
    assert house.admin.http.get("/ready").status_code == 200


def console_routes():
    """Method, path, fields and query of what the console offers: none of it is in the schema."""
    for module in app.ROUTED:
        for route in module.router.routes:
            shown = module.router.include_in_schema and route.include_in_schema
            if shown or "stream" in route.path or route.path in ENDING:
                continue
            wanted = route.dependant
            body, query = (
                [one.alias for one in some] for some in (wanted.body_params, wanted.query_params)
            )
            for method in route.methods:
                yield method, route.path, body, query


def fill(house, browsers, method, path, body, query, data):
    """Send one form of the console; half of its values hurt."""
    known = [str(one) for some in house.made.values() for one in some]
    texts = st.one_of(st.sampled_from(HURTFUL), st.sampled_from(known), st.text(max_size=20))

    def part(found):
        """A part of the path that exists, or any other that a URL can carry."""
        made = house.made.get(found[1])
        other = data.draw(st.sampled_from(("0", "-1", "x" * 300, "%00", "%ff", "..%2f", "9" * 40)))
        return str(data.draw(st.sampled_from(made))) if made and data.draw(st.booleans()) else other

    url = re.sub(r"\{(\w+)(?::\w+)?\}", part, path)
    fields = {name: sayable(data.draw(texts)) for name in body}
    asked = {name: sayable(data.draw(texts))[:URL_TEXT_MAX] for name in query}
    browser = browsers[data.draw(st.sampled_from(ROLES))]
    answer = browser.request(method, url, params=asked, data=fields or None)
    assert answer.status_code < 500, (method, url, asked, fields, answer.text[:400])


def sayable(text):
    """`text` as a form can carry it."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def fill_everything(house, examples):
    filled = 0
    browsers = {}
    for role in ROLES:
        browsers[role] = httpx.Client(base_url=house.receiver.url, timeout=60)
        entered = {"name": "asks " + role, "password": PASSWORD}
        assert browsers[role].post("/sign-in", data=entered).status_code < 400
    try:
        for method, path, body, query in console_routes():
            if path in ("/sign-out", "/lock", "/unlock"):
                continue  # they would end what the others need
            house.fresh_ticket()
            often(examples, functools.partial(fill, house, browsers, method, path, body, query))
            filled += 1
    finally:
        for one in browsers.values():
            one.close()
    assert filled > 20


@pytest.mark.parametrize("examples", [EXAMPLES, longer(200)])
def test_anything_in_the_schema(house, examples):
    ask_everything(house, examples)


@pytest.mark.parametrize("examples", [EXAMPLES, longer(200)])
def test_anything_in_the_consoles_forms(house, examples):
    fill_everything(house, examples)


edges = st.sampled_from((0, 1, 2, 63, 95, 96, 128, 255, 2**16 - 1, 2**31, 2**32 - 1))
moments = st.sampled_from((0, 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1))


@st.composite
def frames(draw, house):
    """A frame that a device of ours sealed, with fields at their edges; or one that was bent."""
    one = draw(st.sampled_from((house.keypad, house.gateway, Keypad(bytes(8), bytes(32)))))
    signer = seal.Signer(one.key, draw(st.sampled_from((seal.SIGNAL, seal.HEARTBEAT))))
    try:
        if draw(st.booleans()):
            said = Signal(
                one.device,
                draw(edges),
                draw(edges),
                draw(st.integers(0, 255)),
                zone=draw(edges),
                flags=draw(st.integers(0, 255)),
                pressed_ms=draw(moments),
                pressed_utc_ms=draw(moments),
                value=draw(edges),
            )
            sent = Moment(draw(edges), draw(moments))
            whole = frame.seal_content(frame.content_of(said), sent, signer)
        else:
            beat = Heartbeat(one.device, draw(edges), draw(edges), uptime_ms=draw(moments))
            whole = frame.seal_heartbeat(beat, signer)
    except (frame.WireError, ValueError, OverflowError):
        return draw(st.binary(max_size=128))
    bent = draw(st.sampled_from(("whole", "whole", "short", "long", "bit")))
    if bent == "short":
        return whole[: draw(st.integers(0, len(whole)))]
    if bent == "long":
        return whole + draw(st.binary(min_size=1, max_size=20))
    if bent == "bit":
        at = draw(st.integers(0, len(whole) * 8 - 1))
        return whole[: at // 8] + bytes([whole[at // 8] ^ 1 << at % 8]) + whole[at // 8 + 1 :]
    return whole


def test_any_bytes_at_the_intake_door(house):
    url = house.receiver.url
    query = st.sampled_from(("", "?after=-1", "?after=x", f"?after={2**64}", "?wait_s=nan", "?&=&"))

    def send(data):
        some = data.draw(st.lists(frames(house), max_size=6))
        good = data.draw(st.booleans())
        body = batch.pack(some) if good else data.draw(st.binary(max_size=40))
        asked = data.draw(query)
        for path in ("/v1/signals", "/v1/receipts", "/v1/pieces"):
            answer = house.clients["nobody"].post(url + path + asked, content=body, headers=BATCH)
            assert answer.status_code < 500, (path, asked, body.hex(), answer.text)
            if path == "/v1/signals" and good and some:
                assert len(batch.unpack(answer.content)) == len(some)

    often(EXAMPLES * 40, send)


@pytest.mark.parametrize("after", ["", "-1", "x", "9" * 40, "\x00", str(2**63 - 1)])
def test_any_place_in_the_stream(house, after):
    name = secrets.choice(("after", "last-event-id"))
    for headers in ({}, {"last-event-id": "-7"}, {"last-event-id": "x"}):
        with house.admin.http.stream(
            "GET", "/v1/stream", params={name: after}, headers=headers
        ) as got:
            assert got.status_code < 500


def test_what_only_the_apis_form_refuses_is_refused_in_the_console_too(house):
    with httpx.Client(base_url=house.receiver.url) as browser:
        browser.post("/sign-in", data={"name": "asks operator", "password": PASSWORD})
        word = {"ticket": "\x00", "said": "\x00"}
        path = f"/sites/{house.site}/keyholders/{house.made['keyholder'][0]}/word"
        assert browser.post(path, data=word).status_code == 422


def test_a_bug_in_a_handler_would_be_seen(house, monkeypatch):
    """The seeded bug: a value that nobody thought of ends in a 500."""
    from alarm_receiver.store import registry

    def careless(*_a, **_n):
        raise ZeroDivisionError

    monkeypatch.setattr(registry, "site_by_id", careless)
    with pytest.raises(AssertionError, match="500"):
        ask_everything(house, 20, only="/v1/sites/{id}")
