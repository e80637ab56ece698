"""The NVS file of an emulated board, as an installer fills it."""

import json
from pathlib import Path
from typing import Any

BLOBS = {"device", "key", "psk", "ca", "cert", "cert_key", "maker"}


def write_settings(path: Path, settings: dict[str, Any]) -> None:
    """Merge `settings` into the NVS file: BLOBS as they are, the rest as JSON."""
    values = json.loads(path.read_text("utf-8")) if path.exists() else {}
    config = json.loads(bytes.fromhex(values["config"])) if "config" in values else {}
    for name, value in settings.items():
        if name in BLOBS:
            values[name] = value.hex()
        else:
            config[name] = value
    values["config"] = json.dumps(config).encode().hex()
    path.write_text(json.dumps(values), "utf-8")
