"""Orders at the receiver: who gets what, what is refused and why, and what moves an order."""

import secrets

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_receiver.domain.orders import TRIES_MAX, What, window
from alarm_receiver.store import orders
from alarm_wire import batch, parcel, seal
from alarm_wire import signal as wire
from alarm_wire.frame import IMAGE_FRAME, PARCEL_FRAME, open_sealed
from foreign import other as stranger
from holdfast.release import image
from receiving import BATCH, PASSWORD, Keypad, running, wait_for

FILES = {"boards/esp32_s3.mpy": b"pins", "keypad/app.mpy": secrets.token_bytes(9_000)}


@pytest.fixture(scope="module")
def maker():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


@pytest.fixture(scope="module")
def house(tmp_path_factory, maker):
    folder = tmp_path_factory.mktemp("receiver")
    with running(folder) as (receiver, client):
        (folder / "maker.pub").write_text(image.modulus(maker).hex() + "\n")
        yield receiver, client


class Shop:
    """A site with a gateway and a keypad."""

    def __init__(self, client):
        self.client = client
        self.site = client.site()
        self.keypad, self.gateway = Keypad(), Keypad()
        self.device = self.keypad.device.hex()
        client.register(self.keypad, self.site)
        client.register(self.gateway, self.site, kind="gateway", zone=0, zone_name="")

    def order(self, what, **form):
        return self.client.http.post(f"/v1/devices/{self.device}/{what}", json=form)

    def standing(self):
        return self.client.http.get("/v1/orders", params={"device": self.device}).json()[0]

    def fetch(self, wait_s=0.0):
        answer = self.client.http.post(
            f"/v1/pieces?wait_s={wait_s}",
            content=batch.pack([self.gateway.heartbeat()]),
            headers=BATCH,
        )
        assert answer.status_code == 200, answer.text
        return batch.unpack(answer.content)

    def say(self, kind, value, zone=0):
        self.client.send(self.keypad.press(kind, value=value, zone=zone))

    def until(self, state):
        return wait_for(lambda: (one := self.standing())["state"] == state and one)


@pytest.fixture
def shop(client):
    return Shop(client)


def put(client, content):
    return client.http.post("/v1/images", content=content)


def packed(maker, version, files=FILES):
    return image.pack(files, version, 6, maker)


def test_settings_are_sealed_for_the_keypad_and_given_to_its_own_gateway_alone(client, shop):
    other = Shop(client)
    shown = shop.order("settings", settings={"host": "10.0.0.1", "wifi_password": "secret one"})
    assert shown.json()["state"] == "wanted"
    assert other.fetch(0.3) == []
    (piece,) = shop.fetch(15)
    signer = seal.Signer(shop.keypad.key, seal.CONFIG)
    whole = parcel.Assembly(shop.keypad.device, 0, signer).take(piece)
    assert whole == b'{"host":"10.0.0.1","wifi_password":"secret one"}'
    assert piece[1] == PARCEL_FRAME
    sent = shop.until("sent")
    assert "secret one" not in client.http.get("/v1/orders").text
    assert shop.fetch(0.3) == []
    shop.say(wire.CONFIG_CHANGED, sent["counter"], parcel.TRYING)
    shop.until("trying")
    shop.say(wire.CONFIG_CHANGED, sent["counter"], parcel.STAY)
    shop.until("taken")
    deeds = client.http.get("/v1/deeds").json()
    said = next(one for one in deeds if one["what"] == "order_settings")
    assert "secret" not in str(said)


def test_what_a_keypad_refuses_or_takes_back_has_its_reason(shop):
    for zone, told in (
        (parcel.SETTING + 1, "refuses the setting zone"),
        (parcel.TOGETHER, "two do not go together"),
        (parcel.BROKEN, "could not read them"),
        (77, "does not know (77)"),
    ):
        counter = shop.order("settings", settings={"host": f"h{zone}", "zone": 1}).json()["counter"]
        assert shop.fetch(15)
        shop.say(wire.CONFIG_CHANGED, -counter - 1, zone)
        shop.say(wire.CONFIG_CHANGED, -counter, zone)
        assert told in shop.until("refused")["reason"]
    counter = shop.order("settings", settings={"host": "x"}).json()["counter"]
    assert shop.fetch(15)
    shop.say(wire.CONFIG_CHANGED, counter, parcel.TRYING)
    shop.say(wire.CONFIG_CHANGED, -counter, parcel.TAKEN_BACK)
    assert "the settings before are back" in shop.until("taken_back")["reason"]


