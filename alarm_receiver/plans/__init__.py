"""The response plans that come with the receiver, as TOML; an agency's own files win over them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from alarm_receiver.config import Misconfigured
from alarm_receiver.domain.plan import PlanError, Plans, read

HERE = Path(__file__).parent


def read_plans(own: Path) -> Plans:
    """All plans: files in the folder `own` first, then ours. Raises Misconfigured."""
    files = {path.stem: path for folder in (HERE, own) for path in sorted(folder.glob("*.toml"))}

    def load(name: str) -> dict[str, Any]:
        path = files.get(name)
        if path is None:
            raise PlanError(
                f"no plan file {name}.toml in {own} or {HERE}; `inherits` names one of them"
            )
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PlanError(f"{path}: {error}") from error

    try:
        return Plans({name: read(name, load) for name in files})
    except PlanError as error:
        raise Misconfigured(f"response plans: {error}; mend the file or remove it") from error
