"""When no receiver can be reached, gammu-smsd gets a text message with the site's name: once."""

import asyncio
import io

import pytest

from forwarder import Forwarder
from gateway import texts
from gateway.config import Texting
from gateway.journal import Journal
from gateway.texts import Outage, Texts
from gateway_zygote import Zygote
from needs import needs
from premises import Premises, until


@pytest.fixture
def modem(tmp_path):
    """gammu-smsd's own outbox in files; no modem is needed to hand a message over."""
    needs(texts.PROGRAM)
    box = tmp_path / "sms"
    for name in ("inbox", "outbox", "sent", "error"):
        (box / name).mkdir(parents=True)
    conf = box / "smsdrc"
    boxes = {"inbox": "inbox", "outbox": "outbox", "sentsms": "sent", "errorsms": "error"}
    lines = [f"{name}path = {box}/{folder}/" for name, folder in boxes.items()]
    conf.write_text(
        "[gammu]\ndevice = /dev/null\nconnection = at\n[smsd]\nservice = files\n"
        + "\n".join([*lines, f"logfile = {box}/log\n"])
    )
    return box


def outbox(modem):
    return [one.read_text("utf-8", "replace") for one in sorted((modem / "outbox").iterdir())]


def test_an_outage_is_told_once_each_way():
    outage = Outage()
    assert outage.look(lost=1, paths=2) == ""
    assert "no receiver" in outage.look(lost=2, paths=2)
    assert outage.look(lost=2, paths=2) == ""
    assert outage.look(lost=1, paths=2) == "a receiver is back"
    assert Outage().look(lost=0, paths=0) == ""


def test_a_gateway_cut_off_from_every_receiver_texts_and_texts_again_when_one_is_back(
    tmp_path, modem
):
    needs("mosquitto")
    zygote = Zygote()
    site = Premises(tmp_path, zygote)
    way = Forwarder(int(site.receivers[0].url.rsplit(":", 1)[1]))
    site.configure(
        more=f'[sms]\nsite = "Corner shop"\nnumbers = ["+15550100"]\ngammu_file = "{modem}/smsdrc"'
    )
    site.config.write_text(site.config.read_text().replace(site.receivers[0].url, way.url))
    try:
        site.start(["impatient_paths"])
        until(lambda: site.stored(device=site.gateway.name))
        assert outbox(modem) == []
        way.cut()
        (message,) = until(lambda: outbox(modem))
        assert "Corner shop" in message
        assert "no receiver can be reached" in message
        way.mend()
        until(lambda: len(outbox(modem)) == 2)
    finally:
        site.stop()
        way.stop()
        zygote.stop()


def test_a_modem_that_is_not_there_is_told_and_never_waited_for(monkeypatch):
    monkeypatch.setattr(texts, "PAUSE_S", 0.0)
    monkeypatch.setattr(texts, "PROGRAM", "no-such-program")
    stream = io.StringIO()

    async def run():
        journal = Journal(stream)
        sender = Texts(Texting("x", ("1234",)), journal)
        sender.say("")
        assert not sender._tasks
        sender.say("y")
        await asyncio.gather(*sender._tasks)
        journal.flush()

    asyncio.run(run())
    assert "texting_failed" in stream.getvalue()
    assert "docs/gateway.md" in stream.getvalue()
