"""Takes the pictures of docs/console.md from a real receiver:  make pictures

Every screen in the languages and themes named, as small PNG files. Nothing on them is drawn by
hand: keypads seal signals, the receiver opens tickets, Chromium shows them.
"""

import io
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from alarm_wire import frame, seal  # noqa: E402 - needs the path above
from alarm_wire import signal as wire  # noqa: E402 - likewise
from receiving import PASSWORD, Client, Keypad, running  # noqa: E402 - likewise
from rolling import roll_out  # noqa: E402 - likewise
from tests.browser.conftest import OPTIONS  # noqa: E402 - likewise
from unreached import unreached  # noqa: E402 - likewise

OUT = ROOT / "docs" / "pictures"
LANGUAGES = ("en", "he", "fa")
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PLACES = (
    ("Jeweller", "4711", "Counter", wire.HOLD_UP, wire.SILENT),
    ("قنادی گل سرخ", "2040", "صندوق", wire.PANIC, 0),
    ("מכולת הדר", "3107", "דלפק", wire.MEDICAL, 0),
    ("Аптека №5", "5120", "Касса", wire.BATTERY_LOW, 0),  # noqa: RUF001 - Cyrillic
    ("Dohánybolt", "6002", "Pult", wire.PANIC, wire.TEST),
    ("Záložna", "7350", "Přepážka", wire.HOLD_UP, wire.SILENT),
)
HERE = {"latitude": 50.0874, "longitude": 14.4213}
UNITS = (
    ("Patrol 7", "police", {"latitude": 50.0951, "longitude": 14.4270}),
    ("Patrol 12", "police", {"latitude": 50.0705, "longitude": 14.4012}),
    ("Guard 1", "guard", {"latitude": 50.0860, "longitude": 14.4190}),
    ("Medic 3", "ambulance", {"latitude": 50.0760, "longitude": 14.4440}),
)
PLAN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360">
<g fill="none" stroke="#333" stroke-width="6">
<path d="M20 20H620V340H360M280 340H20V20"/><path d="M420 20V150M420 210V340"/>
<path d="M20 210H150M210 210H420"/></g>
<g fill="#ddd" stroke="#777" stroke-width="2">
<rect x="70" y="60" width="40" height="110"/><rect x="150" y="60" width="210" height="34"/>
<rect x="460" y="60" width="120" height="40"/><circle cx="520" cy="270" r="34"/></g>
<path d="M280 340a80 80 0 0 1 80-80V340" fill="none" stroke="#999" stroke-width="2"/>
</svg>"""
ANSWERS = {
    "safe": "no",
    "nature": "Two men at the counter, one with a knife",
    "place": "Ground floor, entrance from the yard",
}


def furnish(client, site, keypad, other):
    """What is known of the site: how its keypads are, its plan, and who is near."""
    for one, battery_mv in ((keypad, 3_910), (other, 3_420)):
        trouble = wire.TROUBLE_BATTERY if battery_mv < 3_500 else 0
        beat = wire.Heartbeat(
            one.device,
            1,
            2,
            battery_mv=battery_mv,
            mains_mv=12_300,
            rssi_dbm=-58,
            firmware=1 << 16 | 4 << 8,
            trouble=trouble,
        )
        client.send(frame.seal_heartbeat(beat, seal.Signer(one.key, seal.HEARTBEAT)))
    ends = int(time.time()) // 3600 + 24 * 12 + 3
    client.send(other.press(wire.CERTIFICATE, zone=wire.CERTIFICATE_OWN, value=ends))
    client.http.patch(
        f"/v1/sites/{site}",
        json={
            "address": "12 Long Street, second house from the corner",
            "phone": "+44 20 7946 0101",
            "police_reference": "URN 21-4407",
            "hazards": "Gas bottles in the cellar",
        },
    )
    put = client.http.put
    put(f"/v1/sites/{site}/spot", json=HERE)
    for name, kind, spot in UNITS:
        put(f"/v1/units/{name}", json={"kind": kind, "phone": "+44 20 7946 0404", "spot": spot})
    floor = f"/v1/sites/{site}/floors/0"
    put(f"{floor}?name=Shop", content=PLAN, headers={"Content-Type": "image/svg+xml"})
    put(f"{floor}/places/{keypad.device.hex()}", json={"x": 4000, "y": 3100})
    put(f"{floor}/places/{other.device.hex()}", json={"x": 8100, "y": 5600})
    put(f"{floor}/way-in", json={"x": 5000, "y": 9400})


def send_help(client, ticket):
    """Take a ticket and send a unit that confirms; the ticket's id."""
    version = client.act(ticket["id"], "acknowledge", ticket["version"]).json()["version"]
    sent = {"to": "Patrol 12", "unit": "Patrol 12", "text": "Two at the counter, one armed"}
    client.act(ticket["id"], "dispatch", version, **sent)
    client.act(ticket["id"], "underway", version + 1, expected_s=540)
    return ticket["id"]


