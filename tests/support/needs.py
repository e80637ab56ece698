"""Programs that tests need: missing ones skip a test on a desk and fail it in CI."""

import os
import shutil

import pytest


def needs(program):
    """The path of `program`. Without it: skipped with the reason, or failed when CI=true."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        reason = f"{program} is not installed; `make system` installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
