"""Partitions and NVS of an emulated board, files each, as a factory and an installer fill them."""

import json
from pathlib import Path
from typing import Any

BLOBS = {"device", "key", "psk", "ca", "cert", "cert_key", "maker"}
BLOCK_BYTES = 4096


def make_partitions(folder: Path, **blocks: int) -> None:
    """Make `flash.LABEL`, erased, of so many blocks, unless it is there; none of 0 blocks."""
    for label, count in blocks.items():
        partition = folder / f"flash.{label}"
        if count and not partition.exists():
            partition.write_bytes(b"\xff" * BLOCK_BYTES * count)


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
