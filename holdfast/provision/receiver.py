"""The receiver's API as an installer uses it. Holds the token; shows neither it nor a key."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

import httpx

from gateway.trust import distrust, is_url, trusting
from holdfast.provision import AwayError, ProvisionError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_VARIABLE = "HOLDFAST_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_FILE = Path(".holdfast-token")
SIGN_IN = "/v1/tokens"
_TRIES = 3
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def read_token(path: Path | None) -> str:
    """The token, from the file `path`, the environment or the usual file. ProvisionError without.

    A file that others may read is refused: whoever has the token can add keypads.
    """
    if path is None and os.environ.get(TOKEN_VARIABLE):
        return os.environ[TOKEN_VARIABLE].strip()
    file = path or Path.home() / TOKEN_FILE
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ProvisionError(f"{file} may be read by others; do: chmod 600 {file}")
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProvisionError(
            f"no installer's token ({file}: {error}); ask a supervisor for one: "
            "holdfast provision token --name YOU"
        ) from None


def write_token(path: Path, token: str) -> None:
    """Keep the token where only this user can read it, from its first byte on."""
    path.unlink(missing_ok=True)
    end = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(end, "w", encoding="ascii") as file:
        file.write(token + "\n")


class Receiver:
    """The receiver at `url`, asked with `token`."""

    def __init__(self, url: str, token: str, *, ca_file: Path | None = None) -> None:
        if not is_url(url):
            raise ProvisionError(f"{url} is no address; write https://HOST or https://HOST:PORT")
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ProvisionError(
                f"{url} is not https: a key would travel in the clear. Use the receiver's https "
                "address"
            )
        self.url = url.rstrip("/")
        try:
            trusted = trusting(ca_file)
        except ValueError as error:
            raise ProvisionError(str(error)) from None
        self._http = httpx.Client(
            base_url=self.url,
            timeout=15,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify=trusted,
        )

    def site(self, account: str) -> dict[str, Any]:
        """The site with this account (or id). ProvisionError with the accounts there are."""
        sites = self.every("/v1/sites")
        for site in sites:
            if account in {site["account"], site["id"]}:
                return site
        known = ", ".join(f"{site['account']} ({site['name']})" for site in sites[:8]) or "none"
        raise ProvisionError(f"the receiver has no site with account {account}; it has: {known}")

    def devices(self, site: str) -> list[dict[str, Any]]:
        """The devices of a site, revoked ones too."""
        return self.every(f"/v1/devices?site={quote(site)}")

    def register(
        self,
        device: bytes,
        key: bytes,
        *,
        site: str,
        zone: int,
        zone_name: str,
        board: str = "",
        kind: str = "keypad",
    ) -> None:
        """Register a keypad or gateway, and a keypad's board if it is not the usual one.

        Doing it again with the same key changes nothing.
        """
        form = {
            "device": device.hex(),
            "kind": kind,
            "site": site,
            "zone": zone,
            "zone_name": zone_name,
            "key": key.hex(),
        }
        self._ask("POST", "/v1/devices", form)
        if board:
            self._ask("PUT", f"/v1/devices/{device.hex()}/board", {"board": board})

    def revoke(self, device: str) -> None:
        """Have nothing believed that `device` says from now on."""
        self._ask("POST", f"/v1/devices/{device}/revoke")

    def sign_in(self, name: str, password: str) -> None:
        """Go on with the account of `name`."""
        answer = self._ask("POST", SIGN_IN, {"name": name, "password": password})
        self._http.headers["Authorization"] = f"Bearer {answer['token']}"

    def send_out(self, name: str, hours: int) -> dict[str, Any]:
        """An installer's token that ends after `hours`."""
        sent: dict[str, Any] = self._ask("POST", "/v1/installers", {"name": name, "hours": hours})
        return sent

    def ask(self, method: str, path: str, form: Mapping[str, object] | None = None) -> Any:
        """Any other request."""
        return self._ask(method, path, form)

    def every(self, path: str) -> list[dict[str, Any]]:
        """All rows of a list, however many answers they come in."""
        rows: list[dict[str, Any]] = []
        there: str = path
        while there:
            answer = self._answer("GET", there)
            rows += answer.json()
            there = answer.links.get("next", {}).get("url", "")
        return rows

    def upload(self, path: str, content: bytes) -> Any:
        """A POST of bytes as they are."""
        return self._ask("POST", path, content=content)

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, object] | None = None,
        *,
        content: bytes | None = None,
    ) -> Any:
        answer = self._answer(method, path, form, content)
        return answer.json() if answer.content else None

    def _answer(
        self,
        method: str,
        path: str,
        form: Mapping[str, object] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Every request here may be asked again: it changes nothing twice."""
        for left in reversed(range(_TRIES)):
            try:
                answer = self._http.request(method, path, json=form, content=content)
            except httpx.TransportError as error:
                untrusted = distrust(error)
                if untrusted:
                    raise ProvisionError(f"the receiver at {self.url}: {untrusted}") from None
                if left:
                    continue
                raise AwayError(
                    f"the receiver at {self.url} does not answer ({type(error).__name__}); check "
                    "the address, the network and its certificate, then do the same again"
                ) from None
            if answer.is_success:
                return answer
            if answer.status_code == httpx.codes.UNAUTHORIZED and path == SIGN_IN:
                raise ProvisionError(f"the receiver at {self.url} refuses name or password")
            raise _refused(self.url, answer)
        raise AssertionError


def _refused(url: str, answer: httpx.Response) -> ProvisionError:
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = answer.reason_phrase
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return ProvisionError(
            f"the receiver at {url} does not take the token: it has ended, was called back or is "
            "another receiver's; ask a supervisor for a new one: holdfast provision token"
        )
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:  # may repeat what was sent
        return ProvisionError(f"the receiver at {url} takes no such values; check site and zone")
    return ProvisionError(f"the receiver at {url} refuses: {detail}")
