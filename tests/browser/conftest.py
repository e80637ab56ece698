"""Debian's Chromium on a real receiver."""

import re
import uuid

import pytest
from playwright.sync_api import sync_playwright

from alarm_receiver.store import people
from alarm_receiver.store.registry import OWN
from alarm_receiver.web.access import PASSWORDS
from alarm_wire import signal as wire
from needs import needs
from receiving import PASSWORD, Keypad, running

OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def chromium():
    path = needs("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("console")) as (receiver, client):
        yield House(receiver, client)


@pytest.fixture
def desk(chromium, house):
    """Opens consoles of this module's receiver; afterwards nothing may have gone wrong in them."""
    opened = Desks(chromium, house)
    yield opened
    opened.close()


class House:
    """A receiver with sites and keypads."""

    def __init__(self, receiver, client):
        self.receiver = receiver
        self.client = client
        self.url = receiver.url
        self.states = {}

    def keypad(self, name="Corner shop", zone_name="Counter"):
        keypad = Keypad()
        keypad.site = self.client.site(name)
        self.client.register(keypad, keypad.site, zone_name=zone_name)
        return keypad

    def beside(self, other, zone, zone_name):
        """One more keypad at the site of `other`."""
        keypad = Keypad()
        keypad.site = other.site
        self.client.register(keypad, other.site, zone=zone, zone_name=zone_name)
        return keypad

    def press(self, keypad=None, kind=wire.PANIC, **fields):
        """A press that has become a ticket; its id."""
        keypad = keypad or self.keypad()
        (answer,) = self.client.send(keypad.press(kind, zone=1, **fields))
        return ticket_text(keypad.read(answer).ticket)

    def person(self, name, role="operator"):
        """One more operator, with the password of all tests; his name."""
        hashed = PASSWORDS.hash(PASSWORD)
        now_ms = self.receiver.receiver.context.clock.now_ms()
        self.receiver.receiver.writer.do(
            lambda connection: people.make_operator(
                connection,
                str(uuid.uuid4()),
                agency_id=OWN,
                name=name,
                password=hashed,
                role=role,
                now_ms=now_ms,
            )
        )
        return name

    def quiet(self):
        """Close every live ticket."""
        live = {"state": ["open", "acknowledged", "dispatched"], "limit": 200}
        while tickets := self.client.tickets(**live):
            for ticket in tickets:
                version = ticket["version"]
                if ticket["state"] == "open":
                    done = self.client.act(ticket["id"], "acknowledge", version)
                    version = done.json()["version"]
                said = {"outcome": "false_alarm", "override": "the next test begins"}
                done = self.client.act(ticket["id"], "close", version, **said)
                assert done.status_code == 200, done.text


def ticket_text(raw):
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class Desks:
    """Consoles of one test."""

    def __init__(self, browser, house):
        self.browser = browser
        self.house = house
        self.contexts = []
        self.wrong = []

    def open(self, path="/", *, url=None, name="Ada", language="en", watch=True, **options):
        """A page of an operator who has signed in."""
        url = url or self.house.url
        options.setdefault("viewport", WIDE)
        options.setdefault("color_scheme", "dark")
        context = self.browser.new_context(base_url=url, **options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.add_cookies([{"name": "holdfast_language", "value": language, "url": url}])
        self.sign_in(context, name)
        page = context.new_page()
        if watch:
            page.on("pageerror", lambda error: self.wrong.append(str(error)))
            page.on("console", self._console)
            page.on("request", lambda request: self._stays_here(request, url))
        page.goto(path)
        if options.get("java_script_enabled", True) and page.locator("#link:visible").count():
            page.wait_for_selector('#link[data-state="live"]')
        return page

    def sign_in(self, context, name="Ada"):
        entered = context.request.post("/sign-in", form={"name": name, "password": PASSWORD})
        assert entered.ok, entered.text()

    def _console(self, line):
        # Refused acts are answered with 403, 409 or 422; the browser notes that by itself.
        if line.type == "error" and not re.search("40[39]|422", line.text):
            self.wrong.append(line.text)

    def _stays_here(self, request, url):
        if not request.url.startswith((url, "data:", "blob:")):
            self.wrong.append(f"a request left the receiver: {request.url}")

    def close(self):
        for context in self.contexts:
            context.close()
        assert self.wrong == []


def taken(house, desk, **options):
    """A page that has just taken a fresh ticket, and the ticket's id."""
    page = desk.open(**options)
    ticket = house.press()
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')
    return page, ticket


def card(page, ticket):
    """The card of a ticket on a page's queue."""
    return page.locator(f"#t-{ticket}")
