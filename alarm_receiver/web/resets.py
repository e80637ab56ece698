"""A fresh password for somebody who has forgotten his.

It promises that the password is made here, told once to the administrator who asked, and kept as
its hash alone; and that no administrator gets at another one's account in this way.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Connection

from alarm_receiver.store import deeds, people
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.turns import PASSWORDS

router = APIRouter(prefix="/v1", tags=["team"])


class PasswordShown(BaseModel):
    """A password that was made for somebody; it is shown once."""

    name: str
    password: str


@router.post("/operators/{name}/password", responses=answers(401, 403, 404, 409, 422, 503))
def reset_password(name: str, parts: Parts, who: Admin) -> PasswordShown:
    """Give an operator who has forgotten it a fresh password, which he changes at /account.

    His sessions and tokens end, his factors stay. Nobody does it for an administrator: with his
    password two people would be one (`holdfast receiver account reset`, at the machine).
    """
    password, now_ms = people.fresh_password(), parts.clock.now_ms()
    hashed = PASSWORDS.hash(password)

    def put(connection: Connection) -> None:
        found = people.named(connection, who.agency, name)
        if found.role == "admin":
            raise ApiError(
                409,
                "nobody makes an administrator's password for him; who has the machine runs "
                "`holdfast receiver account reset`",
            )
        people.put_password(connection, found.id, hashed)
        ended = people.sign_out_everywhere(connection, found.id, now_ms, tokens=True)
        deeds.write(connection, who, "reset_password", name, now_ms, ended=ended, factors=False)

    parts.writer.do(put)
    return PasswordShown(name=name, password=password)
