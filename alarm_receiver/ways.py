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
    public_url = settings.public_url
    channels: dict[str, Channel] = {"webhook": Webhook(now_ms, public_url, outward)}
    if settings.smtp_host:
        channels["mail"] = Mail(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_from,
            settings.smtp_user,
            settings.smtp_password.get_secret_value(),
            public_url=public_url,
        )
    if settings.sms_url:
        channels["sms"] = Sms(
            settings.sms_url,
            settings.sms_user,
            settings.sms_password.get_secret_value(),
            settings.sms_from,
            settings.sms_reports_url or public_url,
        )
    return channels
