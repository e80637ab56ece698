"""The port's own, with what it lacks."""

from uos import *  # noqa: F403  # whatever it has


def urandom(count):
    return bytes(count)
