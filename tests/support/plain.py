"""Helpers for unit files that run under CPython and MicroPython alike: no pytest, no unittest."""

import json
from binascii import unhexlify


def raises(error, call, *args, **named):
    """Call and return the error that must come; AssertionError when none does."""
    try:
        call(*args, **named)
    except error as raised:
        return raised
    raise AssertionError("no %s was raised" % error.__name__)


def vectors(name):
    """One list of the shared byte vectors in tests/wire/vectors.json."""
    here = __file__.rsplit("/", 1)[0]
    with open(here + "/../wire/vectors.json") as file:
        return json.load(file)[name]


def fields(values):
    """Keyword fields of a vector, hexadecimal texts as bytes."""
    return {name: unhexlify(v) if isinstance(v, str) else v for name, v in values.items()}


def key():
    """The device key of the vectors, 32 bytes."""
    return unhexlify(vectors("key"))
