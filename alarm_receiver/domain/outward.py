"""Which addresses a receiver may be sent to by a URL that somebody typed in. Pure.

It promises that an endpoint cannot make the receiver knock at its own door, its neighbours' or a
cloud's metadata service: only addresses of the public internet pass, and the networks that the
configuration names. The rule is asked for addresses, never for names: a name may change its mind.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

NAT64 = ip_network("64:ff9b::/96")
"""IPv6 addresses that a translator turns into IPv4 ones (RFC 6052): the last four bytes count."""
NAT64_LOCAL = ip_network("64:ff9b:1::/48")
"""Likewise inside one network (RFC 8215); who sits behind it nobody can tell from here."""
COMPATIBLE = ip_network("::/96")


def networks(text: str) -> tuple[Network, ...]:
    """The networks in `text`, with commas between them. Raises ValueError."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def refused(address: str, allowed: Iterable[Network]) -> str:
    """Why `address` must not be connected to; empty when it may."""
    try:
        found = _inner(ip_address(address.partition("%")[0]))
    except ValueError:
        return f"{address} is no address"
    if any(found.version == one.version and found in one for one in allowed):
        return ""
    if found.is_global and not found.is_multicast and found not in NAT64_LOCAL:
        return ""
    return (
        f"{address} is not on the public internet; if an agency's system is really there, "
        "name its network in HOLDFAST_RECEIVER_WEBHOOK_NETWORKS"
    )


def literal(host: str) -> str:
    """The address that `host` is, if it is one and no name; else empty."""
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
