"""The embedded broker's own process: `python -m holdfast.embedded_broker PORT`.

It listens on 127.0.0.1 and nowhere else, prints its port as one line, and ends on SIGTERM or when
its stdin closes, so that it cannot outlive whoever started it. It may not be used for a site:
it keeps nothing on disk and knows no keys.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys


async def serve(port: int) -> None:
    """Run until SIGTERM or the end of stdin."""
    from amqtt.broker import Broker
    from amqtt.contexts import BrokerConfig, ListenerConfig

    broker = Broker(
        BrokerConfig(
            listeners={"default": ListenerConfig(bind=f"127.0.0.1:{port}")},
            timeout_disconnect_delay=2,
            plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        )
    )
    await broker.start()
    gc.freeze()  # looking through all that is loaded held a press up for 0.2 s now and then
    instance = broker._servers["default"].instance  # noqa: SLF001 - amqtt tells its port nowhere else
    print(instance.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()
    loop.remove_reader(sys.stdin)
    await broker.shutdown()


def main() -> None:
    """Read the port from the command line and serve."""
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