def test_what_cannot_be_ordered_is_refused_with_the_reason(client, shop):
    long = {"codes": [["1" * 8, "2" * 8]] * 60, "host": "x"}
    assert "a keypad keeps 1024" in shop.order("settings", settings=long).json()["detail"]
    assert (
        "there is no image of version 9.9.9"
        in shop.order("image", version=0x90909).json()["detail"]
    )
    gateway = client.http.post(
        f"/v1/devices/{shop.gateway.device.hex()}/settings", json={"settings": {"host": "x"}}
    )
    assert gateway.status_code == 422
    client.http.post(f"/v1/devices/{shop.device}/revoke")
    assert "was revoked" in shop.order("settings", settings={"host": "x"}).json()["detail"]


def test_a_revoked_keypad_and_one_called_off_get_nothing(client, shop):
    shop.order("settings", settings={"host": "x"})
    ended = client.http.post(f"/v1/devices/{shop.device}/orders/settings/call-off")
    assert ended.json()["state"] == "called_off"
    assert shop.fetch(0.5) == []
    again = client.http.post(f"/v1/devices/{shop.device}/orders/settings/call-off")
    assert "no settings are under way" in again.json()["detail"]
    shop.order("settings", settings={"host": "x"})
    client.http.post(f"/v1/devices/{shop.device}/revoke")
    assert shop.fetch(0.5) == []


def test_only_a_whole_image_of_our_maker_gets_in(client, maker):
    good = packed(maker, (1, 0, 0))
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    flipped = bytearray(good)
    flipped[100] ^= 1
    unsigned = image.unsigned(FILES, (1, 0, 0), 6)
    cases = {
        "signature does not hold": (packed(stranger, (1, 0, 0)), bytes(flipped)),
        "the image was cut or is not signed": (good[:-1], unsigned, good[:200] + good[-384:]),
        "this is no image": (b"x" * 1000,),
        "at most": (b"", good[:390]),
        "no place on a keypad": (packed(maker, (1, 0, 0), {"boards/../boot.py": b""}),),
        "pins for no board": (packed(maker, (1, 0, 0), {"keypad/app.mpy": b"x"}),),
    }
    for told, bad in cases.items():
        for content in bad:
            answer = put(client, content)
            assert answer.status_code == 409, (told, answer.text)
            assert told in answer.json()["detail"], answer.text
    assert client.http.get("/v1/images").json() == []
    assert put(client, good).json()["boards"] == ["esp32_s3"]
    assert put(client, good).status_code == 200
    other = packed(maker, (1, 0, 0), {**FILES, "keypad/more.mpy": b""})
    assert "is another image already" in put(client, other).json()["detail"]


def test_an_image_goes_out_window_by_window_as_the_keypad_asks(client, shop, maker):
    content = packed(maker, (1, 1, 0))
    assert put(client, content).status_code == 200
    version = image.version_number((1, 1, 0))
    pieces = shop.order("image", version=version).json()["pieces"]
    assert pieces == len(parcel.pack_image(bytes(8), version, content, seal.Signer(bytes(32), b"")))
    got = {}
    place = 0
    while place < pieces:
        for frame in shop.fetch(15):
            signer = seal.Signer(shop.keypad.key, seal.UPDATE)
            body = open_sealed(frame, IMAGE_FRAME, len(frame), signer)
            got[int.from_bytes(body[14:16], "big")] = body[18:]
        assert sorted(got) == list(range(window(place, pieces).stop))
        place = len(got)
        shop.say(wire.FETCHING, version, place)
    assert b"".join(got[n] for n in range(pieces)) == content
    assert shop.until("trying")["place"] == pieces
    shop.say(wire.UPDATED, version)
    shop.until("taken")
    assert shop.order("image", version=version).json()["state"] == "taken"
    older = packed(maker, (1, 0, 9))
    assert put(client, older).status_code == 200
    said = shop.order("image", version=image.version_number((1, 0, 9))).json()["detail"]
    assert "has 1.1.0: a keypad takes only what is newer" in said


@pytest.mark.parametrize(("zone", "told"), [(2, "has not signed it"), (1, "no maker's key")])
def test_why_a_keypad_refuses_an_image_is_shown(client, shop, maker, zone, told):
    assert put(client, packed(maker, (1, 2, 0))).status_code == 200
    shop.order("image", version=image.version_number((1, 2, 0)))
    assert shop.fetch(15)
    shop.say(wire.UPDATED, 0, zone)
    assert told in shop.until("refused")["reason"]