PEOPLE = (("Marta", "operator"), ("Petr", "operator"), ("شیرین", "operator"), ("Zora", "admin"))
CUSTOMERS = (
    ("Gold & Sons", "Ms Gold", "+44 20 7946 0909", "office@gold.example", "Invoice by the quarter"),
    ("קבוצת הדר", "דנה לוי", "+972 4 555 0101", "dana@hadar.example", ""),
)
OUTSIDE = (
    ("City police, control room", "police", "+44 20 7946 0158", "Ask for the duty officer"),
    ("Guard & Guard", "guards", "+44 20 7946 0606", ""),
)


def staff(client, site, other, ticket):
    """Colleagues, their duties and team, what one of them asks for, and a ticket that one takes."""
    post, put = client.http.post, client.http.put
    hands = {}
    for name, role in PEOPLE:
        post("/v1/operators", json={"name": name, "password": PASSWORD, "role": role})
        hands[name] = Client(client.url)
        login = {"name": name, "password": PASSWORD}
        token = hands[name].http.post("/v1/tokens", json=login).json()["token"]
        hands[name].http.headers["Authorization"] = f"Bearer {token}"
    client.http.post("/v1/roster/start")
    hands["Marta"].http.post("/v1/roster/start")
    hands["Petr"].http.post("/v1/roster/start")
    hands["Petr"].http.post("/v1/roster/pause")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for name, begins, ends in (("شیرین", 10, 18), ("Marta", 20, 28), ("Petr", 26, 34)):
        span = {"from_at": now + timedelta(hours=begins), "until_at": now + timedelta(hours=ends)}
        duty = {"operator": name} | {key: one.isoformat() for key, one in span.items()}
        post("/v1/roster/duties", json=duty)
    put("/v1/teams/Night", json={"members": ["Marta", "Petr"]})
    put("/v1/teams/Persian", json={"members": ["شیرین"]})
    asked = {"what": "export_keys", "site": site, "reason": "The keypads move to another gateway"}
    hands["Zora"].http.post("/v1/proposals", json=asked)
    asked = {"what": "delete_site", "site": other, "reason": "The lease has ended"}
    mine = post("/v1/proposals", json=asked).json()["id"]
    hands["Zora"].http.post(f"/v1/proposals/{mine}/decision", json={"decision": "approved"})
    hands["Marta"].act(ticket["id"], "acknowledge", ticket["version"])
    for one in hands.values():
        one.close()
    contacts(client, site)
    lose(client)
    order(client)
    hold(client, site, ticket["id"])


def contacts(client, site):
    """Whom to reach: a customer, and who is sent to the site."""
    post, put = client.http.post, client.http.put
    fields = ("name", "person", "phone", "mail", "note")
    made = [post("/v1/customers", json=dict(zip(fields, one, strict=True))) for one in CUSTOMERS]
    put(f"/v1/sites/{site}/customer", json={"customer": made[0].json()["id"]})
    for rank, one in enumerate(OUTSIDE, 1):
        found = post(
            "/v1/authorities", json=dict(zip(("name", "kind", "phone", "note"), one, strict=True))
        )
        link = {"rank": rank, "reference": f"URN 21-{rank}407"}
        put(f"/v1/sites/{site}/authorities/{found.json()['id']}", json=link)


def hold(client, site, ticket):
    """Two legal holds: one on a site until it is lifted, one on a ticket with an end."""
    holds = (
        {"kind": "site", "subject": site, "reason": "District court, 12 C 345/2026"},
        {"kind": "ticket", "subject": ticket, "reason": "Insurer, claim 7781"},
    )
    until = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    for one, more in zip(holds, ({}, {"until": until}), strict=True):
        assert client.http.post("/v1/holds", json=one | more).status_code == 201


def order(client):
    """Settings for three keypads: nobody fetches them; one order is called off."""
    keypads = [one for one in client.http.get("/v1/devices").json() if one["kind"] == "keypad"]
    for place, one in enumerate(keypads[:3]):
        form = {"settings": {"host": "192.168.1.2", "zone": one["zone"]}}
        path = f"/v1/devices/{one['device']}"
        assert client.http.post(f"{path}/settings", json=form).status_code == 200
        if place == 1:
            client.http.post(f"{path}/orders/settings/call-off")


def lose(client):
    """Pages that nobody gets, of a ticket that is closed since."""
    spare = Keypad()
    client.register(spare, client.site("Pharmacy", "8200"), zone_name="Counter")

    def press():
        client.send(spare.press(wire.PANIC, zone=1))
        late = next(one for one in client.tickets(limit=20) if one["site_name"] == "Pharmacy")
        version = client.act(late["id"], "acknowledge", late["version"]).json()["version"]
        client.act(late["id"], "close", version, outcome="false_alarm")

    unreached(client, press, ["Petr", "Marta"])


