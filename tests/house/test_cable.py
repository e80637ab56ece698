"""What the tests' own cable leaves behind: nothing, also when it is cut in the middle of a call."""

import gc
import socket
from contextlib import ExitStack, closing

import pytest

from cable import Cable


@pytest.mark.parametrize("mode", ["refused", "503", "swallow"])
def test_a_cable_that_is_cut_while_somebody_connects_leaves_no_connection_open(mode):
    """Pytest makes an error of a transport or socket that is collected while it is open."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as far:
        with closing(Cable(far.getsockname()[1])) as cable:
            for _ in range(100):
                with ExitStack() as stack:
                    for _ in range(3):
                        stack.enter_context(socket.create_connection(("127.0.0.1", cable.port)))
                    cable.set(mode)
                    cable.mend()
            assert cable.connections
        gc.collect()
