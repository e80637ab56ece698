"""Updates over the air: signed, newer, whole, proved by an answered heartbeat; or the old image."""

import json
import random
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_wire import receipt, seal
from alarm_wire.parcel import pack_image
from alarm_wire.signal import PANIC, STARTED, UPDATED
from holdfast.release import image
from longer import longer
from numbers_kept import nvs, set_nvs
from sending import NEW, built, pack
from stretches import ASKED, longest
from witness import DEVICE, KEY

NUMBER = image.version_number(NEW)
OWN_MS_MAX = 12
"""Nothing of an update holds the event loop for longer (test_stretches.py)."""
SIGNER = seal.Signer(KEY, seal.UPDATE)


@pytest.fixture(scope="module")
def maker():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


@pytest.fixture(scope="module")
def other():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


@pytest.fixture(scope="module")
def files():
    return built()


@pytest.fixture(scope="module")
def whole(maker, files):
    return pack(files, maker)


@pytest.fixture
def make(broker, make_board, maker):
    def made(**how):
        heartbeat = {"heartbeat_s": 1, "maker": image.modulus(maker)}
        return make_board(broker.port, nvs=heartbeat, compiled=True, **how)

    return made


def send(witness, content, *, version=NUMBER, signer=SIGNER, device=DEVICE):
    for piece in pack_image(device, version, content, signer):
        witness.send(piece, "config")


def updated(witness, value):
    return witness.wait(
        lambda a: a.signal and (a.signal.kind, a.signal.value) == (UPDATED, value), 120
    )


def test_an_update_arrives_while_presses_go_on_and_is_confirmed(witness, make, whole):
    board = make(environment=ASKED).start()
    witness.wait_signal(STARTED, 60)
    send(witness, whole)
    for _ in range(8):
        board.press()
        board.release()
    updated(witness, NUMBER)
    board.press()
    witness.wait(lambda a: a.beat and a.beat.firmware == NUMBER, 60)
    presses = witness.signals([PANIC])
    board.wait_lamp("stored", 60)
    witness.wait(lambda a: a.signal and a.signal.kind == PANIC and a.signal.epoch == 2, 60)
    assert {signal.epoch for signal in presses} <= {1, 2}
    assert longest(board)[1] <= OWN_MS_MAX
    assert (nvs(board)["image"], nvs(board)["release"], nvs(board)["tried"]) == (1, NUMBER, 0)


def test_presses_taken_before_an_update_are_in_the_ring_after_it(witness, make, whole):
    witness.answer = ()
    board = make().start()
    board.press()
    number = witness.wait_signal(PANIC, 60).signal.number
    board.cut_power()
    install_by_hand(board, whole)
    board.start()
    updated(witness, NUMBER)
    witness.answer = (receipt.STORED,)
    again = witness.wait(
        lambda a: a.sent and a.sent.epoch == 2 and a.signal.number == number, 60
    ).signal
    assert (again.kind, again.epoch) == (PANIC, 1)


def install_by_hand(board, whole, slot=1):
    """What a keypad does with an image that it has proved."""
    place = 10
    folder = board.folder / f"slot_{slot}"
    for _ in range(whole[9]):
        name = whole[place + 1 : place + 1 + whole[place]].decode()
        place += 1 + whole[place]
        size = int.from_bytes(whole[place : place + 4], "big")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(whole[place + 4 : place + 4 + size])
        place += 4 + size
    set_nvs(board, image=slot << 2, tried=NUMBER)


SLOW = [longer(case) for case in ("device", "short", "no key")]


@pytest.mark.parametrize("case", ["seal", "old", "signature", "flip", *SLOW])
def test_another_image_is_refused_and_changes_nothing(
    witness, make, maker, other, files, whole, case
):
    board = make()
    if case == "no key":
        values = nvs(board)
        del values["maker"]
        (board.folder / "flash.nvs.holdfast").write_text(json.dumps(values))
    board.start()
    witness.wait_signal(STARTED, 60)
    flipped = bytearray(whole)
    flipped[random.Random(4).randrange(len(whole))] ^= 4
    if case == "seal":
        send(witness, whole, signer=seal.Signer(KEY, seal.CONFIG))
    elif case == "device":
        send(witness, whole, device=b"keypad02")
    elif case == "old":  # the pieces claim a new version, the signed image does not
        send(witness, pack(files, maker, (0, 0, 0)), version=NUMBER)
    else:
        cases = {"signature": pack(files, other), "flip": bytes(flipped), "short": whole[:-1]}
        send(witness, cases.get(case, whole))
    if case not in {"seal", "device"}:
        updated(witness, 0)
    board.press()
    board.wait_lamp("stored", 60)
    assert "image" not in nvs(board)
    assert not (board.folder / "slot_1").exists() or case == "old"
    assert not [event for event in board.events() if event.kind == "reset"]


