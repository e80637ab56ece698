"""Settings, read once at start from the command line and HOLDFAST_RECEIVER_* variables."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads annotations when it runs

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Misconfigured(Exception):
    """A setting that cannot work; the text says which, why and what to do."""


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_RECEIVER_")

    data: Path = Field(description="Folder of the database; made when missing")
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(
        default=8480, ge=0, le=65535, description="Port to listen on; 0 takes a free one"
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

    @property
    def database_url(self) -> str:
        """Where the store is."""
        return self.database or f"sqlite:///{self.data / 'receiver.sqlite3'}"
