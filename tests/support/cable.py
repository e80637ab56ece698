"""A network cable that a test can cut, freeze or put something else on. Loopback only."""

import asyncio
import contextlib
import socket
import threading

MODES = ("through", "refused", "503", "frozen", "swallow")
_ANSWER_503 = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Cable:
    """Carries TCP from a port of its own to `target`, as `mode` says.

    refused: nobody listens and open connections are reset. 503: each request is answered so, as a
    reverse proxy does while its receiver restarts. frozen: connections stay open, nothing moves,
    and everything goes on afterwards. swallow: likewise, but what was sent meanwhile is gone and
    old connections never recover (half-open).
    """

    def __init__(self, target):
        self.target = target
        self.mode = "through"
        self.connections = 0
        self._moving = asyncio.Event()
        self._moving.set()
        self._writers = set()
        self._forgotten = set()
        self._tasks = set()
        self._server = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def set(self, mode):
        self._do(self._change(mode))

    def cut(self):
        self.set("refused")

    def mend(self):
        self.set("through")

    def forget(self):
        """As a router that starts anew: what is open stays open and carries nothing more."""
        self._forgotten |= self._writers

    def close(self):
        self._do(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _listen(self):
        self._server = await asyncio.start_server(self._greet, "127.0.0.1", self.port)

    async def _stop_listening(self):
        """Close the server once nothing is being accepted.

        A connection that is accepted in the turn in which its server closes becomes a transport
        that nobody closes: Server._attach refuses it (CPython 3.11), and its socket stays. Between
        the last look and the close nothing is awaited, so nothing can come in between.
        """
        while accepting := [one for one in asyncio.all_tasks() if "accept" in repr(one.get_coro())]:
            await asyncio.gather(*accepting, return_exceptions=True)
        self._server.close()
        self._server = None

    async def _hang_up(self):
        if self._server is not None:
            await self._stop_listening()
        for writer in list(self._writers):
            writer.transport.abort()
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the turn in which aborted transports close their sockets

    async def _change(self, mode):
        before, self.mode = self.mode, mode
        if mode in ("frozen", "swallow"):
            self._moving.clear()
        else:
            self._moving.set()
        if mode in ("refused", "503"):
            await self._hang_up()
        if before == "swallow":
            await self._hang_up()
        if mode != "refused" and self._server is None:
            await self._listen()

    def _greet(self, reader, writer):
        self.connections += 1
        # known before its task runs: a task that is cancelled before it starts closes nothing
        self._writers.add(writer)
        task = self._loop.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader, writer):
        up = None
        try:
            if self.mode == "503":
                await reader.readuntil(b"\r\n\r\n")
                writer.write(_ANSWER_503)
                await writer.drain()
                return
            if self.mode in ("frozen", "swallow"):
                await self._moving.wait()
            from_up, up = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(up)
            await asyncio.gather(self._pump(reader, up), self._pump(from_up, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, up):
                if one is not None:
                    self._writers.discard(one)
                    one.transport.abort()

    async def _pump(self, reader, writer):
        while data := await reader.read(65536):
            if self.mode == "frozen":
                await self._moving.wait()
            if self.mode == "swallow" or writer in self._forgotten:
                continue
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()
