"""Every path out of the premises is down: keypads show it, covert ones show nothing.

Real parts all: receiver, gateway and broker as processes, two boards of the same site. The broker
and the gateway go on; only the receiver is gone, so nothing but its missing answers can tell.
"""

import secrets

from hardware.emulated_board import EmulatedBoard
from holdfast.line import Line
from needs import needs
from receiving import wait_for

QUICK = {"heartbeat_s": 1, "retry_ms_min": 300, "retry_ms_max": 1000}
WAIT_S = 60.0


def covert_board(line, folder):
    """A covert keypad of the same site, registered as an installer does."""
    device, key = secrets.token_bytes(8), secrets.token_bytes(32)
    site = line.call("GET", "/v1/sites")[0]["id"]
    form = {"device": device.hex(), "kind": "keypad", "site": site, "zone": 2, "zone_name": "Till"}
    line.call("POST", "/v1/devices", {**form, "key": key.hex()})
    board = EmulatedBoard(folder)
    board.provision(device=device, key=key, host="127.0.0.1", port=line.broker.port, zone=2)
    board.provision(covert=True, **QUICK)
    return board, device


def heard(line, device, hop):
    return line.wait_journey(lambda one: one.device == device.hex() and hop in one.at, WAIT_S)


def trouble_since(board, place, level):
    pin = board.pins["lamp_trouble"]
    board.wait_event(
        lambda event: event.kind == "pin" and (event.pin, event.level) == (pin, level),
        WAIT_S,
        since=place,
    )


def test_without_a_receiver_open_keypads_show_trouble_and_covert_ones_nothing(tmp_path):
    needs("mosquitto")
    with Line(tmp_path, broker="mosquitto", nvs=QUICK) as line:
        covert, device = covert_board(line, tmp_path / "covert")
        with covert:
            covert.start()
            assert heard(line, device, "receipted"), "the covert keypad got no receipt"
            wait_for(lambda: not line.board.in_trouble, WAIT_S)
            place = len(line.board.events())
            line.receiver.kill()
            trouble_since(line.board, place, 1)
            covert.press()
            assert line.wait_journey(
                lambda one: one.device == device.hex() and one.number > 1 and "spooled" in one.at,
                WAIT_S,
            ), "the covert press is not in the spool"
            covert.release()
            place = len(line.board.events())
            line.start_receiver()
            trouble_since(line.board, place, 0)
            wait_for(lambda: hold_ups(line) == [True], WAIT_S)
            covert.stop()
            # from its start to its end it moved no pin and printed nothing
            assert [one.kind for one in covert.events() if one.kind != "exit"] == ["start"]


def hold_ups(line):
    """Of every hold-up that has come to a ticket, whether it was silent."""
    found = []
    for ticket in line.tickets():
        for entry in line.call("GET", f"/v1/tickets/{ticket['id']}")["entries"]:
            said = (entry.get("detail") or {}).get("signal") or {}
            if said.get("kind") == "hold_up":
                found.append(said.get("silent", False))
    return found
