"""When no receiver can be reached, gammu-smsd gets a text message with the site's name: once."""

import asyncio
import io
import os
import re
import subprocess

import pytest

from cable import Cable
from gateway import texts
from gateway.config import Texting
from gateway.journal import Journal
from gateway.texts import Outage, Texts
from gateway_zygote import Zygote
from needs import needs
from premises import Premises, until

SITE = "בנק השפלה, סניף רחובות 5"


class Modem:
    """The real gammu-smsd, with gammu's own dummy telephone in place of a GSM modem."""

    def __init__(self, box):
        self.box = box
        for name in ("inbox", "outbox", "sent", "error", "dummy/sms"):
            (box / name).mkdir(parents=True)
        boxes = {"inbox": "inbox", "outbox": "outbox", "sentsms": "sent", "errorsms": "error"}
        lines = [f"{name}path = {box}/{folder}/" for name, folder in boxes.items()]
        self.conf = box / "smsdrc"
        self.conf.write_text(
            f"[gammu]\nmodel = dummy\nconnection = none\ndevice = {box}/dummy\n[smsd]\n"
            "service = files\ncommtimeout = 1\n" + "\n".join([*lines, f"logfile = {box}/log\n"])
        )
        self.process = subprocess.Popen(
            [needs("gammu-smsd"), "-c", self.conf],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    def sent(self):
        """Number and text of every message that has left through the telephone, in order."""
        told = []
        for one in sorted((self.box / "sent").iterdir()):
            said = one.read_text("utf-8", "replace")
            parts = dict(re.findall(r"\[SMSBackup(\d+)\](.*?)(?=\n\[|\Z)", said, re.DOTALL))
            number = re.search(r'^Number = "(.*)"', said, re.MULTILINE)[1]
            text = "".join(
                bytes.fromhex(line).decode("utf-16-be")
                for part in sorted(parts)
                for line in re.findall(r"^Text\d+ = ([0-9A-F]+)", parts[part], re.MULTILINE)
            )
            coding = set(re.findall(r"^Coding = (\w+?)_", said, re.MULTILINE))
            told.append((number, text, coding))
        return told

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def modem(tmp_path):
    needs(texts.PROGRAM)
    modem = Modem(tmp_path / "sms")
    yield modem
    modem.stop()


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
    way = Cable(int(site.receivers[0].url.rsplit(":", 1)[1]))
    site.configure(
        more=f'[sms]\nsite = "Corner shop"\nnumbers = ["+15550100"]\ngammu_file = "{modem.conf}"'
    )
    site.config.write_text(site.config.read_text().replace(site.receivers[0].url, way.url))
    try:
        site.start(["impatient_paths"])
        until(lambda: site.stored(device=site.gateway.name))
        assert modem.sent() == []
        way.cut()
        ((number, text, _),) = until(modem.sent, wait_s=60)
        assert number == "+15550100"
        assert text == "Holdfast, Corner shop: no receiver can be reached; alarms wait here"
        way.mend()
        until(lambda: len(modem.sent()) == 2, wait_s=60)
        assert modem.sent()[1][1] == "Holdfast, Corner shop: a receiver is back"
    finally:
        site.stop()
        way.close()
        zygote.stop()


def test_a_site_is_named_in_its_own_letters_whole_whatever_the_locale(modem, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")  # as a service has it
    sender = Texts(
        Texting(SITE, ("+15550101", "+15550102"), str(modem.conf)), Journal(io.StringIO())
    )

    async def run():
        sender.say("no receiver can be reached; alarms wait here")
        await asyncio.gather(*sender._tasks)

    asyncio.run(run())
    until(lambda: len(modem.sent()) == 2, wait_s=60)
    whole = f"Holdfast, {SITE}: no receiver can be reached; alarms wait here"
    assert modem.sent() == [
        ("+15550101", whole, {"Unicode"}),
        ("+15550102", whole, {"Unicode"}),
    ]


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
