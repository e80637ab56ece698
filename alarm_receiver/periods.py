"""How long records are kept, from `retention.toml` in the data folder, else from ours.

It promises that a period which cannot be is refused at the start with its place, and that ours,
which nobody has confirmed, erase nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alarm_receiver.config import read_file
from alarm_receiver.domain.retention import DAYS_MAX, DAYS_MIN, Kind, Period, Periods

FILE = "retention.toml"
OURS = Path(__file__).with_name(FILE)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Period(_Section):
    days: Annotated[int, Field(ge=DAYS_MIN, le=DAYS_MAX)]
    source: Annotated[str, Field(max_length=400)] = "to be confirmed by your own law"


class _File(_Section):
    """All of them; what an own file leaves out is as in ours."""

    confirmed_by: Annotated[str, Field(max_length=200)] = ""
    answers: _Period | None = None
    timeline: _Period | None = None
    signals: _Period | None = None
    deeds: _Period | None = None
    sessions: _Period | None = None
    strangers: _Period | None = None


def read_periods(folder: Path) -> Periods:
    """The periods in `folder`. Raises Misconfigured with file, place and what to do."""
    ours, own = read_file(OURS, _File), folder / FILE
    mine = read_file(own, _File) if own.is_file() else _File()
    found = {kind: getattr(mine, kind) or getattr(ours, kind) for kind in Kind}
    return Periods(
        {kind: Period(one.days, one.source) for kind, one in found.items()},
        mine.confirmed_by.strip(),
    )
