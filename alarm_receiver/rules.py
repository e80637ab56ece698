"""The house's own rules of access, from `access.toml` in the data folder.

It promises that a rule which cannot work is refused at the start with its place and a remedy, and
that a missing file means the defaults below.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads annotations when it runs
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from alarm_receiver.config import Misconfigured, read_file

FILE = "access.toml"
Role = Literal["operator", "supervisor", "installer", "agency", "auditor", "admin"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignIn(_Section):
    """How people get in. `second_factor`: roles for which a password alone is not enough."""

    second_factor: tuple[Role, ...] = ()
    idle_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    hours: Annotated[int, Field(ge=1, le=24)] = 12


class Limits(_Section):
    """How many requests one session or token, or one address without any, may make.

    `status_...`: status signals of one keypad; a gateway, which speaks for many, may send twenty
    times as many. A keypad's ring that is full of them (1,024) passes at once.
    """

    per_second: Annotated[float, Field(gt=0, le=100_000)] = 200.0
    burst: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    entering_per_second: Annotated[float, Field(gt=0, le=1_000)] = 5.0
    entering_burst: Annotated[int, Field(ge=1, le=10_000)] = 300
    status_per_second: Annotated[float, Field(gt=0, le=100_000)] = 2.0
    status_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000


class Oidc(_Section):
    """An OpenID Connect provider. `roles` maps values of `claim` to roles; the first wins."""

    issuer: Annotated[str, Field(pattern=r"^https?://[^ ?#]+$", max_length=400)]
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret_file: Path | None = None
    name: Annotated[str, Field(min_length=1, max_length=60)] = "OpenID Connect"
    scopes: Annotated[str, Field(pattern=r"^openid( [a-z0-9_.:-]+)*$")] = "openid profile email"
    claim: Annotated[str, Field(min_length=1, max_length=100)] = "groups"
    roles: dict[str, Role]
    second_factor: bool = True
    """Whether the provider has asked for a second factor itself."""

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        host = value.split("://", 1)[1].split("/", maxsplit=1)[0].rsplit(":", 1)[0]
        if value.startswith("http://") and host not in ("127.0.0.1", "localhost", "[::1]"):
            raise ValueError("use https; plain http is for a provider on this machine only")
        return value.rstrip("/")

    @field_validator("roles")
    @classmethod
    def _maps_something(cls, value: dict[str, Role]) -> dict[str, Role]:
        if not value:
            raise ValueError('map at least one value, such as "holdfast-desk" = "operator"')
        return value

    def secret(self) -> str:
        """The client's secret; empty for a public client."""
        if self.client_secret_file is None:
            return ""
        try:
            return self.client_secret_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(
                f"oidc.client_secret_file {self.client_secret_file} cannot be read: {error}"
            ) from error

    def role(self, claims: dict[str, object]) -> str | None:
        """The role that the claims give; None gives none."""
        found = claims.get(self.claim)
        values = found if isinstance(found, list) else [found]
        return next((role for value, role in self.roles.items() if value in values), None)


class Rules(_Section):
    """All of them."""

    sign_in: SignIn = SignIn()
    limits: Limits = Limits()
    oidc: Oidc | None = None


def read_rules(folder: Path) -> Rules:
    """The rules in `folder`. Raises Misconfigured with file, place and what to do."""
    path = folder / FILE
    if not path.is_file():
        return Rules()
    rules = read_file(path, Rules)
    if rules.oidc is not None:
        rules.oidc.secret()
    return rules
