"""`socket`: the real one, except that nobody can be reached while no network card is joined.

What the application must do when the radio goes is close its sockets and connect again; this
module refuses new ones, as the ESP32 does. It does not cut a connection that is open. The name
server of the tests has a port of its own.
"""

import os
from errno import EHOSTUNREACH

import _control
import usocket
from usocket import *  # noqa: F403  # everything else is the real one

SOL_TCP = 6
IPPROTO_TCP = 6
TCP_NODELAY = 1


_DNS_PORT = 53


def socket(*how):
    if not _control.reachable():
        raise OSError(EHOSTUNREACH)
    return usocket.socket(*how)


def getaddrinfo(host, port, *what):
    if not _control.reachable():
        raise OSError(-202)
    if not host.replace(".", "").isdigit():
        # on a board this stands still until it is answered: nothing here may depend on it
        raise OSError(-2)
    if port == _DNS_PORT:
        port = int(os.getenv("BOARD_DNS_PORT") or _DNS_PORT)
    return usocket.getaddrinfo(host, port, *what)
