"""`socket`: the real one, except that nobody can be reached while the radio is out of reach.

What the application must do when the radio goes is close its sockets and connect again; this
module refuses new ones, as the ESP32 does. It does not cut a connection that is open.
"""

from errno import EHOSTUNREACH

import _control
import usocket
from usocket import *  # noqa: F403  # everything else is the real one

SOL_TCP = 6
IPPROTO_TCP = 6
TCP_NODELAY = 1


def socket(*how):
    if not _control.radio[0]:
        raise OSError(EHOSTUNREACH)
    return usocket.socket(*how)


def getaddrinfo(*what):
    if not _control.radio[0]:
        raise OSError(-202)
    return usocket.getaddrinfo(*what)
