"""Keyholders over the API, and the words by which they are known.

It promises that a duress word raises the site's emergency in the same transaction in which it is
written down, whatever ticket it was said on, that the other receiver of a pair can ask for it from
then on, and that nothing on the caller's side can tell it
from the password.
"""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from alarm_receiver.domain.ticket import Act
from alarm_receiver.store import boards, deeds, pair, premises, registry, tickets, troubles
from alarm_receiver.store.registry import NotFound
from alarm_receiver.web.access import Desk, Installer, Parts, Who
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.site_forms import KeyholderForm, KeyholderShown, WordForm, WordShown
from alarm_receiver.web.turns import PASSWORDS

router = APIRouter(prefix="/v1/sites/{id}/keyholders", tags=["sites"])
CHANGES = answers(401, 403, 404, 409, 422, 503)


@router.get("", responses=answers(401, 404))
def list_keyholders(id: str, parts: Parts, who: Who) -> list[KeyholderShown]:
    """Whom to call for a site, in order."""
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        return [_shown(row) for row in premises.keyholders(connection, id)]


@router.post("", status_code=201, responses=CHANGES)
def put_keyholder(id: str, form: KeyholderForm, parts: Parts, who: Installer) -> KeyholderShown:
    """Add a keyholder in his rank; whoever had the rank is replaced."""
    _check_words(form.password, form.duress)
    values: dict[str, Any] = form.model_dump()
    for word in ("password", "duress"):
        values[word] = PASSWORDS.hash(_plain(values[word])) if values[word] else None
    keyholder, now_ms = str(uuid.uuid4()), parts.clock.now_ms()

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        premises.put_keyholder(connection, keyholder, id, values)
        deeds.write(connection, who, "put_keyholder", id, now_ms, rank=form.rank)

    parts.writer.do(put)
    return _shown({"id": keyholder, **values})


@router.put("/{keyholder}", responses=CHANGES)
def change_keyholder(
    id: str, keyholder: str, form: KeyholderForm, parts: Parts, who: Installer
) -> KeyholderShown:
    """Change a keyholder. His words stay as they are when both are left out.

    Whoever has the rank keeps it: choose another one (409).
    """
    _check_words(form.password, form.duress)
    values: dict[str, Any] = form.model_dump()
    for word in ("password", "duress"):
        values[word] = PASSWORDS.hash(_plain(values[word])) if values[word] else None
    if not form.password and not form.duress:
        del values["password"], values["duress"]
    now_ms = parts.clock.now_ms()

    def change(connection: Connection) -> dict[str, Any]:
        registry.site_by_id(connection, who.agency, id)
        premises.change_keyholder(connection, id, keyholder, values)
        told = {"rank": form.rank, "keyholder": keyholder, "words": "password" in values}
        deeds.write(connection, who, "put_keyholder", id, now_ms, **told)
        (row,) = [one for one in premises.keyholders(connection, id) if one["id"] == keyholder]
        return row

    return _shown(parts.writer.do(change))


@router.delete("/{keyholder}", status_code=204, responses=CHANGES)
def drop_keyholder(id: str, keyholder: str, parts: Parts, who: Installer) -> None:
    """Remove a keyholder."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        premises.drop_keyholder(connection, id, keyholder)
        deeds.write(connection, who, "drop_keyholder", id, now_ms, keyholder=keyholder)

    parts.writer.do(drop)


@router.post("/{keyholder}/word", responses=CHANGES)
def check_word(id: str, keyholder: str, form: WordForm, parts: Parts, who: Desk) -> WordShown:
    """Check a word that a keyholder said on the phone.

    Duress: stay calm, go on as if it were right, and send help. The ticket is a confirmed, silent
    duress by then; one that is no emergency or is closed has raised or opened the site's emergency,
    which `ticket` in the answer names.
    """
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        boards.check_agency(connection, who.agency, form.ticket)
        about = tickets.read(connection, form.ticket)
        found = [one for one in premises.keyholders(connection, id) if one["id"] == keyholder]
        known_by = pair.known_by(connection, id)
    if not found:
        raise NotFound(f"no keyholder {keyholder}")
    if about.site != id:
        raise NotFound(f"ticket {about.number} is about another site than this keyholder's")
    word = _plain(form.word)
    # Both are checked in any case: the time taken does not tell which one it was.
    right = bool(found[0]["password"]) and PASSWORDS.verify(word, found[0]["password"])
    duress = bool(found[0]["duress"]) and PASSWORDS.verify(word, found[0]["duress"])
    result = "duress" if duress else "right" if right else "wrong"
    now_ms = parts.clock.now_ms()

    actor, name = f"operator:{who.name}", str(found[0]["name"])
    said = troubles.Said(name, str(uuid.uuid4()), known_by[0] if known_by else "")

    def note(connection: Connection) -> str:
        if duress:
            return troubles.duress(
                connection,
                tickets.read(connection, form.ticket),
                said,
                actor=actor,
                policies=parts.policies,
                now_ms=now_ms,
            ).id
        detail: dict[str, object] = {"target": "keyholder", "who": name, "result": f"word {result}"}
        return tickets.act(
            connection,
            form.ticket,
            Act.CALL,
            version=None,
            now_ms=now_ms,
            actor=actor,
            detail=detail,
            policies=parts.policies,
        ).id

    return WordShown(result=result, ticket=parts.writer.do(note))


def _plain(word: str) -> str:
    """Words are compared without case and space: they are said, not typed."""
    return "".join(word.casefold().split())


def _check_words(password: str | None, duress: str | None) -> None:
    if not duress:
        return
    if not password:
        raise ApiError(422, "a duress word needs a password beside it")
    one, other = _plain(password), _plain(duress)
    near = one.isdigit() and other.isdigit() and abs(int(one) - int(other)) <= 10  # noqa: PLR2004 - a slip of a digit
    if one == other or near:
        raise ApiError(422, "the duress word must be far from the password: no slip may say it")


def _shown(row: dict[str, Any]) -> KeyholderShown:
    return KeyholderShown(
        id=row["id"],
        rank=row["rank"],
        name=row["name"],
        phone=row["phone"],
        language=row["language"],
        hours=row["hours"],
        has_password=row["password"] is not None,
        has_duress=row["duress"] is not None,
    )
