"""`python -m alarm_receiver` is `holdfast receiver`."""

from alarm_receiver.command import app

app()