CRASH = b"M\x06"  # no .mpy that anything reads
HANG = "while True: pass"


@pytest.mark.parametrize("case", ["crash", longer("hang")])
def test_an_image_that_cannot_start_is_taken_back(witness, make, whole, case):
    board = make()
    install_by_hand(board, whole)
    app = board.folder / "slot_1" / "keypad" / "core.mpy"
    if case == "crash":
        app.write_bytes(CRASH)
    else:
        app.unlink()
        app.with_suffix(".py").write_text(HANG)
    board.start()
    assert updated(witness, -NUMBER).signal.epoch > 1
    witness.wait(lambda a: a.beat and a.beat.firmware != NUMBER, 60)
    assert (nvs(board)["image"], nvs(board)["tried"]) == (0, 0)


@pytest.mark.prove  # two minutes without an answer are the point
def test_an_image_that_nobody_answers_is_taken_back(witness, make, whole):
    witness.hears = False
    board = make()
    install_by_hand(board, whole)
    board.start()
    witness.wait(lambda a: a.beat and a.beat.firmware == NUMBER, 60)
    board.wait_event(lambda event: event.kind == "reset", 200)
    updated(witness, -NUMBER)
    board.press()
    board.wait_lamp("stored", 60)


@pytest.mark.prove  # a board that starts five times, and the whole image twice
def test_a_power_cut_at_any_moment_leaves_the_old_image_or_the_new(witness, make, whole):
    board = make()
    rng = random.Random(7)
    for _ in range(4):
        board.start()
        send(witness, whole)
        board.press()
        time.sleep(rng.uniform(0.1, 3.0))  # any moment is the point
        board.cut_power()
        board.release()
        record = nvs(board).get("image", 0)
        assert record & 3 in {0, 1}
    board.start()
    send(witness, whole)
    updated(witness, NUMBER)
    witness.wait(lambda a: a.beat and a.beat.firmware == NUMBER, 60)


@pytest.mark.parametrize(("steps", "least"), [(2, 2), longer(40, 6)])  # two starts for each step
def test_a_cut_before_any_number_of_a_trial_ends_with_the_new_image(
    witness, make, whole, steps, least
):
    board = make()
    install_by_hand(board, whole)
    file = board.folder / "flash.nvs.holdfast"
    fresh = file.read_text()
    cuts = set()
    for step in range(1, steps + 1):
        file.write_text(fresh)
        since = time.time()
        board.environment["BOARD_CUT"] = str(step)
        board.start()
        ended = witness_or_exit(board, witness, since)
        del board.environment["BOARD_CUT"]
        board.cut_power()
        if not ended:
            break
        left = nvs(board)
        assert (left["image"] & 3, left["image"] >> 2 & 3) in {(0, 1), (1, 0)}
        since = time.time()
        board.start()
        witness.wait(lambda a, since=since: a.at > since and told_new(a), 120)
        board.wait_event(lambda _: nvs(board)["tried"] == 0, 60)
        board.cut_power()
        assert (nvs(board)["image"], nvs(board)["release"]) == (1, NUMBER)
        cuts.add(step)
    print(len(cuts), "cuts, each before one number of the trial")
    assert len(cuts) >= least


def told_new(arrival):
    return arrival.signal and (arrival.signal.kind, arrival.signal.value) == (UPDATED, NUMBER)


def witness_or_exit(board, witness, since):
    """Whether the power went before the new image had been told and settled."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if any(event.kind == "exit" and event.at > since for event in board.events()):
            return True
        told = any(told_new(a) for a in list(witness.arrivals) if a.at > since)
        if told and nvs(board)["tried"] == 0:
            return False
        time.sleep(0.05)
    raise AssertionError("neither cut nor told")
