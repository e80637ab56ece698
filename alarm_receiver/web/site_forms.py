"""What the API takes and gives about sites and their keyholders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from alarm_receiver.web.schemas import Form, Name, PageLanguage


class SiteForm(Form):
    """A protected place. `account` is the code that receivers know it by."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Corner shop", "account": "4711"}]}
    )

    name: Name
    account: Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,16}$")]


class SiteShown(BaseModel):
    """A site. `jurisdiction` chooses its response plans."""

    id: str
    name: str
    account: str
    jurisdiction: str = "generic"
    address: str = ""
    phone: str = ""
    language: str = "en"
    police_reference: str = ""
    police_response: str = "active"
    hazards: str = ""
    customer: str | None = None


class SiteDetails(Form):
    """What may be changed of a site; fields left out stay as they are."""

    name: Name | None = None
    jurisdiction: Annotated[str | None, Field(max_length=16)] = None
    address: Annotated[str | None, Field(max_length=400)] = None
    phone: Annotated[str | None, Field(max_length=40)] = None
    language: PageLanguage | None = None
    police_reference: Annotated[str | None, Field(max_length=40)] = None
    police_response: Literal["active", "withdrawn"] | None = None
    hazards: Annotated[str | None, Field(max_length=1000)] = None


class KeyholderForm(Form):
    """Whom to call for a site, in the order of `rank`.

    The words are kept as hashes. The duress word must not be the password, nor a number next to it.
    """

    rank: Annotated[int, Field(ge=1, le=99)]
    name: Name
    phone: Annotated[str, Field(min_length=1, max_length=40)]
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] = "en"
    hours: Annotated[str, Field(max_length=200)] = ""
    password: Annotated[str | None, Field(min_length=4, max_length=100)] = None
    duress: Annotated[str | None, Field(min_length=4, max_length=100)] = None


class KeyholderShown(BaseModel):
    """A keyholder; his words are never shown."""

    id: str
    rank: int
    name: str
    phone: str
    language: str
    hours: str
    has_password: bool
    has_duress: bool


class WordForm(Form):
    """A word that a keyholder said, to be checked."""

    ticket: Annotated[str, Field(max_length=36)]
    word: Annotated[str, Field(min_length=1, max_length=100)]


class WordShown(BaseModel):
    """right, wrong or duress. Duress: go on calmly, send help; the ticket says so already.

    `ticket` is where it stands: with a duress word the emergency that it raised or opened.
    """

    result: str
    ticket: str


class OnTestForm(Form):
    """How long, which zones (none: all), and why. Emergencies still alarm."""

    minutes: Annotated[int, Field(ge=1, le=240)] = 30
    zones: Annotated[
        list[Annotated[int, Field(ge=0, le=65535)]], Field(default_factory=list, max_length=200)
    ]
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class OnTestShown(BaseModel):
    """A running test; it ends by itself."""

    id: str
    site: str
    zones: list[int]
    who: str
    reason: str
    from_at: str
    until_at: str
    state: str = Field(description="running, or ending: ten minutes are left")


class HistoryShown(BaseModel):
    """How a site's emergencies ended in the jurisdiction's window, and its false-alarm ledger.

    The ledger counts the kinds of which false ones withdraw the police, as the plan names them.
    """

    outcomes: dict[str, int]
    false_alarms: int
    false_alarms_max: int
    false_alarms_left: int
    at_risk: bool
    oldest_leaves_at: str | None
    window_days: int
    false_alarm_kinds: list[str]
