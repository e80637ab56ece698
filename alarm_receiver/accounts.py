"""The receiver's commands for people who cannot get in, and when the last administrator is gone.

They promise that whoever has the machine can let somebody in again without writing into the
database by hand, that a password is made here, printed once and kept as its hash alone, and that
each of them is a deed of the record, with who did it. Receivers may go on running.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from alarm_receiver.admin_help import Data, plainly, settings_of
from alarm_receiver.agencies import By, actor_of, moment_ms, write
from alarm_receiver.store import agencies, credentials, deeds, people, tickets
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.registry import OWN
from alarm_receiver.web.turns import PASSWORDS

if TYPE_CHECKING:
    from sqlalchemy import Connection

group = typer.Typer(no_args_is_help=True, help="People who cannot get in.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="As it is written at /people")]


@group.callback()
def _group() -> None:
    """People who cannot get in."""


@group.command("reset")
@plainly
def reset(name: Name, by: By, data: Data = None) -> None:
    """Print a new password for somebody, and forget his passkeys and one-time codes.

    His sessions and tokens end. He changes the password at /account.
    """
    actor, password = actor_of(by), people.fresh_password()
    hashed = PASSWORDS.hash(password)

    def change(connection: Connection) -> None:
        found = people.entering(connection, name)
        people.put_password(connection, found.id, hashed)
        credentials.drop_factors(connection, found.id)
        moment = moment_ms()
        ended = people.sign_out_everywhere(connection, found.id, moment, tokens=True)
        by_whom = (found.agency, actor)
        deeds.note(connection, by_whom, "reset_password", name, moment, ended=ended, factors=True)

    write(settings_of(data), change)
    typer.echo(f"{name} signs in with  {password}  and changes it at /account")


@group.command("administrator")
@plainly
def administrator(
    name: Name,
    by: By,
    agency: Annotated[str, typer.Option(help="The agency's id")] = OWN,
    data: Data = None,
) -> None:
    """Make an administrator of an agency that has none who may sign in; prints his password."""
    actor, password = actor_of(by), people.fresh_password()
    hashed = PASSWORDS.hash(password)

    def make(connection: Connection) -> None:
        agencies.name_of(connection, agency)
        if people.administrators(connection, agency):
            raise people.NotAlone(
                f"agency {agency} has an administrator who may sign in: he makes accounts at "
                "/people. When he cannot get in: `account reset`; when he is gone: `account "
                "disable`, then this again"
            )
        moment = moment_ms()
        people.make_operator(
            connection,
            str(uuid.uuid4()),
            agency_id=agency,
            name=name,
            password=hashed,
            role="admin",
            now_ms=moment,
        )
        deeds.note(connection, (agency, actor), "make_operator", name, moment, role="admin")

    write(settings_of(data), make)
    typer.echo(f"{name} signs in with  {password}  and changes it at /account")


@group.command("disable")
@plainly
def disable(name: Name, by: By, data: Data = None) -> None:
    """Shut somebody out; what he holds is back at the desk. The last administrator too."""
    actor = actor_of(by)

    def shut(connection: Connection) -> None:
        found, moment = people.entering(connection, name), moment_ms()
        policies = Policies(0)
        policies.refresh(connection, moment)
        people.disable(connection, found.agency, name, moment)
        people.sign_out_everywhere(connection, found.id, moment, tokens=True)
        back = tickets.release(
            connection,
            found.agency,
            f"operator:{name}",
            actor=actor,
            reason=f"{name} was shut out",
            policies=policies,
            now_ms=moment,
        )
        by_whom = (found.agency, actor)
        deeds.note(connection, by_whom, "disable_operator", name, moment, handed_back=back)

    write(settings_of(data), shut)
    typer.echo(f"{name} is shut out")
