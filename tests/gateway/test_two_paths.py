"""Two paths to one receiver: an alarm goes over whichever stands, and each loss is told."""

import pytest

from alarm_wire.signal import PATH_LOST, PATH_RESTORED, STARTED
from cable import Cable
from gateway_zygote import Zygote
from needs import needs
from premises import GATEWAY, Premises, until


@pytest.fixture
def site(tmp_path):
    needs("mosquitto")
    zygote = Zygote()
    made = Premises(tmp_path, zygote)
    port = int(made.receivers[0].url.rsplit(":", 1)[1])
    made.ways = [Cable(port), Cable(port)]
    text = made.config.read_text().split("[[receiver]]")[0]
    text += '[[receiver]]\nname = "a"\nprofile = "DP4"\n'
    for way in made.ways:
        text += f'[[receiver.path]]\nurl = "{way.url}"\ninterface = "lo"\n'
    made.config.write_text(text)
    yield made
    made.stop()
    for way in made.ways:
        way.close()
    zygote.stop()


def own_kinds(site):
    return [kind for _, kind, _ in site.stored(device=GATEWAY)]


def test_an_alarm_takes_the_second_path_at_once_when_the_first_is_cut(site):
    site.start(["impatient_paths"]).connect()
    site.publish(site.keypad.signal(1))
    assert site.receipt().number == 1
    site.ways[0].cut()
    site.publish(site.keypad.signal(2))
    assert site.receipt(2).number == 2
    until(lambda: PATH_LOST in own_kinds(site))
    assert [line["path"] for line in site.said("path_lost")] == ["a"]
    site.ways[0].mend()
    until(lambda: PATH_RESTORED in own_kinds(site))
    site.ways[1].cut()
    site.publish(site.keypad.signal(3))
    assert site.receipt(2).number == 3
    assert {arrivals for _, _, arrivals in site.stored()} == {1}


def test_with_both_paths_cut_everything_waits_and_goes_by_the_first_that_returns(site):
    site.start(["impatient_paths"]).connect()
    until(lambda: STARTED in own_kinds(site))
    for way in site.ways:
        way.cut()
    site.publish(site.keypad.signal(1))
    until(lambda: len(site.said("path_lost")) == 2)
    assert site.receipts.empty()
    site.ways[1].mend()
    assert site.receipt().number == 1
    until(lambda: own_kinds(site).count(PATH_LOST) == 2)
    until(lambda: PATH_RESTORED in own_kinds(site))
