"""alerta-server as users run it, for a side by side: its own environment, our PostgreSQL, gunicorn.

It is no dependency of the project: the benchmark installs it once under var/bench, and says so when
it cannot. Of gunicorn's workers one process with 16 threads did best here (sync 79/s, two sync
workers 128/s, 16 threads 143/s at 32 clients). Sign-in is off, its plugins are its defaults.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

VERSION = "9.1.0"
PLACE = Path("var/bench/alerta")
NEEDED = (f"alerta-server=={VERSION}", "gunicorn", "psycopg2-binary")
TIMEOUT_S = 60


class MissingError(Exception):
    """alerta-server is not here and cannot be had."""


def install():
    """Its folder of programs; made at the first time. Raises MissingError."""
    programs = (PLACE / "bin").absolute()
    if not (programs / "gunicorn").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", PLACE], check=True, capture_output=True)
            command = [programs / "python", "-m", "pip", "install", "--quiet", *NEEDED]
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            raise MissingError(said[-1] if said else "pip failed") from error
    return programs


@contextmanager
def running(folder, url, port):
    """The server on `port` with the empty database `url`; gives the pid of gunicorn."""
    programs = install()
    settings = folder / "alertad.conf"
    settings.write_text(f"DATABASE_URL = {url!r}\nAUTH_REQUIRED = False\nSECRET_KEY = 'bench'\n")
    command = [programs / "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    process = subprocess.Popen(
        [*command, "--workers", "1", "--threads", "16", "alerta.app:create_app()"],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("w"),
        env={**os.environ, "ALERTA_SVR_CONF_FILE": str(settings), "PYTHONPATH": ""},
        cwd=folder,
    )
    try:
        deadline = time.monotonic() + TIMEOUT_S
        while not answers(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise MissingError((folder / "log").read_text()[-300:])
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/management/gtg")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def bodies(place, count, sites):
    """`count` alarms as its API takes them, of one sender after the other."""
    made = []
    for number in range(count):
        said = {
            "resource": f"site {(place + number) % sites}",
            "event": "panic",
            "environment": "Production",
            "severity": "critical",
            "service": ["keypads"],
            "value": str(number),
        }
        made.append(json.dumps(said).encode())
    return made
