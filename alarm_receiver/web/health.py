"""Whether the receiver lives, whether it can keep its promises, and its counters."""

from __future__ import annotations

import shutil

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from alarm_receiver.web.access import Parts
from alarm_receiver.web.problems import problem

router = APIRouter(tags=["health"])
FREE_BYTES_MIN = 64 * 1024 * 1024


@router.get("/health")
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready")
def ready(parts: Parts) -> Response:
    """Signals can be committed and deadlines are watched; 503 names what is wrong."""
    faults = parts.faults()
    free = shutil.disk_usage(parts.settings.data).free
    if free < FREE_BYTES_MIN:
        faults.append(f"{parts.settings.data} has {free} bytes left; free some space")
    if faults:
        return problem(503, "; ".join(faults))
    return PlainTextResponse("ready\n")


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(parts: Parts) -> str:
    """Counters since the start, in Prometheus' text form."""
    lines: list[str] = []
    for name, kind, what, values in parts.figures():
        lines += [f"# HELP holdfast_{name} {what}", f"# TYPE holdfast_{name} {kind}"]
        lines += [f"holdfast_{name}{labels} {value}" for labels, value in values]
    return "\n".join(lines) + "\n"
