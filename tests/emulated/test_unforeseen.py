"""An error that nobody foresaw, in a task that nobody waits for, leaves no keypad half alive."""

import pytest

from alarm_wire import seal
from alarm_wire.parcel import pack_image
from alarm_wire.signal import PANIC, STARTED, UPDATED
from altered import Altered
from witness import DEVICE, KEY

NO_ROOM = 6
AT_BOOT = (
    "service.py",
    "    contact = machine.Pin(lid",
    "    1 // 0\n    contact = machine.Pin(lid",
)
AT_PING = ("mqtt.py", 'await self._write(b"\\xc0\\x00")', "1 // 0")
IN_INSTALL = ("install.py", "await _prove(file", "os.remove(path)\n        await _prove(1 // 0")


@pytest.fixture
def make(broker, tmp_path):
    boards = []

    def made(change, **nvs):
        board = Altered(tmp_path / "altered", change)
        board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=broker.port, trace=True)
        board.provision(**nvs)
        boards.append(board)
        return board

    yield made
    for board in boards:
        board.stop()


def started(witness, epoch, value):
    told = witness.wait(
        lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, epoch)
    ).signal
    assert told.value == value


@pytest.mark.parametrize("covert", [True, False])
@pytest.mark.parametrize("change", [AT_BOOT, AT_PING])
def test_it_starts_the_board_again_and_a_covert_one_prints_nothing(witness, make, covert, change):
    board = make(change, covert=covert)
    board.drive("tamper", 1)
    board.start()
    started(witness, 1, 1)
    if change == AT_BOOT:
        board.drive(0, 0)  # BOOT, beside an open lid
    board.wait_event(lambda event: event.kind == "reset", 20)
    board.drive(0, 1)
    started(witness, 2, 2)
    said = [event.text for event in board.events() if event.kind == "line"]
    assert not [line for line in said if "retrieved" in line]  # as the event loop itself says it
    if covert:
        assert said == []
    else:
        assert [line for line in said if "ZeroDivisionError" in line]


def test_one_in_an_image_refuses_it_and_the_next_order_is_taken(witness, make):
    """The file is gone as well: removing it was an error of its own, and ended all orders."""
    board = make(IN_INSTALL).start()
    started(witness, 1, 1)
    signer = seal.Signer(KEY, seal.UPDATE)
    for version in (0x200, 0x201):
        for piece in pack_image(DEVICE, version << 8, bytes(300), signer):
            witness.send(piece, "config")
        witness.wait(lambda _, count=version - 0x1FF: len(refused(witness)) == count)
    assert not [event for event in board.events() if event.kind == "reset"]
    board.press()
    witness.wait_signal(PANIC)


def refused(witness):
    return {s.number for s in witness.signals([UPDATED]) if (s.value, s.zone) == (0, NO_ROOM)}
