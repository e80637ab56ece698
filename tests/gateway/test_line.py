"""The gateway between a real broker and the real receiver: press to ticket, ticket to lamp."""

import pytest

from alarm_wire.receipt import ACKNOWLEDGED, HEARD, STORED
from alarm_wire.signal import HOLD_UP
from gateway_zygote import Zygote
from needs import needs
from premises import GATEWAY, KEYPAD, Premises, until
from receiving import Keypad, running


@pytest.fixture
def line(tmp_path):
    needs("mosquitto")
    zygote = Zygote()
    (tmp_path / "receiver").mkdir()
    with running(tmp_path / "receiver") as (_, client):
        site = Premises(tmp_path, zygote, receivers=0)
        try:
            where = client.site()
            for device, kind in ((site.keypad, "keypad"), (site.gateway, "gateway")):
                client.register(Keypad(device.id, device.key), where, kind=kind)
            site.receivers = [client]
            site.configure()
            site.receivers = []
            yield site.start().connect(), client
        finally:
            site.stop()
            zygote.stop()


def test_a_press_becomes_a_ticket_and_the_operators_hand_lights_the_lamp(line):
    site, client = line
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    assert site.receipt().state == HEARD
    site.publish(site.keypad.signal(1, HOLD_UP))
    stored = site.receipt()
    assert (stored.number, stored.state) == (1, STORED)
    ticket = until(client.tickets)[0]
    assert ticket["id"].replace("-", "") == stored.ticket.hex()
    assert [one["device"] for one in ticket["signals"]] == [KEYPAD]
    assert client.act(ticket["id"], "acknowledge", ticket["version"]).status_code == 200
    acknowledged = site.receipt()
    assert (acknowledged.number, acknowledged.state) == (1, ACKNOWLEDGED)
    site.publish(site.keypad.signal(1, HOLD_UP, sent_ms=9000))
    assert site.receipt().state == ACKNOWLEDGED
    assert not [one for one in site.said("refused_by_receiver") if one["device"] == GATEWAY]
