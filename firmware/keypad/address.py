"""Tells a dotted address from a name. Pure; apart from `dns`, which dotted addresses need not."""

from micropython import const

_PARTS = const(4)
_PART_MAX = const(255)


def is_address(host: str) -> bool:
    """Whether `host` is a dotted address already: four numbers up to 255."""
    parts = host.split(".")
    return len(parts) == _PARTS and all(part.isdigit() and int(part) <= _PART_MAX for part in parts)
