"""New settings over the air: only sealed, newer, good ones, and only if they reach a receiver."""

import json
import random

import pytest

from alarm_wire import seal
from alarm_wire.parcel import (
    BROKEN,
    SETTING,
    SETTINGS_BYTES_MAX,
    STAY,
    TAKEN_BACK,
    TOGETHER,
    TRYING,
    pack_parcel,
)
from alarm_wire.signal import CONFIG_CHANGED, PANIC, STARTED
from witness import DEVICE, KEY


def settings(board, **changes):
    """The board's settings as they are in its NVS, with `changes`."""
    values = json.loads((board.folder / "flash.nvs.holdfast").read_text())
    return {**json.loads(bytes.fromhex(values["config"])), **changes}


def send(witness, values, counter, signer=None, device=DEVICE):
    body = json.dumps(values).encode()
    for piece in pack_parcel(device, counter, body, signer or seal.Signer(KEY, seal.CONFIG)):
        witness.send(piece, "config")


def test_new_settings_are_taken_and_stay_once_they_have_worked(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    send(witness, settings(board, zone=77), 5)
    told = witness.wait_signal(CONFIG_CHANGED).signal
    assert (told.value, told.zone) == (5, TRYING)
    witness.wait(
        lambda a: (
            a.signal and (a.signal.kind, a.signal.value, a.signal.zone) == (CONFIG_CHANGED, 5, STAY)
        )
    )
    board.wait_event(lambda event: event.kind == "reset")
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 2))
    board.press()
    assert witness.wait_signal(PANIC).signal.zone == 77
    board.wait_lamp("stored")
    nvs = board.folder / "flash.nvs.holdfast"
    board.wait_event(lambda _: json.loads(nvs.read_text())["trial"] == 0)


@pytest.mark.parametrize("case", ["seal", "purpose", "old", "device", "setting", "json", "flips"])
def test_other_settings_are_refused_and_change_nothing(broker, witness, make_board, case):  # noqa: C901  # a branch per case
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    good = settings(board, zone=77)
    if case == "seal":
        send(witness, good, 1, seal.Signer(bytes(32), seal.CONFIG))
    elif case == "purpose":
        send(witness, good, 1, seal.Signer(KEY, seal.RECEIPT))
    elif case == "old":
        send(witness, good, 3)
        witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 2))
        send(witness, {**good, "zone": 78}, 3)
    elif case == "device":
        send(witness, good, 1, device=b"keypad02")
    elif case == "setting":
        send(witness, {**good, "covrt": True}, 1)
    elif case == "json":
        for piece in pack_parcel(DEVICE, 1, b"[1, 2", seal.Signer(KEY, seal.CONFIG)):
            witness.send(piece, "config")
    else:
        rng = random.Random(1)
        body = json.dumps(good).encode()
        for piece in pack_parcel(DEVICE, 1, body, seal.Signer(KEY, seal.CONFIG)):
            for _ in range(40):
                bad = bytearray(piece)
                bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
                witness.send(bytes(bad), "config")
    if case in {"setting", "json"}:
        told = witness.wait_signal(CONFIG_CHANGED).signal
        place = SETTING + sorted([*good, "covrt"]).index("covrt")
        assert (told.value, told.zone) == (-1, place if case == "setting" else BROKEN)
    board.press()
    assert witness.wait_signal(PANIC).signal.zone == (77 if case == "old" else 1)
    resets = [event for event in board.events() if event.kind == "reset"]
    assert len(resets) == (1 if case in {"setting", "json", "old"} else 0)


@pytest.mark.parametrize("case", ["together", "long"])
def test_why_settings_are_refused_is_told(broker, witness, make_board, case):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    bad = settings(board, covert=True, sounder=True)
    if case == "long":  # they could be kept and never be read again
        bad = settings(board, zone=77) | {"codes": [["1234", "5" * SETTINGS_BYTES_MAX]]}
    send(witness, bad, 7)
    told = witness.wait_signal(CONFIG_CHANGED).signal
    assert (told.value, told.zone) == (-7, BROKEN if case == "long" else TOGETHER)
    board.press()
    assert witness.wait_signal(PANIC).signal.zone == 1


@pytest.mark.prove  # two minutes of silence are the point
def test_settings_that_reach_nobody_are_taken_back(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    # a broker that is there, and a key that it does not know: the link comes up, no receipt comes
    values = json.loads((board.folder / "flash.nvs.holdfast").read_text())
    values["before"] = values["config"]
    values["config"] = json.dumps(settings(board, port=1, zone=9)).encode().hex()
    values["trial"] = 1
    values["counter"] = 3
    nvs = board.folder / "flash.nvs.holdfast"
    board.cut_power()
    nvs.write_text(json.dumps(values))
    board.start()
    board.press()
    board.wait_event(lambda event: event.kind == "reset", 140)
    since = len(board.events())
    board.wait_event(lambda event: event.kind == "line", since=since)
    witness.wait(lambda a: a.signal and a.signal.kind == PANIC and a.signal.zone == 9, 20)
    assert "zone" not in settings(board)
    witness.wait(
        lambda a: (
            a.signal
            and a.signal.kind == CONFIG_CHANGED
            and (a.signal.value, a.signal.zone) == (-3, TAKEN_BACK)
        )
    )
    board.wait_event(lambda _: json.loads(nvs.read_text())["trial"] == 0)


def cut_at(board, step):
    """Start `board` so that its power goes before durable step `step`; whether it did."""
    board.environment["BOARD_CUT"] = str(step)
    began = len(board.events())
    board.start()
    event = board.wait_event(lambda e: e.kind in {"exit", "line"}, since=began)
    del board.environment["BOARD_CUT"]
    board.cut_power()
    return event.kind == "exit"


def test_a_cut_at_any_step_of_the_judging_leaves_old_settings_or_new_ones(
    broker, witness, make_board
):
    board = make_board(broker.port)
    nvs = board.folder / "flash.nvs.holdfast"
    fresh = json.loads(nvs.read_text())
    old, new = settings(board), settings(board, zone=77)
    pieces = pack_parcel(DEVICE, 5, json.dumps(new).encode(), seal.Signer(KEY, seal.CONFIG))
    fresh["parcel"] = b"".join(bytes([len(piece)]) + piece for piece in pieces).hex()
    seen = set()
    for step in range(1, 20):
        nvs.write_text(json.dumps(fresh))
        if not cut_at(board, step):
            break
        left = json.loads(nvs.read_text())
        assert settings(board) in (old, new)
        assert "before" not in left or json.loads(bytes.fromhex(left["before"])) == old
        board.start()
        arrival = witness.wait_signal(CONFIG_CHANGED, since=board.events()[-1].at)
        board.cut_power()
        after = json.loads(nvs.read_text())
        assert arrival.signal.value == 5
        assert settings(board) == new
        assert json.loads(bytes.fromhex(after["before"])) == old
        assert after["counter"] == 5
        assert "parcel" not in after
        seen.add(step)
    assert len(seen) >= 5


def test_forged_pieces_do_not_starve_a_small_heap(broker, witness, make_board):
    board = make_board(broker.port, heap_kb=96, compiled=True).start()
    witness.wait_signal(STARTED)
    rng = random.Random(2)
    for _ in range(200):
        witness.send(rng.randbytes(rng.randrange(256)), "config")
        witness.send(rng.randbytes(rng.randrange(256)), "receipt")
    board.press()
    board.wait_lamp("stored")
    assert not [event for event in board.events() if event.kind == "reset"]