def stage(client, folder):
    """Sites, keyholders, tickets in every state; paths by picture's name."""
    keypads = []
    for name, account, zone, kind, flags in PLACES:
        keypad = Keypad()
        site = client.site(name, account)
        client.register(keypad, site, zone_name=zone)
        client.send(keypad.heartbeat(), keypad.press(kind, flags=flags, zone=1))
        keypads.append((keypad, site))
    keypad, site = keypads[0]
    other = Keypad()
    client.register(other, site, zone=2, zone_name="Back room")
    furnish(client, site, keypad, other)
    client.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT, zone=1))
    for rank, (name, phone) in enumerate(
        (("Owner", "+44 20 7946 0202"), ("Night manager", "+44 20 7946 0303")), 1
    ):
        holder = {"rank": rank, "name": name, "phone": phone, "password": "harvest moon"}
        client.http.post(f"/v1/sites/{site}/keyholders", json=holder)
    client.http.post(
        f"/v1/sites/{keypads[4][1]}/tests", json={"minutes": 30, "reason": "Walk test, installer"}
    )
    walk(client, keypads[4][1])
    tickets = {one["site_name"]: one for one in client.tickets(limit=20)}
    ticket = tickets["Jeweller"]["id"]
    version = client.act(ticket, "acknowledge", tickets["Jeweller"]["version"]).json()["version"]
    for question, answer in ANSWERS.items():
        done = client.act(ticket, "answer", version, question=question, answer=answer)
        version = done.json()["version"]
    helped = send_help(client, tickets["Záložna"])
    theirs = tickets["قنادی گل سرخ"]
    staff(client, site, keypads[5][1], theirs)
    roll_out(client, folder, "4711")
    return SCREENS | {
        "rollouts": "/roll-outs",
        "ticket": f"/tickets/{ticket}",
        "help": f"/tickets/{helped}",
        "handing": f"/tickets/{theirs['id']}?do=pass-on",
        "site": f"/sites/{site}",
        "walk": f"/sites/{keypads[4][1]}/walk",
    }


SCREENS = {"desk": "/"} | {
    name: f"/{name}"
    for name in (
        *("mine", "wall", "sites", "directory", "roster", "proposals", "undelivered"),
        *("orders", "holds", "people", "roles", "account", "record"),
    )
}

ALL_DRAWN = """for (const one of document.querySelectorAll("#queue > li"))
  one.style.contentVisibility = "visible";"""
"""A browser draws no card that is not on the screen; a picture of the whole page shows them all."""
FULL = ("ticket", "help", "handing", "site", "walk", "directory", "roster", "proposals", "wall")
FULL += ("undelivered", "holds", "orders", "rollouts")
"""Screens whose picture goes on below the window."""


def walk(client, site):
    """Two more buttons of a site on test: one marked by its keypad, one that is asked about."""
    marked, asked = Keypad(), Keypad()
    for zone, keypad in ((2, marked), (3, asked)):
        client.register(keypad, site, zone=zone, zone_name=f"№ {zone}")
    client.send(marked.press(flags=wire.TEST, zone=2), asked.press(zone=3))


def shrink(png, path):
    """Save with 192 colours: the screens are grey, and lamps and shapes keep their own."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)


def take(browser, client, paths, code, scheme):
    options = {"color_scheme": scheme, "base_url": client.url}
    context = browser.new_context(viewport=WIDE, **options)
    context.add_cookies([{"name": "holdfast_language", "value": code, "url": client.url}])
    page = context.new_page()
    page.goto("/sign-in")
    shrink(page.screenshot(), OUT / f"door-{code}-{scheme}.png")
    context.request.post("/sign-in", form={"name": "Ada", "password": PASSWORD})
    for name, path in paths.items():
        page.set_viewport_size(PHONE if name == "walk" else WIDE)
        page.goto(path)
        page.wait_for_selector('#link[data-state="live"]')
        if name == "desk":
            shrink(page.screenshot(), OUT / f"shift-{code}-{scheme}.png")
        page.mouse.click(200, 2)  # the edge of the bar, where nothing is
        page.wait_for_selector('#sound[data-state="on"]')
        page.evaluate("document.fonts.ready")
        page.evaluate("scrollTo(0, 0)")
        full = name in FULL
        page.evaluate(ALL_DRAWN)
        shrink(page.screenshot(full_page=full), OUT / f"{name}-{code}-{scheme}.png")
    context.close()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as (_, client):
        paths = stage(client, Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
            for code in sys.argv[1:] or LANGUAGES:
                for scheme in ("dark", "light"):
                    take(browser, client, paths, code, scheme)
            browser.close()
    size = sum(path.stat().st_size for path in OUT.glob("*.png"))
    print(f"{len(list(OUT.glob('*.png')))} pictures, {size / 1e6:.1f} MB, in {OUT}")


if __name__ == "__main__":
    main()