def test_no_image_is_ever_offered_for_another_board(client, shop, maker):
    assert put(client, packed(maker, (1, 3, 0))).status_code == 200
    version = image.version_number((1, 3, 0))
    other = Shop(client)
    assert other.order("image", version=version).status_code == 200
    for one in (shop, other):  # one before, one after it was ordered
        path = f"/v1/devices/{one.device}/board"
        assert client.http.put(path, json={"board": "other_board"}).status_code == 204
    said = shop.order("image", version=version).json()["detail"]
    assert f"is for esp32_s3, keypad {shop.device} has other_board" in said
    assert other.fetch(1.0) == shop.fetch(0.2) == []


def test_a_keypad_that_is_heard_and_says_nothing_ends_the_order(house, shop):
    shop.order("settings", settings={"host": "x"})
    assert shop.fetch(15)
    context = house[0].receiver.context

    def tire(connection):
        known = orders.of_device(connection, shop.device, What.SETTINGS)
        orders.change(connection, known, tries=TRIES_MAX, due_ms=1, sent_ms=1)

    context.writer.do(tire)
    assert shop.fetch(0.5) == []
    assert shop.standing()["state"] == "sent"  # it was not heard: it waits
    shop.client.send(shop.keypad.heartbeat())
    wait_for(lambda: shop.fetch(0.2) == [] and shop.standing()["state"] == "refused")
    assert "is heard and does not answer" in shop.standing()["reason"]


@pytest.fixture
def screen(client):
    """Opens the console as somebody with this role."""
    opened = []

    def enter(role):
        name = f"{role} {secrets.token_hex(4)}"
        form = {"name": name, "password": PASSWORD, "role": role}
        assert client.http.post("/v1/operators", json=form).status_code == 201
        opened.append(httpx.Client(base_url=client.url, timeout=60))
        opened[-1].post("/sign-in", data={"name": name, "password": PASSWORD})
        return opened[-1]

    yield enter
    for one in opened:
        one.close()


def test_orders_on_screen(shop, screen):
    desk = screen("installer")
    there = f"/orders?device={shop.device}"
    assert "Nothing is ordered." in desk.get(there).text
    shop.order("settings", settings={"host": "secret host", "zone": 1})
    text = desk.get(there).text
    assert "waits for the keypad" in text
    assert "secret host" not in text, "settings are not shown"
    assert shop.device in desk.get(f"/orders?site={shop.site}").text
    assert 'href="/orders' in desk.get("/sites").text
    assert f'href="/orders?site={shop.site}"' in desk.get(f"/sites/{shop.site}").text
    path = f"/orders/{shop.device}/settings/call-off"
    assert desk.post(path).status_code == 303
    assert shop.standing()["state"] == "called_off"
    assert "called off" in desk.get(there).text
    again = desk.post(path)
    assert again.status_code == 422
    assert "under way" in again.text


def test_firmware_is_ordered_on_screen(client, shop, maker, screen):
    desk = screen("supervisor")
    assert put(client, packed(maker, (1, 7, 0))).status_code == 200
    version = image.version_number((1, 7, 0))
    assert "1.7.0" in desk.get("/orders").text
    spaced = " ".join(shop.device[place : place + 4] for place in range(0, 16, 4)).upper()
    form = {"device": spaced, "version": version}
    assert desk.post("/orders", data=form).status_code == 303
    rows = client.http.get("/v1/orders", params={"device": shop.device}).json()
    assert [(one["what"], one["counter"]) for one in rows] == [("image", version)]
    assert "pieces" in desk.get(f"/orders?device={shop.device}").text
    wrong = desk.post("/orders", data=form | {"version": version + 1})
    assert wrong.status_code == 422
    assert "No firmware of version" in wrong.text
    assert desk.post("/orders", data=form | {"device": "0" * 16}).status_code == 404


def test_who_sees_orders(house, shop, screen):
    shop.order("settings", settings={"host": "x", "zone": 1})
    for role in ("operator", "agency", "auditor"):
        assert screen(role).get("/orders").status_code == 403
    foreign = stranger(house[0], "admin")
    cookies = {"Cookie": f"holdfast_session={foreign.session}"}
    assert shop.device not in foreign.get("/orders", headers=cookies).text
    path = f"/orders/{shop.device}/settings/call-off"
    assert foreign.post(path, headers=cookies).status_code == 404
    assert shop.standing()["state"] == "wanted"
    foreign.close()
