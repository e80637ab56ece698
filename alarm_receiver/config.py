"""Settings, read once at start from the command line and HOLDFAST_RECEIVER_* variables."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from alarm_receiver.domain.outward import Network, networks

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


PREFIX = "HOLDFAST_RECEIVER_"


class Misconfigured(Exception):
    """A setting that cannot work; the text says which, why and what to do."""


Form = TypeVar("Form", bound=BaseModel)


def read_file(path: Path, form: type[Form]) -> Form:
    """A TOML file of the data folder. Raises Misconfigured with file, place and what to do."""
    try:
        return form.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be read: {error.strerror}; let the receiver's user read it, or take "
            "it away for what holds without it"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(
            f"{path} cannot be read: {error}; it is no TOML there. docs/operate.md shows how it "
            "is written"
        ) from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise Misconfigured(f"{path}: {told}. docs/operate.md lists what can be set") from error


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True)

    data: Path = Field(description="Folder of the database; made when missing")
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(
        default=8480, ge=0, le=65535, description="Port to listen on; 0 takes a free one"
    )
    engine_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port at which an engine of its own answers /health, /ready and /metrics; "
        "empty: at none",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses and networks, with commas, of proxies that are believed who asks",
    )
    public_url: str = Field(default="", description="How people reach this receiver; for links")
    keep_alive_s: int = Field(
        default=120,
        ge=80,
        description="Idle connections are kept this long; gateways send every 75 s",
    )
    wait_s_max: int = Field(
        default=60, ge=1, le=300, description="Longest a gateway may wait for receipts"
    )
    streams_max: int = Field(default=500, ge=1, description="Consoles and API streams at once")

    database: str = Field(
        default="", description="postgresql://USER@HOST/NAME; empty is SQLite in the data folder"
    )

    key_file: Path | None = Field(
        default=None,
        description="Key that seals secrets in the database; empty is receiver.key in the data "
        "folder, or the systemd credential holdfast-key",
    )

    position: int = Field(
        default=0, ge=0, le=3, description="0 shows tickets at once; 1 those that 0 left open 10 s"
    )
    peer_url: str = Field(default="", description="The other receiver; empty: there is none")
    peer_secret: SecretStr = Field(default=SecretStr(""), description="Shared with the other one")
    webhook_networks: str = Field(
        default="",
        description="Networks, with commas, that agencies' endpoints may be in beside the public "
        "internet: 10.1.0.0/16, fd00:1::/32",
    )
    smtp_host: str = Field(default="", description="Mail relay; empty: no mail")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Port of the mail relay")
    smtp_from: str = Field(default="", description="Sender of mail, holdfast@example.org")
    smtp_user: str = Field(default="", description="User at the mail relay")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the relay")
    sms_url: str = Field(default="", description="sendsms URL of an SMS gateway (Kannel's form)")
    sms_user: str = Field(default="", description="User at the SMS gateway")
    sms_password: SecretStr = Field(default=SecretStr(""), description="Password at the gateway")
    sms_reports_url: str = Field(
        default="",
        description="How the SMS gateway reaches this receiver for delivery reports; empty is the "
        "public URL",
    )
    sms_from: str = Field(default="", description="Sender of SMS")
    demo_url: str = Field(default="", description="Page with the red button; set by the demo")

    @field_validator("webhook_networks", "trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        networks(value)  # a ValueError names what is no network
        return value

    @property
    def webhook_allowed(self) -> tuple[Network, ...]:
        """Networks beside the public internet that endpoints may be in."""
        return networks(self.webhook_networks)

    @property
    def channels(self) -> frozenset[str]:
        """The ways to page people that are set up."""
        ways = {"webhook": True, "mail": bool(self.smtp_host), "sms": bool(self.sms_url)}
        return frozenset(name for name, is_set in ways.items() if is_set)

    @property
    def key_path(self) -> Path:
        """Where the key is that seals secrets in the database."""
        if self.key_file is not None:
            return self.key_file
        return self._credential() or self.data / "receiver.key"

    @property
    def signing_path(self) -> Path:
        """Where the key is that signs the audit's head; it is in no backup of the database.

        Beside the key file; but systemd's credentials are read-only, and gone with the service.
        """
        place = self.data / "audit.key"
        if self.key_file is None or self.key_path == self._credential():
            return place
        return self.key_path.with_name("audit.key")

    @staticmethod
    def _credential() -> Path | None:
        """The key as systemd hands it to its service, `LoadCredentialEncrypted=holdfast-key:`."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        found = Path(folder or "") / "holdfast-key"
        return found if folder and found.is_file() else None

    @property
    def database_url(self) -> str:
        """Where the store is."""
        return self.database or f"sqlite:///{self.data / 'receiver.sqlite3'}"


def read_settings(**given: object) -> Settings:
    """The settings: what was `given` (None was not), then variables, then defaults.

    Raises Misconfigured with every variable that cannot be, and no value of any.
    """
    told = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**told)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise Misconfigured("; ".join(_told(one["loc"], one) for one in error.errors())) from None


def _told(place: tuple[int | str, ...], fault: ErrorDetails) -> str:
    name = str(place[0]) if place else ""
    if name == "data" and fault["type"] == "missing":
        return f"name the receiver's data folder with --data, or set {PREFIX}DATA"
    return f"{PREFIX}{name.upper()}: {fault['msg'].removeprefix('Value error, ')}"


def url_at(host: str, port: int) -> str:
    """The URL of what listens there; an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
