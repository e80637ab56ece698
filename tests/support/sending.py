"""`holdfast` as its users run it beside a whole line, and images for the line's keypads."""

import os
import subprocess
import sys
from pathlib import Path

from hardware.emulated_board.board import ROOT
from holdfast.flash import build
from holdfast.release import image

HOLDFAST = Path(sys.executable).with_name("holdfast")
NEW = (0, 2, 0)


def send(line, *words, code=0, wait_s=460):
    """What `holdfast send` says at the receiver of `line`, whose administrator's token it has."""
    token = line.api.headers["authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        [HOLDFAST, "send", *words, "--receiver", line.console.rstrip("/")],
        cwd=line.folder,
        env={**os.environ, "HOLDFAST_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=wait_s,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def built(version=NEW):
    """The application's files, compiled, as `version`."""
    return build.build(ROOT, build.compiler(), version)


def pack(files, maker, version=NEW):
    """A signed image of them."""
    return image.pack(files, version, build.written_version(build.compiler())[0], maker)
