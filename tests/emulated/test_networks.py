"""Names that nobody resolves and cables that are pulled: the press is kept, and goes out after."""

import json

import pytest

from alarm_wire.signal import PANIC, STARTED
from name_server import NameServer
from witness import Witness

NAME = "broker.example"
FIXED = {
    "address": "127.0.0.1",
    "netmask": "255.0.0.0",
    "router": "127.0.0.1",
    "dns": "127.0.0.1",
}
WIRED = {"link": "ethernet"}


@pytest.fixture
def names():
    server = NameServer({NAME: "127.0.0.1"})
    yield server
    server.stop()


@pytest.fixture
def seen(secured):
    witness = Witness(secured.port)
    yield witness
    witness.stop()


def named(make_board, names, port):
    environment = {"BOARD_DNS_PORT": str(names.port)}
    nvs = {"host": NAME, "tls": "psk"}
    return make_board(port, nvs=nvs, environment=environment, compiled=True)


def taken(board):
    since = len(board.events())
    board.press()
    board.wait_event(lambda e: e.kind == "hop" and e.data["hop"] == "taken", since=since)
    board.release()


def remembered(board):
    values = json.loads((board.folder / "flash.nvs.holdfast").read_text("utf-8"))
    return json.loads(bytes.fromhex(values.get("addresses", b"{}".hex())))


def test_a_name_is_looked_up_once_and_the_good_address_survives_a_dead_name_server(
    secured, seen, names, make_board
):
    board = named(make_board, names, secured.psk_port).start()
    seen.wait_signal(STARTED)
    assert remembered(board) == {NAME: "127.0.0.1"}
    board.cut_power()
    names.dead = True
    asked = len(names.asked)
    board.start()
    seen.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 2))
    taken(board)
    board.wait_lamp("stored")
    assert len(names.asked) == asked


def test_an_address_that_has_changed_is_asked_for_again(secured, seen, names, make_board):
    board = named(make_board, names, secured.psk_port)
    path = board.folder / "flash.nvs.holdfast"
    values = json.loads(path.read_text("utf-8"))
    # nobody listens there: it fails at once, as a broker that has moved
    values["addresses"] = json.dumps({NAME: "127.9.9.9"}).encode().hex()
    path.write_text(json.dumps(values), "utf-8")
    board.start()
    seen.wait_signal(STARTED, 20)
    assert remembered(board) == {NAME: "127.0.0.1"}


def test_a_dead_name_server_holds_up_neither_a_press_nor_the_second_broker(
    secured, seen, names, make_board
):
    names.dead = True
    board = named(make_board, names, secured.psk_port)
    board.provision(host_2="127.0.0.1", port_2=secured.psk_port)
    board.start()
    # while the first name is being asked for, a press is taken as always
    names_asked = board.wait_event(lambda e: e.kind == "line")
    assert names_asked
    taken(board)
    seen.wait_signal(PANIC, 20)
    assert NAME in names.asked
    assert not [event for event in board.events() if event.kind == "reset"]


def test_a_name_that_nobody_knows_is_told_and_asked_for_again(names, make_board):
    names.addresses.clear()
    board = named(make_board, names, 1).start()
    board.wait_event(lambda e: e.kind == "line" and "broker:" in e.text, 20)
    taken(board)
    board.wait_event(lambda _: names.asked.count(NAME) >= 2, 20)


def test_the_cable_carries_what_the_radio_did_and_needs_no_radio(broker, witness, make_board):
    board = make_board(broker.port, nvs=WIRED)
    board.wifi(up=False)
    board.start()
    witness.wait_signal(STARTED)
    taken(board)
    board.wait_lamp("stored")
    beat = witness.wait(lambda a: a.beat is not None).beat
    assert beat.rssi_dbm == 0


def test_a_pulled_cable_keeps_the_press_and_shows_trouble(broker, witness, make_board):
    board = make_board(broker.port, nvs=WIRED, compiled=True).start()
    witness.wait_signal(STARTED, 30)
    board.cable(plugged=False)
    board.wait_lamp("trouble", 60)
    taken(board)
    assert board.lamp == "taken"
    board.cable(plugged=True)
    witness.wait_signal(PANIC)
    board.wait_lamp("stored")


def test_a_cable_without_dhcp_needs_a_fixed_address(broker, witness, make_board):
    waits = make_board(broker.port, "waits", nvs=WIRED)
    waits.cable(plugged=True, addresses=False)
    waits.start()
    waits.wait_lamp("trouble", 60)
    assert witness.arrivals == []
    waits.cable(plugged=True)
    witness.wait_signal(STARTED)
    waits.stop()
    fixed = make_board(broker.port, "fixed", nvs={**WIRED, **FIXED})
    fixed.cable(plugged=True, addresses=False)
    fixed.start()
    fixed.wait_hop("published")


def test_the_radio_does_not_stand_in_for_a_cable(broker, witness, make_board):
    board = make_board(broker.port, nvs=WIRED)
    board.cable(plugged=False)
    board.start()
    board.wait_lamp("trouble", 60)
    assert witness.arrivals == []


@pytest.mark.parametrize(
    ("nvs", "complaint"),
    [
        ({"link": "carrier"}, "allowed are wifi, ethernet"),
        ({"address": "192.0.2.4"}, "all four"),
        ({**FIXED, "dns": "1.2.3"}, "all four"),
        ({"host": "a..b", "tls": "psk"}, "no name and no address"),
    ],
)
def test_bad_network_settings_are_refused(make_board, nvs, complaint):
    board = make_board(1, nvs=nvs).start()
    board.wait_event(lambda event: complaint in event.text, 30)


def test_errors_of_the_radio_driver_do_not_start_the_board_again(broker, witness, make_board):
    """The ESP32's driver raises OSError in states of its own; the button goes on meanwhile."""
    board = make_board(broker.port, environment={"BOARD_RADIO_ERRORS": "4"}).start()
    board.wait_event(lambda event: event.kind == "line")
    taken(board)
    witness.wait_signal(PANIC, 30)
    board.wait_lamp("stored")
    assert not [event for event in board.events() if event.kind == "reset"]
