"""Where the rows went, as a Sankey diagram: the kept flow on from step to step, the others leave it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from baihuo.quality.counts import StepCount
from baihuo.quality.report.charts import WIDTH, svg

_TOP, _DEPTH, _NODE, _LEAST, _RIGHT = 40, 110, 10, 2.0, 90
_FATES = ("quarantined", "merged", "erased")


def sankey(steps: Sequence[StepCount]) -> str:
    """Rows in → kept, quarantined, merged, erased, by step; a repaired share is a band in what is kept.

    Thickness is the share of the rows that came in. What leaves is drawn a hair thick at least, so
    that one row in a million is seen. Steps that touched nothing share one column.
    """
    columns = _columns(steps)
    n_in, wide = max(steps[0].n_in, 1), (WIDTH - _RIGHT) / len(columns)
    sinks = [f for f in _FATES if any(getattr(s, f"n_{f}") for s in steps)]
    sink_y = {f: _TOP + _DEPTH + 40 + i * 44 for i, f in enumerate(sinks)}
    links, words = [], []
    filled = dict.fromkeys(sinks, 0.0)
    for i, (name, step) in enumerate(columns):
        x = i * wide
        before, after = _DEPTH * step.n_in / n_in, _DEPTH * step.n_kept / n_in
        links.append(_rect("kept", x, _TOP, _NODE, before, f"{name}: {step.n_in:,} rows in"))
        kept = f"{name}: {step.n_kept:,} kept"
        links.append(_link("kept", (x + _NODE, _TOP), (x + wide, _TOP), after, kept))
        if step.n_repaired:
            thick = max(_LEAST, _DEPTH * step.n_repaired / n_in)
            title = f"{name}: {step.n_repaired:,} repaired"
            y = _TOP + max(after - thick, 0.0)
            links.append(_link("repaired", (x + _NODE, y), (x + wide, y), thick, title))
        y = _TOP + after
        for fate in sinks:
            if n := getattr(step, f"n_{fate}"):
                thick = max(_LEAST, _DEPTH * n / n_in)
                to = (x + wide * 0.75, sink_y[fate])
                links.append(_link(fate, (x + _NODE, y), to, thick, f"{name}: {n:,} {fate}"))
                links.append(_rect(fate, to[0], to[1], _NODE, thick, f"{name}: {n:,} {fate}"))
                words.append(f'<text x="{to[0] + _NODE + 3:.1f}" y="{to[1] + 9:.1f}">{n:,}</text>')
                y += _DEPTH * n / n_in
                filled[fate] += n
        up = 14 if i % 2 == 0 else 27  # names of neighbours do not run into each other
        words.append(f'<text x="{x:.1f}" y="{up}" class="name">{escape(name)}</text>')
    x, n_kept = len(columns) * wide, steps[-1].n_kept
    links.append(_rect("kept", x, _TOP, _NODE, _DEPTH * n_kept / n_in, f"{n_kept:,} kept"))
    words.append(f'<text x="{x - 4:.1f}" y="27" text-anchor="start" class="name">kept</text>')
    words.append(f'<text x="{x + _NODE + 3:.1f}" y="{_TOP + 14}">{n_kept:,}</text>')
    for fate, y in sink_y.items():
        title = f"{fate}: {int(filled[fate]):,}"
        words.append(f'<text x="{WIDTH}" y="{y + 9}" text-anchor="end" class="name">{title}</text>')
    height = _TOP + _DEPTH + (40 + 44 * len(sinks) if sinks else 12)
    return svg("".join(links + words), height, f"rows of {steps[0].table} through the steps")


def _columns(steps: Sequence[StepCount]) -> list[tuple[str, StepCount]]:
    """A column a step; neighbours that touched nothing are one ("3 steps")."""
    columns: list[tuple[str, StepCount]] = []
    silent: list[StepCount] = []
    for step in (*steps, None):
        if step is not None and not (step.touched or step.n_erased):
            silent.append(step)
            continue
        if silent:
            name = silent[0].step if len(silent) == 1 else f"{len(silent)} steps"
            columns.append((name, silent[0]))
            silent = []
        if step is not None:
            columns.append((step.step, step))
    return columns


def _link(
    fate: str, start: tuple[float, float], end: tuple[float, float], thick: float, title: str
) -> str:
    (x0, y0), (x1, y1) = start, end
    mid = (x0 + x1) / 2
    path = (
        f"M{x0:.1f},{y0:.1f} C{mid:.1f},{y0:.1f} {mid:.1f},{y1:.1f} {x1:.1f},{y1:.1f} "
        f"V{y1 + thick:.1f} C{mid:.1f},{y1 + thick:.1f} {mid:.1f},{y0 + thick:.1f} {x0:.1f},{y0 + thick:.1f} Z"
    )
    return f'<path class="{fate} link" d="{path}"><title>{escape(title)}</title></path>'


def _rect(fate: str, x: float, y: float, wide: float, high: float, title: str) -> str:
    return (
        f'<rect class="{fate}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{max(high, 0.5):.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )
