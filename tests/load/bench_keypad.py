"""The keypad alone: contact to subscriber, broker away or frozen, lateness, heap; this machine.

make bench ARGS="keypad --presses 300"
"""

import argparse
import os
import signal as signals
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), "firmware"]

import stretches  # noqa: E402  # the support folder comes first
from alarm_wire.signal import PANIC, STARTED  # noqa: E402
from hardware.emulated_board import EmulatedBoard  # noqa: E402
from holdfast.brokers import Mosquitto  # noqa: E402
from witness import DEVICE, KEY, Witness  # noqa: E402


def percentiles(values):
    ordered = sorted(values)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
        "max_ms": round(ordered[-1], 1),
    }


class Bench:
    """A keypad, a broker, a second broker, and a witness at each."""

    def __init__(self, folder, *, durable=True, **how):
        self.broker = Mosquitto(folder / "first", durable=durable)
        self.second = Mosquitto(folder / "second")
        self.broker.start()
        self.second.start()
        self.board = EmulatedBoard(folder / "keypad", **how)
        self.board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=self.broker.port)
        self.board.provision(trace=True, heartbeat_s=1)
        self.witness = Witness(self.broker.port)

    def press(self, witness=None):
        """Milliseconds from contact to subscriber; the finger comes off again."""
        at = self.board.press()
        arrival = (witness or self.witness).wait_signal(PANIC, 60, since=at)
        self.board.release()
        return (arrival.at - at) * 1000

    def close(self):
        self.board.stop()
        self.witness.stop()
        self.broker.stop()
        self.second.stop()


def presses(folder, count, **how):
    """Contact closed to MQTT subscriber, idle keypad; what it says of itself meanwhile."""
    bench = Bench(folder, environment=stretches.ASKED, **how)
    try:
        bench.board.start()
        bench.witness.wait_signal(STARTED)
        latencies = []
        for _ in range(count):
            latencies.append(bench.press())
            bench.board.wait_lamp("stored")
        beats = [a.beat for a in bench.witness.arrivals if a.beat][1:]
        figures = percentiles(latencies)
        figures["lateness_p50_ms"] = statistics.median(beat.lateness_ms for beat in beats)
        figures["lateness_max_ms"] = max(beat.lateness_ms for beat in beats)
        # by the wall it holds the machine's other work too; by the processor only the keypad's own
        figures["stretch_wall_ms"], figures["stretch_own_ms"] = stretches.longest(bench.board)
        figures["heap_free_first"] = beats[0].heap_free
        figures["heap_free_least"] = min(beat.heap_free for beat in beats)
        return figures
    finally:
        bench.close()


def away(folder, seconds):
    """Broker killed, press, broker back after `seconds`: from kill to subscriber."""
    bench = Bench(folder)
    try:
        bench.board.start()
        bench.witness.wait_signal(STARTED)
        bench.broker.kill()
        killed = time.time()
        threading.Timer(seconds, bench.broker.start).start()
        bench.board.press()
        bench.board.wait_hop("taken")
        arrival = bench.witness.wait_signal(PANIC, 60)
        return {"away_s": seconds, "delivered_s": round(arrival.at - killed, 2)}
    finally:
        bench.close()


def frozen(folder):
    """First broker frozen, second address given: from the freeze to the second's subscriber."""
    bench = Bench(folder)
    bench.board.provision(host_2="127.0.0.1", port_2=bench.second.port)
    other = Witness(bench.second.port)
    try:
        bench.board.start()
        bench.witness.wait_signal(STARTED)
        os.kill(bench.broker._process.pid, signals.SIGSTOP)
        frozen_at = time.time()
        bench.board.press()
        arrival = other.wait_signal(PANIC, 60)
        return {"second_address_s": round(arrival.at - frozen_at, 2)}
    finally:
        os.kill(bench.broker._process.pid, signals.SIGCONT)
        other.stop()
        bench.close()


def main(arguments):
    parser = argparse.ArgumentParser(prog="keypad")
    parser.add_argument("--presses", type=int, default=300)
    options = parser.parse_args(arguments)
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures["press"] = presses(folder / "a", options.presses)
        print("press to subscriber", figures["press"], flush=True)
        figures["press_64_kb"] = presses(folder / "b", options.presses, compiled=True, heap_kb=64)
        print("the same in 64 KB  ", figures["press_64_kb"], flush=True)
        figures["away"] = []
        for seconds in (0.3, 1.0, 3.0):
            figures["away"].append(away(folder / f"c{seconds}", seconds))
            print("broker away        ", figures["away"][-1], flush=True)
        figures["frozen"] = [frozen(folder / f"d{turn}") for turn in range(3)]
        print("broker frozen      ", figures["frozen"], flush=True)
    return figures
