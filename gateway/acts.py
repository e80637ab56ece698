"""What the relay asks of the shell: frames to send, and what to do with the answers. Data alone.

Nothing here is changed after it was made. It is not frozen all the same: each signal makes some of
these, and a frozen one takes three times as long to make.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Frame:
    """One frame of an order: whose, which, and its bytes as sent; no content: a heartbeat."""

    device: bytes
    epoch: int
    number: int
    content: bytes
    bytes: bytes


@dataclass(slots=True)
class Order:
    """Send these frames, in this order, to this receiver; then say `answered` or `failed`."""

    receiver: int
    lane: int
    frames: tuple[Frame, ...]


@dataclass(slots=True)
class Tell:
    """Hand this receipt to the device that it is for."""

    frame: Frame
    receipt: bytes
    state: int


@dataclass(slots=True)
class Done:
    """Every receiver has answered for this content and one has it: the spool may drop it."""

    content: bytes


@dataclass(slots=True)
class Safe:
    """One receiver has this content; another has yet to answer."""

    content: bytes


@dataclass(slots=True)
class Refuse:
    """Every receiver refused this frame: out of the spool, into the quarantine."""

    frame: Frame
    reason: int


@dataclass(slots=True)
class Doubt:
    """A receiver refused this heartbeat or this signal; count it by `reason`."""

    frame: Frame
    reason: int
    receiver: int


@dataclass(slots=True)
class Heard:
    """A receiver heard this heartbeat, and could check its seal."""

    frame: Frame
    receiver: int


Act = Tell | Done | Safe | Refuse | Doubt | Heard
