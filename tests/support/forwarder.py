"""A TCP forwarder for tests: a path to a receiver that can be cut and mended."""

import asyncio
import contextlib
import threading


class Forwarder:
    """Listens on 127.0.0.1:`port` and forwards to `target`; `cut` drops all and refuses new."""

    def __init__(self, target):
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._writers = set()
        self._server = None
        self.port = 0
        self.connections = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.mend()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def mend(self):
        async def listen():
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

        self._do(listen())

    def cut(self):
        async def drop():
            if self._server is not None:
                self._server.close()
                self._server = None
            for writer in list(self._writers):
                writer.transport.abort()

        self._do(drop())

    def stop(self):
        self.cut()

        async def settle():
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.wait(others, timeout=5) if others else None

        self._do(settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(other_writer)
            pumps = (self._pump(reader, other_writer), self._pump(other_reader, writer))
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers.discard(other_writer)
            other_writer.transport.abort()
        self._writers.discard(writer)
        writer.transport.abort()

    @staticmethod
    async def _pump(reader, writer):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
        writer.transport.abort()
