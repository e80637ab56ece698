"""The gateway: a lone press warm and after silence, throughput, memory, and loss beside its peers.

    make bench ARGS="gateway [--presses 200] [--silence 90] [--signals 20000] [--seconds 30]"

Loss: the far end is away for 10 s while 200 signals a second come in; each relay gets the same
signals from the same broker set-up, one after the other, and each loss is counted against the
publisher's own ledger. Node-RED (npm) and a mosquitto bridge run as their makers ship them.
"""

import argparse
import json
import resource
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from gateway_zygote import Zygote  # noqa: E402
from holdfast.brokers import Mosquitto  # noqa: E402
from ledger import ReceiverProcess  # noqa: E402
from premises import KEYPAD, Premises, until  # noqa: E402
from receiving import Client, Process  # noqa: E402
from receiving import Keypad as Registered  # noqa: E402
from tests.load import peers  # noqa: E402 - needs the path above
from tests.load.machine import cpu_s  # noqa: E402
from tests.load.mqtt_flood import Flood  # noqa: E402

RATE = 200
AWAY_S = 10
TOPIC = f"holdfast/1/{KEYPAD}/signal"
KINDS = (1, 32, 96)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def memory_mb(pid):
    """Highest resident memory of a process so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def registered_site(folder, zygote, process):
    """A site whose gateway and keypad the real receiver in `process` knows; polled as by SP5."""
    site = Premises(folder, zygote, receivers=0)
    client = Client(process.url())
    client.set_up(process.said("setup")["link"].rsplit("/", 1)[1])
    where = client.site()
    for device, kind in ((site.keypad, "keypad"), (site.gateway, "gateway")):
        client.register(Registered(device.id, device.key), where, kind=kind)
    site.receivers = [client]
    site.configure()
    site.config.write_text(site.config.read_text().replace("heartbeat_s = 0.2\n", ""))
    site.receivers = []
    client.close()
    return site.start()


def committed_ms(process, flood, keypad, number):
    """Publish one press; milliseconds until the receiver's `committed` hop."""
    at = time.time()
    flood.publish(TOPIC, keypad.signal(number, 1, sent_ms=number))

    def hop():
        for line in reversed(process.lines[-20:]):
            one = json.loads(line) if line.startswith("{") else {}
            if (one.get("hop"), one.get("device")) == ("committed", KEYPAD):
                return one if one["number"] == number else None
        return None

    return (until(hop)["at"] - at) * 1000


def lone_presses(folder, zygote, presses, silence_s, colds):
    """MQTT publish to the real receiver's COMMIT, by the hop lines of both."""
    (folder / "receiver").mkdir()
    process = Process(str(folder / "receiver"))
    site = registered_site(folder, zygote, process)
    flood = Flood(site.broker.port, "press")
    try:
        warm, cold = [], []
        for number in range(1, presses + 1):
            warm.append(committed_ms(process, flood, site.keypad, number))
            time.sleep(0.05)
        for nth in range(1, colds + 1):
            time.sleep(silence_s)
            cold.append(committed_ms(process, flood, site.keypad, presses + nth))
        return {
            "warm_p50_ms": percentile(warm[20:], 0.5),
            "warm_p99_ms": percentile(warm[20:], 0.99),
            "cold_max_ms": max(cold),
            "cold_silence_s": silence_s,
            "gateway_idle_mb": memory_mb(site.pid),
        }
    finally:
        flood.close()
        site.stop()
        process.end()


def throughput(folder, zygote, signals):
    """Through broker, spool and relay to a receiver that checks and commits; not durable broker."""
    site = Premises(folder, zygote, receivers=0, broker=Mosquitto(folder / "mq", durable=False))
    keys = {one.name: one.key.hex() for one in (site.gateway, site.keypad)}
    receiver = ReceiverProcess(folder / "receiver.db", keys).start()
    try:
        site.receivers = [receiver]
        site.configure()
        site.receivers = []
        site.start()
        frames = [site.keypad.signal(number, KINDS[number % 3]) for number in range(1, signals + 1)]
        flood = Flood(site.broker.port, "flood", under_way_max=2000)
        before, started = cpu_s(site.pid), time.monotonic()
        for frame in frames:
            flood.publish(TOPIC, frame)
        until(lambda: count(receiver.path) >= signals, "all signals", 120)
        took = time.monotonic() - started
        used = cpu_s(site.pid) - before
        flood.close()
        return {
            "signals_per_s": signals / took,
            "gateway_cpu_us": used / signals * 1e6,
            "gateway_mb": memory_mb(site.pid),
        }
    finally:
        site.stop()
        receiver.kill()


def count(path, device=KEYPAD):
    db = sqlite3.connect(path, timeout=10)
    try:
        found = db.execute("SELECT count(*) FROM signal WHERE device = ?", (device,)).fetchone()
        return found[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


def loss(folder, relay, seconds):
    """RATE signals a second for `seconds`; the far end is away for AWAY_S in the middle."""
    far = relay(folder)
    try:
        total = RATE * seconds
        frames = [far.keypad.signal(n, KINDS[n % 3], sent_ms=n) for n in range(1, total + 1)]
        flood = Flood(far.broker_port, "loss")
        cut = threading.Timer(seconds / 3, far.away)
        back = threading.Timer(seconds / 3 + AWAY_S, far.back)
        cut.start()
        back.start()
        started = time.monotonic()
        for number, frame in enumerate(frames, 1):
            flood.publish(TOPIC, frame)
            wait_s = started + number / RATE - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
        flood.settle(total)
        back.join()
        last, quiet_since = -1, time.monotonic()
        while time.monotonic() - quiet_since < 15:  # nothing more comes for 15 s: it is over
            numbers = far.numbers()
            if len(numbers) != last:
                last, quiet_since = len(numbers), time.monotonic()
            if len(set(numbers)) == total:
                break
            time.sleep(0.25)
        numbers = far.numbers()
        return {
            "sent": total,
            "lost": total - len(set(numbers)),
            "arrived_twice": len(numbers) - len(set(numbers)),
            "mb": memory_mb(far.pid) if far.pid else 0.0,
        }
    finally:
        far.stop()


def main(arguments):
    parser = argparse.ArgumentParser(prog="gateway")
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--silence", type=int, default=90)
    parser.add_argument("--colds", type=int, default=2)
    parser.add_argument("--signals", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    zygote = Zygote()
    figures = {}
    root = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
    try:
        for name in ("press", "flood", "ours", "mosquitto_bridge", "node_red"):
            (root / name).mkdir()
        figures["lone_press"] = lone_presses(
            root / "press", zygote, options.presses, options.silence, options.colds
        )
        show("lone press, publish to commit", figures["lone_press"])
        figures["throughput"] = throughput(root / "flood", zygote, options.signals)
        show("throughput", figures["throughput"])
        figures["loss"] = {}
        runs = [
            ("ours", lambda folder: peers.Ours(folder, zygote)),
            ("mosquitto_bridge", peers.MosquittoBridge),
        ]
        program = peers.node_red()
        if program:
            runs.append(("node_red", lambda folder: peers.NodeRed(folder, program)))
        else:
            print("  Node-RED: not run, npm could not install it")
        for name, relay in runs:
            figures["loss"][name] = loss(root / name, relay, options.seconds)
            show(f"far end away {AWAY_S} s at {RATE}/s: {name}", figures["loss"][name])
        return figures
    finally:
        zygote.stop()
        shutil.rmtree(root, ignore_errors=True)


def show(title, figures):
    told = ", ".join(
        f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in figures.items()
    )
    print(f"  {title}: {told}", flush=True)
