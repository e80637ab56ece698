"""Whether the receiver lives, whether it can keep its promises, and its counters.

It promises to answer when every thread for people's requests is used up: it has its own.
"""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from alarm_receiver.web.access import Parts
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import problem

router = APIRouter(tags=["health"])
FREE_BYTES_MIN = 64 * 1024 * 1024
WATCH = ThreadPoolExecutor(2, thread_name_prefix="watch")


@router.get("/health")
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(parts: Parts) -> Response:
    """Signals can be committed and deadlines are watched; 503 names what is wrong.

    Lines that begin with `note:` tell what is no fault and should be mended: nobody can be paged.
    The header Date is the receiver's own clock, by which others check theirs.
    """
    return await asyncio.get_running_loop().run_in_executor(WATCH, _ready, parts)


def _ready(parts: Context) -> Response:
    date = format_datetime(datetime.fromtimestamp(parts.clock.now_ms() / 1000, UTC), usegmt=True)
    faults = parts.faults()
    free = shutil.disk_usage(parts.settings.data).free
    if free < FREE_BYTES_MIN:
        faults.append(f"{parts.settings.data} has {free} bytes left; free some space")
    if faults:
        return problem(503, "; ".join(faults), headers={"Date": date})
    noted = "".join(f"note: {one}\n" for one in parts.notes())
    return PlainTextResponse(f"ready\n{noted}", headers={"Date": date})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(parts: Parts) -> str:
    """Counters since the start, in Prometheus' text form."""
    return await asyncio.get_running_loop().run_in_executor(WATCH, _metrics, parts)


def _metrics(parts: Context) -> str:
    lines: list[str] = []
    for name, kind, what, values in parts.figures():
        lines += [f"# HELP holdfast_{name} {what}", f"# TYPE holdfast_{name} {kind}"]
        lines += [f"holdfast_{name}{labels} {value}" for labels, value in values]
    return "\n".join(lines) + "\n"
