"""Every stretch of the event loop without an await, by the wall and by this process's own time.

Loaded when BOARD_STRETCHES is set. On a machine that is busy with other things the wall says how
long the board was not running at all; the processor's time says how long its program held the
loop. A stretch lies between two looks of the loop at its queue of waiting streams.
"""

from asyncio import core

import _control
import utime

_TOLD_US = 5000


class Watched:
    """Stands in front of the loop's queue and measures from each look to the next."""

    def __init__(self, queue):
        self._queue = queue
        self._since_us = 0
        self._since_cpu = 0.0

    def __getattr__(self, name):
        return getattr(self._queue, name)

    def wait_io_event(self, wait_ms):
        wall_us = utime.ticks_diff(utime.ticks_us(), self._since_us)
        cpu_us = int((utime.clock() - self._since_cpu) * 1000000)
        if self._since_us and (wall_us > _TOLD_US or cpu_us > _TOLD_US):
            who = str(core.cur_task.coro).split("'")[1] if core.cur_task else "?"
            _control.report("stretch %d %d %s" % (wall_us, cpu_us, who))
        self._queue.wait_io_event(wait_ms)
        self._since_cpu = utime.clock()
        self._since_us = utime.ticks_us()


core._io_queue = Watched(core._io_queue)  # noqa: SLF001  # there is no other way in
