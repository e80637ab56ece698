"""A lone panic while a city's heartbeats and many consoles are on: how long until its COMMIT.

10,000 sites beat every 20 s (500 heartbeats a second, in batches as gateways send them), 200
consoles follow the stream; one keypad presses now and then. The receiver is a process of its own.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from alarm_receiver.web.keys import FastSigner
from alarm_wire import batch, frame
from alarm_wire.seal import HEARTBEAT
from alarm_wire.signal import Heartbeat

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from receipted import prepare, url_of  # noqa: E402 - needs the path above
from receiving import free_port, wait_for  # noqa: E402


async def beat(port, keypads, per_s, ending, count):
    """Heartbeats of all keypads, `per_s` in all, 25 in a batch."""
    signers = [FastSigner(one.key, HEARTBEAT) for one in keypads]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        number, place = 1, 0
        due = time.monotonic()
        while not ending.is_set():
            frames = []
            for _ in range(25):
                said = Heartbeat(keypads[place].device, 1, number, uptime_ms=number)
                frames.append(frame.seal_heartbeat(said, signers[place]))
                place += 1
                if place == len(keypads):
                    place, number = 0, number + 1
            answer = await http.post("/v1/signals", content=batch.pack(frames))
            count.append(len(frames) if answer.status_code == 200 else 0)
            due += 25 / per_s
            await asyncio.sleep(max(0, due - time.monotonic()))


async def console(port, token, ending):
    """One console: follows the stream and reads what comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    while not ending.is_set():
        try:
            await asyncio.wait_for(reader.read(65536), 1)
        except TimeoutError:
            continue
    writer.close()


async def press(port, keypads, presses, took):
    """One panic at a time, some tens of milliseconds apart, each from another keypad."""
    rng = random.Random(7)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        for one in rng.sample(keypads, presses):
            await asyncio.sleep(rng.uniform(0.02, 0.12))
            body = batch.pack([one.press()])
            started = time.perf_counter()
            answer = await http.post("/v1/signals", content=body)
            took.append(1000 * (time.perf_counter() - started))
            one.read(batch.unpack(answer.content)[0])


async def measure(port, token, keypads, options):
    ending, took, beats = asyncio.Event(), [], []
    background = [
        asyncio.create_task(beat(port, keypads, options.beats, ending, beats)),
        *(asyncio.create_task(console(port, token, ending)) for _ in range(options.consoles)),
    ]
    await asyncio.sleep(2)
    started = time.monotonic()
    await press(port, keypads, options.presses, took)
    rate = sum(beats) / (time.monotonic() - started + 2)
    ending.set()
    await asyncio.gather(*background)
    return took, rate


def main(arguments):
    parser = argparse.ArgumentParser(prog="make bench ARGS='panic ...'")
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--beats", type=int, default=500)
    parser.add_argument("--consoles", type=int, default=200)
    parser.add_argument("--presses", type=int, default=200)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        keypads = prepare(url_of(folder), folder, options.sites)
        port = free_port()
        command = [sys.executable, "-m", "alarm_receiver", "serve", "--data", folder]
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=(Path(folder) / "log").open("w"),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            token = set_up(port, Path(folder) / "log")
            took, rate = asyncio.run(measure(port, token, keypads, options))
        finally:
            process.terminate()
            process.wait(20)
    took.sort()
    figures = {
        "heartbeats_per_s": rate,
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[int(len(took) * 0.99)],
        "max_ms": took[-1],
    }
    print(
        f"{options.presses} presses among {rate:.0f} heartbeats/s and {options.consoles} consoles: "
        f"p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, "
        f"longest {figures['max_ms']:.1f} ms, over HTTP and back after COMMIT"
    )
    return figures


def set_up(port, log):
    def link():
        for line in log.read_text().splitlines():
            said = json.loads(line) if line.startswith("{") else {}
            if said.get("what") == "setup":
                return said["link"]
        return None

    token = wait_for(link, 30).rsplit("/", 1)[1]
    body = {"token": token, "name": "Bench", "password": secrets.token_hex(12)}
    url = f"http://127.0.0.1:{port}/v1/setup"

    def made():
        try:
            answer = httpx.post(url, json=body, timeout=10)
        except httpx.HTTPError:
            return None
        return answer.json()["token"]

    return wait_for(made, 30)
