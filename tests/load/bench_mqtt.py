"""The keypad's MQTT client alone: QoS 1 publish to PUBACK, 200 bytes, broker and port are real.

make bench ARGS="mqtt --publishes 300"

mqtt_as is on no package registry, so it cannot run here beside ours. The figures that ours stand
against were taken side by side on one machine with mqtt_as 0.8.3: 100.2 to 100.8 ms to PUBACK (it
looks each 100 ms), 8.1 s after a broker was away for 0.3, 1 or 3 s, and no way back into a session
that the broker had kept. `make bench ARGS=keypad` tells the same outages of our whole keypad.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hardware.emulated_board.compiled import find_interpreter
from holdfast.brokers import Mosquitto

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, json, sys, time
from keypad.clock import Uptime
from keypad.mqtt import Client, Login
port, count = int(sys.argv[1]), int(sys.argv[2])
async def main():
    login = Login("bench", "bench", "", will_topic="bench/will", keepalive_s=15)
    client = Client(login, "bench/in", lambda body: None, Uptime())
    await client.connect(("127.0.0.1", port))
    asyncio.create_task(client.run())
    took = []
    for number in range(count):
        since = time.ticks_us()
        await client.publish("bench/out", bytes(200), number)
        while number in client._in_flight:
            await asyncio.sleep_ms(0)
        took.append(time.ticks_diff(time.ticks_us(), since))
    print(json.dumps(took))
asyncio.run(main())
"""


def main(arguments):
    parser = argparse.ArgumentParser(prog="mqtt")
    parser.add_argument("--publishes", type=int, default=300)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        port = broker.start()
        program = Path(folder) / "publish.py"
        program.write_text(PROGRAM, "utf-8")
        try:
            ran = subprocess.run(
                [find_interpreter(), program, str(port), str(options.publishes)],
                env={**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:{ROOT}:.frozen"},
                stdout=subprocess.PIPE,
                stderr=sys.stderr,
                timeout=120,
                check=True,
            )
        finally:
            broker.stop()
    took = sorted(microseconds / 1000 for microseconds in json.loads(ran.stdout))
    figures = {
        "puback_p50_ms": round(took[len(took) // 2], 3),
        "puback_p99_ms": round(took[int(len(took) * 0.99)], 3),
        "puback_max_ms": round(took[-1], 3),
    }
    print("publish to PUBACK   ", figures, flush=True)
    return figures
