"""Build hook: the wheel's dependencies are requirements/run.in, so that they stand once."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Dependencies(MetadataHookInterface):
    """Fills `dependencies` from requirements/run.in."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read one requirement a line; comments and blank lines are passed over."""
        lines = Path(self.root, "requirements", "run.in").read_text("utf-8").splitlines()
        wanted = [line.split("#")[0].strip() for line in lines]
        metadata["dependencies"] = [line for line in wanted if line]
