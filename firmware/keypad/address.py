"""Tells a dotted address from a name. Pure; apart from `dns`, which dotted addresses need not."""

from micropython import const

_PARTS = const(4)
_PART_MAX = const(255)


def is_address(host: str) -> bool:
    """Whether `host` is a dotted address already: four numbers up to 255."""
    parts = host.split(".")
    for part in parts:
        if not part.isdigit() or int(part) > _PART_MAX:
            return False
    return len(parts) == _PARTS
