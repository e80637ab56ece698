"""What a run measured, as one HTML page with its pictures inside: no script, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_WIDTH, _HEIGHT, _FOOT = 640, 180, 24
_BARS = 24
_HEAD = """<title>HIL report</title><style>
body { font-family: sans-serif; margin: 2em; max-width: 60em }
td { padding: .2em .8em; border-bottom: 1px solid #ccc }
.passed td:nth-child(2) { color: #060 }
.failed td:nth-child(2) { color: #b00; font-weight: bold }
</style>"""


@dataclass
class Measured:
    """One run: what it ran on, one (name, outcome, seconds, words) for each test, and figures."""

    on: str = ""
    tests: list[tuple[str, str, float, str]] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    current_ma: list[float] = field(default_factory=list)
    """One mean for each 10 ms, when a PPK2 measured."""


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]


def write(measured: Measured, path: Path) -> None:
    """Write the page."""
    rows = "\n".join(
        f'<tr class="{escape(outcome)}"><td>{escape(name)}</td><td>{escape(outcome)}</td>'
        f"<td>{seconds:.1f}</td><td>{escape(words)}</td></tr>"
        for name, outcome, seconds, words in measured.tests
    )
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{_HEAD}</head><body>',
        f"<h1>Hardware in the loop</h1><p>{escape(measured.on)}</p>",
        _latencies(measured.latencies_ms),
        _current(measured.current_ma),
        "<h2>Tests</h2><table><tr><th>test</th><th>outcome</th><th>s</th><th></th></tr>",
        f"{rows}</table></body></html>",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), "utf-8")


def _latencies(values: list[float]) -> str:
    if not values:
        return "<p>No press-to-publish figures in this run.</p>"
    figures = ", ".join(
        f"{name} {percentile(values, share):.1f} ms"
        for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
    )
    low, high = min(values), max(values)
    step = max((high - low) / _BARS, 0.1)
    counts = [0] * _BARS
    for value in values:
        counts[min(_BARS - 1, int((value - low) / step))] += 1
    width = _WIDTH / _BARS
    bars = "".join(
        f'<rect x="{place * width + 1:.1f}" y="{_HEIGHT - count / max(counts) * _HEIGHT:.1f}" '
        f'width="{width - 2:.1f}" height="{count / max(counts) * _HEIGHT:.1f}" fill="#357"/>'
        for place, count in enumerate(counts)
    )
    marks = (
        f'<text x="0" y="{_HEIGHT + 18}">{low:.0f} ms</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 18}" text-anchor="end">{high:.0f} ms</text>'
    )
    return (
        f"<h2>Contact closed to published: {len(values)} presses, {figures}</h2>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" width="{_WIDTH}" font-size="13" role="img" '
        f'aria-label="histogram of latencies">{bars}{marks}</svg>'
    )


def _current(values: list[float]) -> str:
    if not values:
        return "<p>No current was measured (no PPK2).</p>"
    peak = max(values)
    points = " ".join(
        f"{place * _WIDTH / len(values):.1f},{_HEIGHT - value / peak * _HEIGHT:.1f}"
        for place, value in enumerate(values)
    )
    mean = sum(values) / len(values)
    return (
        f"<h2>Current: mean {mean:.1f} mA, peak {peak:.1f} mA</h2>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" '
        f'aria-label="current over time"><polyline points="{points}" fill="none" '
        'stroke="#a40"/></svg>'
    )
