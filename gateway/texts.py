"""Text messages by a GSM modem when no receiver can be reached: gammu-smsd sends them.

It promises one message to each number when the last path is lost and one when a path is back, that
each says which site it is, and that a modem which does not answer is tried a few times and never
waited for. It says nothing of what was pressed: a telephone on a table may be read by anyone.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.config import Texting
    from gateway.journal import Journal

PROGRAM = "gammu-smsd-inject"
INJECT_S = 20.0
TRIES = 5
PAUSE_S = 30.0
TEXT_LENGTH_MAX = 160
INJECT_BYTES_MAX = 4 * TEXT_LENGTH_MAX
"""gammu-smsd-inject counts bytes and cuts the rest off; it sends in several parts what is long."""
LOCALE = "C.UTF-8"
"""A service has no locale of its own, and without one gammu sends a Hebrew name as nothing."""


class Outage:
    """Whether every path is lost, told once each way. Pure."""

    def __init__(self) -> None:
        self._out = False

    def look(self, *, lost: int, paths: int) -> str:
        """What to say now that `lost` of `paths` are lost; '' for nothing new."""
        out = paths > 0 and lost == paths
        if out == self._out:
            return ""
        self._out = out
        return "no receiver can be reached; alarms wait here" if out else "a receiver is back"


class Texts:
    """Hands messages to gammu-smsd, in the background."""

    def __init__(self, texting: Texting, journal: Journal) -> None:
        self._texting = texting
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, text: str) -> None:
        """Send `text` to every number; '' is nothing to say."""
        if not text:
            return
        whole = f"Holdfast, {self._texting.site}: {text}"[:TEXT_LENGTH_MAX]
        for number in self._texting.numbers:
            task = asyncio.get_running_loop().create_task(self._send(number, whole))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, number: str, text: str) -> None:
        failure = ""
        for nth in range(TRIES):
            if nth:
                await asyncio.sleep(PAUSE_S)
            failure = await self._inject(number, text)
            if not failure:
                self._journal.say("texted", text=text)
                return
        self._journal.say(
            "texting_failed",
            text=f"{PROGRAM}: {failure}; is gammu-smsd set up? See docs/gateway.md",
        )

    async def _inject(self, number: str, text: str) -> str:
        """One hand-over; '' when gammu-smsd has it, else what it said."""
        options = ["-c", self._texting.gammu_file] if self._texting.gammu_file else []
        letters = [] if text.isascii() else ["-unicode"]
        try:
            process = await asyncio.create_subprocess_exec(
                PROGRAM,
                *options,
                "TEXT",
                number,
                *letters,
                "-len",
                str(INJECT_BYTES_MAX),
                "-text",
                text,
                env={**os.environ, "LC_ALL": LOCALE},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            return error.strerror or str(error)
        try:
            async with asyncio.timeout(INJECT_S):
                _, said = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return f"no answer in {INJECT_S:.0f} s"
        return "" if process.returncode == 0 else said.decode("utf-8", "replace").strip()[:200]
