"""So many rows of everything that a screen or a list of the API shows, put in as people do."""

import secrets
from datetime import UTC, datetime, timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_wire import frame, seal
from alarm_wire import signal as wire
from holdfast.release import image
from receiving import PASSWORD, Client, Keypad, account, settle, wait_for

FILES = {"boards/esp32_s3.mpy": b"pins", "keypad/app.mpy": secrets.token_bytes(300)}
PLAN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0H9"/></svg>'
SPOT = {"latitude": 50.0874, "longitude": 14.4213}
FLOORS_MAX = 12


class Many:
    """A house with `count` of everything; `grow` makes them more."""

    def __init__(self, receiver, client):
        self.receiver, self.client = receiver, client
        self.count = 0
        self.site = client.site("Jeweller", "4711")
        self.keypad = Keypad()
        client.register(self.keypad, self.site, zone=1)
        client.send(self.keypad.press(wire.PANIC, zone=1))
        self.ticket = client.tickets()[0]["id"]
        self._maker = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        folder = receiver.receiver.context.settings.data
        (folder / "maker.pub").write_text(image.modulus(self._maker).hex() + "\n")
        account(receiver, "Zora", "admin", PASSWORD)
        settle(receiver, "Zora")
        self.second = self._client("Zora")
        where = {"channel": "sms", "value": "+420601555010"}
        client.http.put("/v1/operators/Ada/address", json=where)
        client.policy((300, "operator:Ada"))

    def close(self):
        self.second.close()

    def _client(self, name):
        one = Client(self.receiver.url)
        said = {"name": name, "password": PASSWORD}
        token = self.client.http.post("/v1/tokens", json=said).json()["token"]
        one.http.headers["Authorization"] = f"Bearer {token}"
        return one

    def _ask(self, method, path, **more):
        answer = self.client.http.request(method, path, **more)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.json() if answer.content else None

    def grow(self, count):
        """Until there are `count` of everything."""
        for place in range(self.count, count):
            self._people(place)
            self._contacts(place)
            self._premises(place)
            self._tickets(place)
            self._firmware(place)
        # Ada has a phone that no gateway serves: her pages go on failing by themselves.
        wait_for(lambda: len(self.client.http.get("/v1/undelivered").json()) >= count)
        self.count = count

    def _people(self, place):
        name = f"Nora {place}"
        account(self.receiver, name, "operator", PASSWORD)
        self._ask("PUT", f"/v1/teams/Team {place}", json={"members": [name, "Ada"]})
        begins = datetime.now(UTC) + timedelta(hours=1 + place)
        span = {
            "from_at": begins.isoformat(),
            "until_at": (begins + timedelta(hours=3)).isoformat(),
        }
        self._ask("POST", "/v1/roster/duties", json={"operator": name} | span)
        self._ask("POST", "/v1/installers", json={"name": f"Fitter {place}"})
        with httpx.Client(base_url=self.receiver.url, timeout=20) as one:
            said = {"name": "Ada", "password": PASSWORD}
            assert one.post("/sign-in", data=said).status_code == 303
            assert one.post("/v1/tokens", json=said).status_code == 201
        url = f"https://guards{place}.example/hook"
        self._ask("POST", "/v1/endpoints", json={"name": f"guards-{place}", "url": url})
        self._ask("POST", "/v1/agencies", json={"id": f"a{place}", "name": f"Agency {place}"})

    def _contacts(self, place):
        unit = {"kind": "police", "phone": "1", "spot": SPOT}
        self._ask("PUT", f"/v1/units/Patrol {place}", json=unit)
        made = self._ask("POST", "/v1/customers", json={"name": f"Customer {place}"})
        self._ask("PUT", f"/v1/sites/{self.site}/customer", json={"customer": made["id"]})
        form = {"kind": "police", "name": f"Police {place}"}
        made = self._ask("POST", "/v1/authorities", json=form)
        link = {"rank": place + 1, "reference": "URN"}
        self._ask("PUT", f"/v1/sites/{self.site}/authorities/{made['id']}", json=link)
        form = {"rank": place + 1, "name": f"Holder {place}", "phone": "1"}
        self._ask("POST", f"/v1/sites/{self.site}/keyholders", json=form)

    def _premises(self, place):
        """A keypad at the one site, all about it told; and a further site, on test, asked about."""
        one, zone = Keypad(), place + 2
        self.client.register(one, self.site, zone=zone, zone_name=f"Till {zone}")
        beat = wire.Heartbeat(one.device, 1, 2, battery_mv=3_400, trouble=wire.TROUBLE_BATTERY)
        self.client.send(frame.seal_heartbeat(beat, seal.Signer(one.key, seal.HEARTBEAT)))
        ends = int(datetime.now(UTC).timestamp()) // 3600 + 24 * 9
        told = one.press(wire.CERTIFICATE, zone=wire.CERTIFICATE_OWN, value=ends)
        self.client.send(told, one.press(zone=zone))
        floor = f"/v1/sites/{self.site}/floors/{place % FLOORS_MAX}"
        svg = {"Content-Type": "image/svg+xml"}
        self._ask("PUT", f"{floor}?name=F{place}", content=PLAN, headers=svg)
        self._ask("PUT", f"{floor}/places/{one.device.hex()}", json={"x": 1, "y": 2})
        test = {"minutes": 200, "reason": f"Walk {place}"}
        self._ask("POST", f"/v1/sites/{self.site}/tests", json=test)
        form = {"settings": {"host": "192.168.1.2", "zone": zone}}
        self._ask("POST", f"/v1/devices/{one.device.hex()}/settings", json=form)
        self.other = self.client.site(f"Shop {place}", f"1{place:04}")
        self._ask("PUT", f"/v1/sites/{self.other}/spot", json=SPOT)
        self._ask("POST", f"/v1/sites/{self.other}/tests", json=test)
        form = {"what": "export_keys", "site": self.other, "reason": "Another gateway"}
        made = self._ask("POST", "/v1/proposals", json=form)
        said = {"decision": "refused" if place % 2 else "approved"}
        self.second.http.post(f"/v1/proposals/{made['id']}/decision", json=said)
        held = {"kind": "site", "subject": self.other, "reason": f"Court {place}"}
        self._ask("POST", "/v1/holds", json=held)

    def _tickets(self, place):
        """One that waits, one taken, one put aside, one with help on its way; each at its site."""
        for part, steps in enumerate(((), ("take",), ("take", "park"), ("take", "dispatch"))):
            one = Keypad()
            site = self.client.site(f"Kiosk {place}.{part}", f"2{place:04}-{part}")
            self.client.register(one, site)
            (answer,) = self.client.send(one.press(zone=1, flags=wire.SILENT))
            raw = one.read(answer).ticket.hex()
            id_ = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
            version = 1
            for step in steps:
                version = self._act(id_, step, version, place)
        self.client.send(self.keypad.press(wire.PANIC, zone=1))
        version = self.client.ticket(self.ticket)["version"]
        for step in ("take", "note", "hand-back"):
            version = self._act(self.ticket, step, version, place)

    def _act(self, id_, step, version, place):
        act, form = {
            "take": ("acknowledge", {}),
            "park": ("park", {"park_s": 500, "reason": f"Waits {place}"}),
            "dispatch": ("dispatch", {"to": "P", "unit": f"Patrol {place}", "text": "Go"}),
            "note": ("note", {"text": f"Said {place}"}),
            "hand-back": ("hand-back", {}),
        }[step]
        done = self.client.act(id_, act, version, **form)
        assert done.status_code == 200, done.text
        return done.json()["version"]

    def _firmware(self, place):
        content = image.pack(FILES, (1, 0, place + 1), 6, self._maker)
        self._ask("POST", "/v1/images", content=content)
