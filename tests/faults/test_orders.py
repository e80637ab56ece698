"""New settings over the whole line, parts dying on the way: taken, refused or taken back, and told.

Real parts: the receiver's process, the gateway's, a broker, and the firmware on MicroPython.
"""

import json

import pytest

from holdfast.line import Line, LineError
from longer import longer
from receiving import wait_for
from sending import send

ENDED = {"taken", "refused", "taken_back", "called_off"}
LONG_S = 240.0
pytestmark = pytest.mark.timeout(900)  # whole lines start here, on whatever else is at work


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    with Line(
        tmp_path_factory.mktemp("line"),
        nvs={"heartbeat_s": 1, "retry_ms_min": 200, "retry_ms_max": 1000},
    ) as one:
        yield one


def settings(line, **changes):
    """What the keypad has, with `changes`."""
    values = json.loads((line.board.folder / "flash.nvs.holdfast").read_text())
    return {**json.loads(bytes.fromhex(values["config"])), **changes}


def order(line, values):
    return line.call("POST", f"/v1/devices/{line.device.hex()}/settings", {"settings": values})


def standing(line):
    """The newest order; None while the receiver does not answer."""
    try:
        return line.call("GET", f"/v1/orders?device={line.device.hex()}")[0]
    except LineError:
        return None


def until(line, *states):
    found = wait_for(lambda: (s := standing(line)) and s["state"] in states and s, LONG_S)
    assert found["state"] in states
    return found


def zone_of_a_press(line):
    known = {key for key, one in line.hops.journeys.items() if "committed" in one.at}
    line.press()
    journey = line.wait_journey(
        lambda one: (
            one.device == line.device.hex()
            and "taken" in one.at
            and "committed" in one.at
            and (one.device, one.epoch, one.number) not in known
        ),
        LONG_S,
    )
    line.board.release()
    signals = [
        one
        for ticket in line.tickets()
        for one in line.call("GET", f"/v1/tickets/{ticket['id']}")["signals"]
        if (one["epoch"], one["number"]) == (journey.epoch, journey.number)
    ]
    return signals[0]["zone"]


def test_settings_are_taken_and_bad_ones_are_refused_by_name(line):
    wanted = settings(line, zone=7)
    first = order(line, wanted)
    assert (first["what"], first["state"], first["reason"]) == ("settings", "wanted", "")
    assert order(line, wanted)["counter"] == first["counter"]
    assert until(line, *ENDED)["state"] == "taken"
    assert order(line, wanted)["counter"] == first["counter"]
    assert zone_of_a_press(line) == 7
    second = order(line, {**wanted, "heartbeat_s": 100_000})
    assert second["counter"] > first["counter"]
    refused = until(line, *ENDED)
    assert refused["state"] == "refused"
    assert "refuses the setting heartbeat_s" in refused["reason"]
    assert settings(line)["heartbeat_s"] == 1
    assert zone_of_a_press(line) == 7


@pytest.mark.parametrize("away", ["gateway", longer("keypad")])
def test_an_order_waits_for_who_is_away(line, away):
    wanted = settings(line, zone=9)
    if away == "gateway":
        line.gateway.kill()
    else:
        line.board.cut_power()
    order(line, wanted)
    if away == "gateway":
        line.receiver.kill()
        line.start_receiver()
        assert standing(line)["state"] in {"wanted", "sent"}
        line.start_gateway()
    else:
        line.board.start()
    assert until(line, *ENDED)["state"] == "taken"
    assert zone_of_a_press(line) == 9


def toml(values):
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def test_the_command_sends_to_a_site_and_says_what_became_of_it(line):
    file = line.folder / "keypad.toml"
    file.write_text(toml(settings(line, siren_s=30, sounder=True)))
    assert "1 of 1 have taken it" in send(line, "settings", "--site", "1000")
    assert settings(line)["siren_s"] == 30
    file.write_text(toml(settings(line, covert=True)))
    said = send(line, "settings", "--device", line.device.hex(), code=3)
    assert f"{line.device.hex()}  refused: the keypad refuses them: two do not go together" in said
    assert "0 of 1 have taken it, 1 failed" in said
    assert "refused" in send(line, "state", "--site", "1000")
    assert "no settings are under way" in send(
        line, "call-off", "--device", line.device.hex(), code=1
    )
    assert "say which keypads" in send(line, "settings", code=1)
    assert "has no site with account 9" in send(line, "state", "--site", "9", code=1)
