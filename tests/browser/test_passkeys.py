"""Passkeys with Chromium's own authenticator: made, used, and refused when something is wrong."""

import json

import pytest
from sqlalchemy import update

from alarm_receiver.store import credentials
from alarm_receiver.store.identity import passkey
from receiving import PASSWORD


class Authenticator:
    """A platform authenticator inside the browser, through its debugging protocol."""

    def __init__(self, page, *, verified=True):
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verified,
            "automaticPresenceSimulation": True,
        }
        made = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = made["authenticatorId"]

    def credentials(self):
        asked = {"authenticatorId": self.id}
        return self.cdp.send("WebAuthn.getCredentials", asked)["credentials"]

    def verified(self, is_it):
        asked = {"authenticatorId": self.id, "isUserVerified": is_it}
        self.cdp.send("WebAuthn.setUserVerified", asked)


@pytest.fixture
def by_name(chromium, house):
    """A page at the receiver's name; passkeys take no numbers."""
    context = chromium.new_context(base_url=house.url.replace("127.0.0.1", "localhost"))
    context.set_default_timeout(20_000)
    page = context.new_page()
    wrong = []
    page.on(
        "console", lambda said: wrong.append(said.text) if "Content Security" in said.text else 0
    )
    yield page
    context.close()
    assert wrong == []


def sign_in(page, name):
    page.goto("/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[method=post] button:not([name])")
    page.wait_for_selector("#link")


def make_passkey(page, device="Desk key"):
    page.goto("/account")
    page.fill("form[data-passkey=new] input[name=name]", device)
    page.click("form[data-passkey=new] button")
    page.wait_for_selector(f"#main .plain strong:has-text('{device}')")


def forget_session(page):
    page.context.clear_cookies()


def enter(page):
    page.goto("/sign-in")
    page.click("form[data-passkey=enter] button")


def kept(house):
    with house.receiver.receiver.context.reader.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id, operator FROM passkey").all()
        return [credentials.passkey_by_id(connection, row[0]) for row in rows]


def test_a_passkey_is_made_and_opens_the_console(house, by_name):
    page = by_name
    authenticator = Authenticator(page)
    name = house.person("Passkey Pia")
    sign_in(page, name)
    make_passkey(page)
    assert len(authenticator.credentials()) == 1
    private = authenticator.credentials()[0]["privateKey"]
    assert private not in str(kept(house))
    forget_session(page)
    enter(page)
    page.wait_for_selector("#link")
    assert page.get_attribute("body", "data-me") == name
    page.goto("/account")
    page.wait_for_selector("text=Here")
    forget_session(page)
    authenticator.verified(False)
    enter(page)
    page.wait_for_selector("form[data-passkey=enter] [role=alert]:not(:empty)")
    assert "/sign-in" in page.url, "whoever does not verify himself at the device stays out"


def test_a_locked_console_opens_with_a_passkey(house, by_name):
    page = by_name
    Authenticator(page)
    sign_in(page, house.person("Passkey Paul"))
    make_passkey(page)
    page.click("#lock-now")
    page.wait_for_selector("dialog#lock[open]")
    page.click("dialog#lock form[data-passkey] button")
    page.wait_for_selector("dialog#lock:not([open])", state="attached")
    page.reload()
    page.wait_for_selector("#link")
    assert page.get_attribute("body", "data-locked") is None


def test_a_removed_passkey_opens_nothing(house, by_name):
    page = by_name
    Authenticator(page)
    sign_in(page, house.person("Passkey Petra"))
    make_passkey(page, "Old phone")
    page.click("form[action='/account/passkeys/drop'] button")
    page.wait_for_selector("form[action='/account/passkeys/drop']", state="detached")
    forget_session(page)
    enter(page)
    page.wait_for_selector("form[data-passkey=enter] [role=alert]:has-text('not known')")


SIGN = """async (asked) => {
    const bytes = (t) => Uint8Array.from(
        atob(t.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b)))
        .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
    const given = await navigator.credentials.get(
        { publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: [] } });
    const r = given.response;
    return { id: given.id, rawId: text(given.rawId), type: given.type, response: {
        clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData),
        signature: text(r.signature), userHandle: text(r.userHandle) } };
}"""


def answered(page):
    asked = page.request.post("/sign-in/passkey/options", data={}).json()
    return page.evaluate(SIGN, asked)


def give(page, answer):
    return page.request.post("/sign-in/passkey", data=answer).status


def test_forged_replayed_and_foreign_answers_open_nothing(house, by_name):
    page = by_name
    Authenticator(page)
    sign_in(page, house.person("Passkey Pavel"))
    make_passkey(page)
    answer = answered(page)
    assert give(page, answer) == 200
    assert give(page, answer) == 403, "a challenge is answered once"
    bad = answered(page)
    flipped = "A" if bad["response"]["signature"][-10] != "A" else "B"
    signature = bad["response"]["signature"]
    bad["response"]["signature"] = signature[:-10] + flipped + signature[-9:]
    assert give(page, bad) == 403
    foreign = answered(page)
    foreign["response"]["clientDataJSON"] = changed(
        foreign["response"]["clientDataJSON"], origin="https://evil.example"
    )
    assert give(page, foreign) == 403
    own = answered(page)
    own["response"]["clientDataJSON"] = changed(
        own["response"]["clientDataJSON"], challenge="A" * 43
    )
    assert give(page, own) == 403, "a challenge that nobody asked for"
    for junk in ({}, {"response": 1}, {"response": {"clientDataJSON": "!!"}}, {"id": "x" * 5000}):
        assert give(page, junk) == 403
    ahead = update(passkey).values(counter=2**31)
    house.receiver.receiver.writer.do(lambda one: one.execute(ahead).rowcount)
    assert give(page, answered(page)) == 403, "a copied key falls behind with its counter"


def changed(text, **values):
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

    found = json.loads(base64url_to_bytes(text)) | values
    return bytes_to_base64url(json.dumps(found).encode())


def test_a_console_opened_by_number_says_why_it_has_no_passkeys(desk):
    page = desk.open()
    page.goto("/account")
    page.wait_for_selector("text=by its name, not by its number")
