"""Build hook: a wheel carries the console's fonts; installing it needs neither Node nor npm.

It makes them when they are missing. An editable install needs none: the console then shows in the
system's fonts until `make assets` has run.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Assets(BuildHookInterface):  # type: ignore[type-arg]  # the builder's settings are not used
    """Runs tools/assets.py before a wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's form
        """Make what is missing; say loudly when that cannot be done."""
        root = Path(self.root)
        tool = root / "tools" / "assets.py"
        if version == "editable" or not tool.is_file():
            return
        manifest = root / "alarm_receiver" / "web" / "static" / "vendor" / "manifest.json"
        if manifest.is_file():
            return
        if subprocess.run([sys.executable, str(tool)], cwd=root, check=False).returncode:
            self.app.display_warning("this wheel has no fonts: run `make assets`, then build again")
