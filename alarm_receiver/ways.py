"""The ways to page people that are set up, made from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_receiver.notify.mail import Mail
from alarm_receiver.notify.sms import Sms
from alarm_receiver.notify.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.config import Settings
    from alarm_receiver.domain.paged import Channel
    from alarm_receiver.notify.outward import Outward


def channels_of(
    settings: Settings, now_ms: Callable[[], int], outward: Outward
) -> dict[str, Channel]:
    """The channels that are set up, by name; those of `settings.channels`."""
    channels: dict[str, Channel] = {"webhook": Webhook(now_ms, settings.public_url, outward)}
    if mail := mail_of(settings):
        channels["mail"] = mail
    if sms := sms_of(settings):
        channels["sms"] = sms
    return channels


def mail_of(settings: Settings) -> Mail | None:
    """The mail relay, when one is set."""
    if not settings.smtp_host:
        return None
    return Mail(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_from,
        settings.smtp_user,
        settings.smtp_password.get_secret_value(),
        public_url=settings.public_url,
    )


def sms_of(settings: Settings) -> Sms | None:
    """The SMS gateway, when one is set."""
    if not settings.sms_url:
        return None
    return Sms(
        settings.sms_url,
        settings.sms_user,
        settings.sms_password.get_secret_value(),
        settings.sms_from,
        settings.sms_reports_url or settings.public_url,
    )
