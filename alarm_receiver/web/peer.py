"""What the other receiver asks: what our people have done about its live tickets.

It promises an answer from what is committed here, that only who knows the secret gets one, and
that asking changes nothing: each side writes in its own store alone.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import Field

from alarm_receiver.domain.pair import Over
from alarm_receiver.store import pair
from alarm_receiver.web.access import Parts
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form

router = APIRouter(prefix="/v1/peer", tags=["peer"])

Device = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Counter = Annotated[int, Field(ge=0, lt=2**63)]


class Asked(Form):
    """A live ticket of the other receiver, by what it is about."""

    ticket: Annotated[str, Field(max_length=36)]
    opened_ms: Counter
    signals: Annotated[list[tuple[Device, Counter, Counter]], Field(max_length=pair.SIGNALS_MAX)]
    others: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(max_length=pair.OTHERS_MAX)
    ]
    whole: bool


class Questions(Form):
    """What the other receiver wants to know."""

    tickets: Annotated[list[Asked], Field(max_length=pair.TICKETS_MAX)]


class Told(Form):
    """What our people have done about one of them, and who."""

    ticket: str
    over: Over
    by: str
    outcome: str


class HeardWord(Form):
    """A duress word that our people were told on a live emergency, and the devices of its site."""

    word: str
    keyholder: str
    by: str
    known_by: str
    devices: list[str]


class Answers(Form):
    """An answer to each question, in order, and the duress words that people here were told."""

    tickets: list[Told]
    words: list[HeardWord]


@router.post("/claims", responses=answers(401, 422, 503))
def claims(form: Questions, parts: Parts, authorization: Annotated[str, Header()] = "") -> Answers:
    """Tell the other receiver what people here have taken or closed; only it knows the secret."""
    secret = parts.settings.peer_secret.get_secret_value()
    given = authorization.removeprefix("Bearer ").encode()
    if not secret or not hmac.compare_digest(given, secret.encode()):
        raise ApiError(401, "only the other receiver may do this")
    asked = [
        pair.Question(one.ticket, one.opened_ms, one.signals, one.others, one.whole)
        for one in form.tickets
    ]
    with parts.reader.connect() as connection:
        words = pair.answer(connection, asked)
        heard = pair.heard(connection)
    return Answers(
        tickets=[
            Told(ticket=one.ticket, over=said.over, by=said.by, outcome=said.outcome)
            for one, said in zip(asked, words, strict=True)
        ],
        words=[HeardWord(**asdict(one)) for one in heard],
    )
