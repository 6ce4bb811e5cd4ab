"""How much each step touched, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from baihuo.quality.report.charts import WIDTH, svg
from baihuo.quality.report.history import PastRun

_HIGH, _LEFT, _RIGHT, _TOP, _N_RUNS, _N_LINES = 160, 46, 190, 8, 60, 8
_COLOURS = ("#c0392b", "#2874a6", "#d68910", "#3b7a57", "#6c3483", "#117a65", "#7b241c", "#566573")


def trend(runs: Sequence[PastRun]) -> str:
    """The last runs' shares of rows touched, a line a step, on a square-root scale.

    Shown are the steps that touched most; a stopped run is a red mark on the axis.
    """
    shown = runs[-_N_RUNS:]
    peaks: dict[str, float] = {}
    for run in shown:
        for name, share in run.touched.items():
            peaks[name] = max(peaks.get(name, 0.0), share)
    names = sorted((n for n in peaks if peaks[n] > 0), key=lambda n: (-peaks[n], n))[:_N_LINES]
    most = max((peaks[n] for n in names), default=0.0) or 0.01
    wide = WIDTH - _LEFT - _RIGHT

    def x_of(i: int) -> float:
        return _LEFT + wide * i / (len(shown) - 1)

    def y_of(share: float) -> float:
        return _TOP + _HIGH * (1 - (share / most) ** 0.5)

    shapes = []
    for part in (0.0, 0.25, 1.0):
        y = y_of(most * part)
        shapes.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        shapes.append(
            f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{most * part:.2%}</text>'
        )
    for n, name in enumerate(names):
        colour = _COLOURS[n]
        points = [(i, run.touched[name]) for i, run in enumerate(shown) if name in run.touched]
        line = " ".join(f"{x_of(i):.1f},{y_of(share):.1f}" for i, share in points)
        shapes.append(f'<polyline class="line" stroke="{colour}" points="{line}"/>')
        for i, share in points:
            title = f"{_day(shown[i])}, {name}: {share:.3%} ({shown[i].verdict})"
            shapes.append(
                f'<circle cx="{x_of(i):.1f}" cy="{y_of(share):.1f}" r="2.5" fill="{colour}">'
                f"<title>{escape(title)}</title></circle>"
            )
        y = _TOP + 12 + n * 17
        shapes.append(
            f'<rect x="{WIDTH - _RIGHT + 14}" y="{y - 8}" width="9" height="9" fill="{colour}"/>'
        )
        shapes.append(f'<text x="{WIDTH - _RIGHT + 28}" y="{y}">{escape(name)}</text>')
    for i, run in enumerate(shown):
        if run.verdict == "stop":
            at = f'cx="{x_of(i):.1f}" cy="{_TOP + _HIGH + 8}"'
            shapes.append(f'<circle class="quarantined" {at} r="4"><title>stopped</title></circle>')
    y = _TOP + _HIGH + 26
    shapes.append(f'<text x="{_LEFT}" y="{y}">{_day(shown[0])}</text>')
    shapes.append(f'<text x="{_LEFT + wide}" y="{y}" text-anchor="end">{_day(shown[-1])}</text>')
    return svg("".join(shapes), y + 6, "share of rows touched by each step, run by run")


def _day(run: PastRun) -> str:
    return datetime.fromtimestamp(run.checked_at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
