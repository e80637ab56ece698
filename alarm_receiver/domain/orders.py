"""What a device shall have: new settings or a new image, from wanted to taken. Pure.

It promises that an order ends only by what the device itself says under its seal, by the person
who calls it off, or because a device that is heard does not answer it; and that every other end
has a reason that can be shown. `NEXT` is the whole rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_wire import parcel
from alarm_wire.signal import CONFIG_CHANGED, FETCHING, UPDATED

if TYPE_CHECKING:
    from collections.abc import Sequence

WAIT_MS_MIN = 5_000
WAIT_MS_MAX = 60_000
TRIAL_MS = 180_000
"""A trial ends after two minutes (firmware/keypad/trial.py); before that nothing is sent again."""
TRIES_MAX = 12
"""So often the same is sent to a device that is heard and says nothing."""
KINDS = (CONFIG_CHANGED, UPDATED, FETCHING)
"""Signals that speak of orders."""


class What(StrEnum):
    """What is ordered."""

    SETTINGS = "settings"
    IMAGE = "image"


class State(StrEnum):
    """Where an order stands."""

    WANTED = "wanted"
    SENT = "sent"
    TRYING = "trying"
    TAKEN = "taken"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    CALLED_OFF = "called_off"


class Act(StrEnum):
    """What moves it."""

    ORDER = "order"
    HAND_OUT = "hand_out"
    ASK = "ask"
    TRY = "try"
    TAKE = "take"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    GIVE_UP = "give_up"
    CALL_OFF = "call_off"


LIVE = (State.WANTED, State.SENT, State.TRYING)

NEXT: dict[tuple[State | None, Act], State] = {
    (None, Act.ORDER): State.WANTED,
    (State.WANTED, Act.HAND_OUT): State.SENT,
    (State.SENT, Act.HAND_OUT): State.SENT,
    (State.TRYING, Act.HAND_OUT): State.TRYING,
    (State.SENT, Act.ASK): State.SENT,
    (State.TRYING, Act.ASK): State.SENT,
    (State.SENT, Act.TRY): State.TRYING,
    (State.TRYING, Act.TRY): State.TRYING,
    (State.SENT, Act.TAKE): State.TAKEN,
    (State.TRYING, Act.TAKE): State.TAKEN,
    (State.SENT, Act.REFUSE): State.REFUSED,
    (State.TRYING, Act.REFUSE): State.REFUSED,
    (State.SENT, Act.TAKE_BACK): State.TAKEN_BACK,
    (State.TRYING, Act.TAKE_BACK): State.TAKEN_BACK,
    (State.SENT, Act.GIVE_UP): State.REFUSED,
    (State.TRYING, Act.GIVE_UP): State.REFUSED,
    (State.WANTED, Act.CALL_OFF): State.CALLED_OFF,
    (State.SENT, Act.CALL_OFF): State.CALLED_OFF,
    (State.TRYING, Act.CALL_OFF): State.CALLED_OFF,
}
SILENT = (
    "the device is heard and does not answer: has it another key, or a firmware that takes no "
    "orders? Look at it, then order again"
)


IMAGE_REASONS = {
    parcel.NO_MAKER: "the keypad has no maker's key: provision it with --maker",
    parcel.UNSIGNED: "the keypad's maker has not signed it, or it was changed on the way",
    parcel.OLD: "the keypad has confirmed this version or a newer one before",
    parcel.OTHER_MICROPYTHON: "it is for another MicroPython than the keypad's: update by cable",
    parcel.BROKEN_IMAGE: "it holds a file that has no place on a keypad",
    parcel.NO_ROOM: "the keypad has no room for it, in its memory or its file system",
}


class NotOrdered(Exception):
    """It cannot be ordered, or not be called off; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Said:
    """A signal of a device that may speak of an order."""

    kind: int
    value: int
    zone: int


@dataclass(frozen=True, slots=True)
class Move:
    """What a signal means for an order, why when it ends badly, and the piece that is wanted."""

    act: Act
    reason: str = ""
    place: int = 0


def heard(counter: int, names: Sequence[str], said: Said) -> Move | None:
    """What `said` means for new settings with this counter; None: it speaks of something else.

    `names` are the settings' names, sorted: the device names the one it refuses by its place.
    """
    if said.kind != CONFIG_CHANGED or abs(said.value) != counter:
        return None
    if said.value > 0:
        return Move(Act.TAKE if said.zone == parcel.STAY else Act.TRY)
    if said.zone == parcel.TAKEN_BACK:
        return Move(
            Act.TAKE_BACK,
            "with them no receiver answered for two minutes; the settings before are back",
        )
    return Move(Act.REFUSE, _why(names, said.zone))


def fetched(version: int, pieces: int, said: Said) -> Move | None:
    """What `said` means for the image of `version` in so many `pieces`; None: nothing."""
    if said.kind == FETCHING and said.value == version:
        if said.zone >= pieces:
            return Move(Act.TRY, place=pieces)
        return Move(Act.ASK, place=said.zone)
    if said.kind != UPDATED or abs(said.value) not in {0, version}:
        return None
    if said.value == version:
        return Move(Act.TAKE, place=pieces)
    if said.value == -version:
        return Move(
            Act.TAKE_BACK,
            "it did not start, or no receiver answered with it; the image before runs again",
        )
    return Move(Act.REFUSE, IMAGE_REASONS.get(said.zone, "the keypad refuses it and says no more"))


def window(place: int, pieces: int) -> range:
    """The pieces to send to a device that wants `place`: the last one again when it has all."""
    first = min(place, pieces - 1)
    return range(first, min(pieces, (first // parcel.FETCH_WINDOW + 1) * parcel.FETCH_WINDOW))


def wait_ms(state: State, tries: int) -> int:
    """How long to wait for an answer before the same is sent again."""
    if state is State.TRYING:
        return TRIAL_MS
    return int(min(WAIT_MS_MIN << min(tries, 10), WAIT_MS_MAX))


def _why(names: Sequence[str], zone: int) -> str:
    place = zone - parcel.SETTING
    if 0 <= place < len(names):
        return f"the keypad refuses the setting {names[place]}: see docs/keypad.md for what it may"
    if zone == parcel.TOGETHER:
        return "the keypad refuses them: two do not go together, or one that it needs is missing"
    if zone == parcel.BROKEN:
        return "the keypad could not read them: no JSON object, or too long"
    return f"the keypad refuses them for a reason that this receiver does not know ({zone})"
