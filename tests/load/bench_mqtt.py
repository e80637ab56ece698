"""The keypad's MQTT client alone: PUBACK, outages, heap; real broker, real MicroPython, one run.

make bench ARGS="mqtt --publishes 300"

mqtt_as is on no package registry, so it cannot run here beside ours: MQTT_AS holds what it took
when it was measured beside our prototype, on another day, on a machine of the same kind. An outage
is told from the moment when the broker dies or freezes to the first PUBACK after it; the client
publishes every 20 ms and connects again as the courier does (100 ms to 2 s, with jitter). Heap is
that of 8-byte words, from sources: ratios, not a board's. `make bench ARGS=keypad` tells the same
outages of our whole keypad.
"""

import argparse
import json
import os
import signal as signals
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alarm_wire.seal import derive
from hardware.emulated_board.compiled import find_interpreter
from holdfast.brokers import Mosquitto, free_port

ROOT = Path(__file__).parents[2]
KEY = derive(bytes(32), b"psk")
MQTT_AS = {
    "puback_p50_ms": 100.2,
    "import_kb": 27.6,
    "connected_kb": 32.8,
    "bounce_s": {0.3: 8.1, 1.0: 8.1, 3.0: 8.1},
    "frozen_8_s": 8.1,
}
AWAY_S = (0.3, 1.0, 3.0)
FROZEN_S = 8.0
PROGRAM = """
import asyncio, gc, json, os, struct, sys, time
import tls as tls_module
for name in ("Lock", "Event", "wait_for_ms", "create_task", "open_connection", "TimeoutError"):
    getattr(asyncio, name)
port, count, psk = int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
def live():
    gc.collect()
    return gc.mem_alloc()
before = live()
from keypad.clock import Uptime
from keypad.mqtt import Client, MqttError, login_packet
told = {"import": live() - before}
from alarm_wire.backoff import Backoff
made = None
if psk:
    made = tls_module.SSLContext(tls_module.PROTOCOL_TLS_CLIENT)
    made.verify_mode = tls_module.CERT_NONE
    made.set_ciphers(["TLS-PSK-WITH-AES-128-GCM-SHA256"])
    made.psk_identity = b"bench"
    made.psk_key = psk
uptime = Uptime()
def client():
    return Client(lambda topic, body: None, uptime)
def connecting(made_client):
    login = login_packet("bench", "bench", "", will_topic="bench/will", keepalive_s=15)
    return made_client.connect(("127.0.0.1", port), login, ("bench/in",), made)
async def tend(made_client):
    try:
        while True:
            await asyncio.sleep_ms(await made_client.tend(uptime.now_ms()))
    except Exception as error:
        made_client.give_up(error)
async def one(made_client, number):
    since = time.ticks_us()
    await made_client.publish("bench/out", bytes(200), number)
    while number in made_client._in_flight:
        await asyncio.sleep_ms(0)
    return time.ticks_diff(time.ticks_us(), since)
async def acknowledgements():
    before = live()
    made_client = client()
    await connecting(made_client)
    asyncio.create_task(made_client.run())
    asyncio.create_task(tend(made_client))
    await asyncio.sleep_ms(100)
    told["connected"] = told["import"] + live() - before
    told["took"] = []
    for number in range(count):
        told["took"].append(await one(made_client, number))
    print(json.dumps(told))
async def publish(made_client):
    number = 0
    try:
        while True:
            number += 1
            await one(made_client, number)
            print("%d" % time.time_ns())
            await asyncio.sleep_ms(20)
    except Exception as error:
        made_client.give_up(error)
async def outages():
    made_client = client()
    backoff = Backoff(100, 2000)
    while True:
        tasks = []
        try:
            await asyncio.wait_for_ms(connecting(made_client), 4000)
            backoff.reset()
            tasks = [asyncio.create_task(part(made_client)) for part in (publish, tend)]
            await made_client.run()
        except (OSError, MqttError, asyncio.TimeoutError):
            pass
        finally:
            for task in tasks:
                task.cancel()
            made_client.close()
        await asyncio.sleep_ms(backoff.next_ms(os.urandom(1)[0] / 255))
asyncio.run(acknowledgements() if count else outages())
"""


def program(folder, port, count=0, psk=b""):
    """The client's process; it prints one line of JSON, or with `count` 0 each PUBACK's moment."""
    path = Path(folder) / "publish.py"
    path.write_text(PROGRAM, "utf-8")
    return subprocess.Popen(
        [find_interpreter(), path, str(port), str(count), psk.hex()],
        env={**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:{ROOT}:.frozen"},
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
    )


def acknowledgements(folder, port, count, psk=b""):
    """PUBACK times, and the heap at import and connected."""
    printed, _ = program(folder, port, count, psk).communicate(timeout=120)
    if not printed.startswith("{"):
        raise RuntimeError(f"the client ended: {printed}")
    told = json.loads(printed)
    took = sorted(microseconds / 1000 for microseconds in told["took"])
    return {
        "puback_p50_ms": round(took[len(took) // 2], 3),
        "puback_p99_ms": round(took[int(len(took) * 0.99)], 3),
        "puback_max_ms": round(took[-1], 3),
        "import_kb": round(told["import"] / 1024, 1),
        "connected_kb": round(told["connected"] / 1024, 1),
    }


def first_after(client, since):
    """Seconds from `since` to the first PUBACK after it."""
    while True:
        at = int(client.stdout.readline()) / 1e9
        if at > since:
            return at - since


def outage(folder, broker, hurt, heal, seconds):
    """Seconds from `hurt` to the first PUBACK after it, when `heal` comes `seconds` later."""
    client = program(folder, broker.port)
    try:
        first_after(client, time.time())
        hurt()
        at = time.time()
        time.sleep(seconds)  # how long it is away is what is measured
        heal()
        return round(first_after(client, at + seconds / 2) + seconds / 2, 2)
    finally:
        client.kill()
        client.wait()
        client.stdout.close()


def main(arguments):
    parser = argparse.ArgumentParser(prog="mqtt")
    parser.add_argument("--publishes", type=int, default=300)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        keys.write_text(f"bench:{KEY.hex()}\n")
        psk_port = free_port()
        extra = f"listener {psk_port} 127.0.0.1\nallow_anonymous true\npsk_file {keys}\n"
        broker = Mosquitto(Path(folder) / "broker", extra=extra + "psk_hint holdfast\n")
        broker.start()

        def send(number):
            return lambda: os.kill(broker._process.pid, number)

        try:
            figures = acknowledgements(folder, broker.port, options.publishes)
            figures["psk"] = acknowledgements(folder, psk_port, options.publishes, KEY)
            figures["bounce_s"] = {
                seconds: outage(folder, broker, broker.kill, broker.start, seconds)
                for seconds in AWAY_S
            }
            freeze, thaw = send(signals.SIGSTOP), send(signals.SIGCONT)
            figures["frozen_8_s"] = outage(folder, broker, freeze, thaw, FROZEN_S)
        finally:
            broker.stop()
    figures["mqtt_as"] = MQTT_AS
    for name, ours in figures.items():
        if name != "mqtt_as":
            print(f"{name:15}", ours, "  mqtt_as:", MQTT_AS.get(name, "-"), flush=True)
    return figures
