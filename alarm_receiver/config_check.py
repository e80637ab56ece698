"""What is wrong with settings that are each valid by themselves; and variables that are none.

It promises to name each fault by its variable, with what to do, to show no value that may be a
secret, and to make nothing.
"""

from __future__ import annotations

import difflib
import errno
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alarm_receiver.config import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINKS = ("public_url", "peer_url", "sms_url", "sms_reports_url", "demo_url")
_MAIL = ("smtp_from", "smtp_user", "smtp_password")
_SMS = ("sms_user", "sms_password", "sms_from", "sms_reports_url")


def faults(settings: Settings) -> list[str]:
    """Everything that cannot work, one sentence each; empty when all fits together."""
    set_ = {name for name in type(settings).model_fields if _text(settings, name)}
    found = [
        f"{_name(name)} is no http:// or https:// address with a host"
        for name in _LINKS
        if name in set_ and not _is_link(_text(settings, name))
    ]
    if "smtp_host" in set_ and not _is_address(settings.smtp_from):
        found.append(
            f"{_name('smtp_host')} is set, and {_name('smtp_from')} is no sender such as "
            "holdfast@example.org: no mail can be sent"
        )
    if ("smtp_user" in set_) != ("smtp_password" in set_):
        found.append(f"{_name('smtp_user')} and {_name('smtp_password')} go together")
    found += _without("smtp_host", _MAIL, set_)
    found += _without("sms_url", _SMS, set_)
    if settings.peer_url and settings.peer_url.rstrip("/") == settings.public_url.rstrip("/"):
        found.append(f"{_name('peer_url')} is our own {_name('public_url')}; name the other one's")
    if "peer_url" in set_ and "peer_secret" not in set_:
        found.append(
            f"{_name('peer_url')} is set without {_name('peer_secret')}: the other receiver will "
            "believe nothing that this one asks"
        )
    return found


def places(settings: Settings) -> list[str]:
    """What cannot be listened on or written to, one sentence each; nothing is made or left open."""
    found = []
    folder = settings.data
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        found.append(f"{_name('data')}: {there} is no folder; name another one")
    elif not os.access(there, os.W_OK | os.X_OK):
        found.append(
            f"{_name('data')}: {folder} cannot be written by this user, for whom {there} is "
            "closed; give it to the receiver's user, and try as that user"
        )
    fault = _unheard(settings.host, settings.port)
    if fault:
        found.append(
            f"{_name('host')}, {_name('port')}: cannot listen on {settings.host} port "
            f"{settings.port}: {fault}; name an address of this machine (127.0.0.1 behind a "
            "proxy) and a port that this user may take (1024 or more)"
        )
    return found


def _unheard(host: str, port: int) -> str:
    """Why nobody could listen there; a port that is taken is, most likely, by a receiver."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((host, port))
        except OSError as error:
            return "" if error.errno == errno.EADDRINUSE else str(error.strerror or error)
    return ""


def unknown(environment: Iterable[str]) -> list[str]:
    """Variables with our prefix that are no settings, each with the one that may be meant."""
    known = [_name(name) for name in Settings.model_fields]
    found = []
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name.upper() in known:
            continue
        near = difflib.get_close_matches(name.upper(), known, 1)
        found.append(f"{name} is no setting" + (f"; {near[0]} is" if near else ""))
    return found


def _without(head: str, rest: Iterable[str], set_: set[str]) -> list[str]:
    if head in set_:
        return []
    return [
        f"{_name(name)} is set without {_name(head)}: it does nothing"
        for name in rest
        if name in set_
    ]


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _text(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value or "")


def _is_link(text: str) -> bool:
    try:
        split = urlsplit(text)
        return split.scheme in ("http", "https") and bool(split.hostname) and split.port != 0
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    name, _, host = text.rpartition("@")
    return bool(name and host) and not any(one.isspace() for one in text)
