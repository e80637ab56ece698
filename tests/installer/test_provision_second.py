"""A site with two receivers: a keypad's key is told to both in one go, or to none."""

import json
import re

import pytest

from holdfast.provision import ProvisionError, box, command
from holdfast.provision.receiver import Receiver, write_token
from holdfast.provision.second import Second
from receiving import running


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    with running(tmp_path_factory.mktemp("second")) as (receiver, client):
        client.site("The same bank, as the second one knows it", "4711")
        yield receiver, client


def provision(job, board, other, *words, code=0):
    answer = other[1].http.post("/v1/installers", json={"name": job.folder.name[:80]})
    write_token(job.folder / "second", answer.json()["token"])
    second = ("--second", other[0].url, "--second-token-file", "second")
    return job.keypad(board, *second, *words, code=code)


def devices(other):
    return {one["device"]: one for one in other[1].http.get("/v1/devices").json()}


def test_both_receivers_know_the_keypad(job, other):
    board = job.board()
    said = provision(job, board, other)
    device = re.search(r"keypad ([0-9a-f]{16}) is registered", said)[1]
    assert devices(other)[device]["zone_name"] == "Counter 3"
    assert job.devices()[device]["zone_name"] == "Counter 3"


def test_what_the_second_refuses_is_known_to_neither_and_the_board_is_left_empty(job, other):
    board = job.board()
    before = set(job.devices())
    sites = other[1].http.get("/v1/sites").json()
    assert len(sites) == 1
    said = provision(job, board, other, "--second-token-file", "nowhere", code=1)
    assert "no installer's token (nowhere" in said
    assert set(job.devices()) == before
    # known to the first one already when the second says no: taken back there
    ended = other[1].http.post("/v1/installers", json={"name": "ends meanwhile"}).json()
    place = box.Place(5, "Five", board.port)
    with (
        Receiver(job.house[0].url, job.token) as first,
        Receiver(other[0].url, ended["token"]) as late,
    ):
        second = Second(late, late.site("4711"))
        other[1].http.post(f"/v1/installers/{ended['id']}/call-back")
        with pytest.raises(ProvisionError, match="does not take the token"):
            command.provision(
                *(first, first.site("4711"), place, {"host": "127.0.0.1"}, "en"), second=second
            )
    settings = board.folder / "flash.nvs.holdfast"
    values = json.loads(settings.read_text()) if settings.exists() else {}
    assert not {"key", "device"} & set(values)
    (left,) = set(job.devices()) - before
    assert job.devices()[left]["revoked"]
