"""A press while an image comes in and is unpacked, beside the same keypad idle; one run.

make bench ARGS="update --updates 5"

The keypad runs compiled, as a release does. Pieces go to it as its gateway sends them, 32 for each
`fetching` and eight under way, but also while a press waits for its receipt, which a gateway does
not do. A press counts as during the update when its contact closed between the first piece and the
restart that switches. That restart waits until no press is under way; one that meets it is told
apart: nobody samples a contact while a board starts. A stretch is the longest time without an
await, the keypad's own processor time (5 ms: none was longer).

Twice: with a broker that keeps all in memory, which shows the keypad, and with one that writes to
disk at each change, as a gateway's does.
"""

import argparse
import sys
import tempfile
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), "firmware"]

import paho.mqtt.client as paho  # noqa: E402  # the support folder comes first
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402

import stretches  # noqa: E402
from alarm_wire import seal  # noqa: E402
from alarm_wire.parcel import FETCH_WINDOW, pack_image  # noqa: E402
from alarm_wire.signal import FETCHING, PANIC, STARTED, UPDATED  # noqa: E402
from hardware.emulated_board.board import ROOT  # noqa: E402
from holdfast.flash import build  # noqa: E402
from holdfast.release import image  # noqa: E402
from tests.load.bench_keypad import Bench, percentiles  # noqa: E402
from witness import DEVICE, KEY, TOPIC  # noqa: E402

UNDER_WAY = 8
"""gateway.downlink.PIECES_AT_ONCE"""


class Line(Bench):
    """A keypad, its broker, and a gateway's way of sending pieces."""

    def __init__(self, folder, maker, *, durable):
        super().__init__(folder, durable=durable, compiled=True, environment=stretches.ASKED)
        self.board.provision(maker=image.modulus(maker))
        self.pieces = []
        self.whole_at = 0.0
        self.gateway = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self.gateway.max_inflight_messages_set(UNDER_WAY)
        self.gateway.connect("127.0.0.1", self.broker.port)
        self.gateway.loop_start()

    def close(self):
        self.gateway.loop_stop()
        super().close()

    def press_once(self):
        """When the contact closed; from there to taken, published and the subscriber, in ms."""
        place = len(self.board.events())
        at = self.board.press()
        number = 0
        ends = []
        for hop in ("taken", "published"):
            seen = self.board.wait_event(
                lambda e, hop=hop, number=number: (
                    e.kind == "hop" and e.data["hop"] == hop and number in {0, e.data["number"]}
                ),
                60,
                since=place,
            )
            number = seen.data["number"]
            ends.append(seen.at)
        ends.append(self.witness.wait_signal(PANIC, 60, since=at).at)
        self.board.release()
        return at, *[(end - at) * 1000 for end in ends]

    def send(self, version, ended):
        """Give the pieces that the keypad asks for, until it says that the image is there."""
        place = 0
        while not ended.is_set() and place < len(self.pieces):
            for piece in self.pieces[place : place + FETCH_WINDOW]:
                self.gateway.publish(TOPIC + "config", piece, qos=0)
            asked = self.witness.wait(
                lambda a, place=place: (
                    a.signal is not None
                    and (a.signal.kind, a.signal.value) == (FETCHING, version)
                    and a.signal.zone > place
                ),
                60,
            )
            place = asked.signal.zone
            self.whole_at = asked.at

    def update(self, version, whole):
        """One update under presses: those before its restart, and the board's events until then."""
        self.pieces = pack_image(DEVICE, version, whole, seal.Signer(KEY, seal.UPDATE))
        place = len(self.board.events())
        ended = threading.Event()
        sender = threading.Thread(target=self.send, args=(version, ended))
        sender.start()
        presses = []

        def restarted():
            return [e for e in self.board.events(place) if e.kind == "reset"]

        while not restarted():
            presses.append(self.press_once())
        ended.set()
        sender.join()
        reset_at = restarted()[0].at
        self.witness.wait(
            lambda a: a.signal and (a.signal.kind, a.signal.value) == (UPDATED, version), 60
        )
        events = [event for event in self.board.events(place) if event.at < reset_at]
        during = [press for press in presses if press[0] < reset_at]
        met = [press for press in during if press[0] + press[1] / 1000 > reset_at]
        return {
            "during": [press[1:] for press in during if press not in met],
            "met": [press[1:] for press in met],
            "unpacking": sum(press[0] > self.whole_at for press in during if press not in met),
            "events": events,
        }


def figures_of(presses, events):
    """Percentiles and the longest stretch of one part of the run."""
    own = [int(e.text.split()[1]) / 1000 for e in events if e.kind == "stretch"]
    return {
        "presses": len(presses),
        "to_taken": percentiles([press[0] for press in presses]),
        "to_published": percentiles([press[1] for press in presses]),
        "to_subscriber": percentiles([press[2] for press in presses]),
        "stretch_own_ms": max([stretches.TOLD_MS, *own]),
    }


def run(line, maker, updates):
    """Twenty presses of an idle keypad, then an update under presses, `updates` times."""
    compiler = build.compiler()
    mpy = build.written_version(compiler)[0]
    idle, idle_events, parts = [], [], []
    line.board.start()
    line.witness.wait_signal(STARTED, 60)
    line.press_once()
    for turn in range(updates):
        version = (0, 2, turn)
        whole = image.pack(build.build(ROOT, compiler, version), version, mpy, maker)
        place = len(line.board.events())
        idle += [line.press_once()[1:] for _ in range(20)]
        idle_events += line.board.events(place)
        parts.append(line.update(image.version_number(version), whole))
    figures = {
        "idle": figures_of(idle, idle_events),
        "updating": figures_of(
            [press for part in parts for press in part["during"]],
            [event for part in parts for event in part["events"]],
        ),
    }
    figures["updating"]["while_unpacking"] = sum(part["unpacking"] for part in parts)
    figures["met_the_restart"] = [round(press[0]) for part in parts for press in part["met"]]
    return figures


def main(arguments):
    parser = argparse.ArgumentParser(prog="update")
    parser.add_argument("--updates", type=int, default=5)
    options = parser.parse_args(arguments)
    maker = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    figures = {}
    for broker, durable in (("in memory", False), ("on disk", True)):
        with tempfile.TemporaryDirectory() as name:
            line = Line(Path(name), maker, durable=durable)
            try:
                figures[broker] = run(line, maker, options.updates)
            finally:
                line.close()
        for what, told in figures[broker].items():
            print(f"broker {broker:10}{what:16}", told, flush=True)
    return figures
