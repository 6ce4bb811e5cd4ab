"""The report's drawings, as inline SVG: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from baihuo.quality.counts import Day, Finding, StepCount
from baihuo.quality.report.history import PastRun

_FLOW_TOP, _DEPTH, _NODE, _LEAST, _FLOW_RIGHT = 40, 110, 10, 2.0, 90
_FATES = ("quarantined", "merged", "erased")


def sankey(steps: Sequence[StepCount]) -> str:
    """Rows in → kept, quarantined, merged, erased, by step; a repaired share is a band in what is kept.

    Thickness is the share of the rows that came in. What leaves is drawn a hair thick at least, so
    that one row in a million is seen. Steps that touched nothing share one column.
    """
    columns = _columns(steps)
    n_in, wide = max(steps[0].n_in, 1), (WIDTH - _FLOW_RIGHT) / len(columns)
    sinks = [f for f in _FATES if any(getattr(s, f"n_{f}") for s in steps)]
    sink_y = {f: _FLOW_TOP + _DEPTH + 40 + i * 44 for i, f in enumerate(sinks)}
    links, words = [], []
    filled = dict.fromkeys(sinks, 0.0)
    for i, (name, step) in enumerate(columns):
        x = i * wide
        before, after = _DEPTH * step.n_in / n_in, _DEPTH * step.n_kept / n_in
        links.append(_rect("kept", x, _FLOW_TOP, _NODE, before, f"{name}: {step.n_in:,} rows in"))
        kept = f"{name}: {step.n_kept:,} kept"
        links.append(_link("kept", (x + _NODE, _FLOW_TOP), (x + wide, _FLOW_TOP), after, kept))
        if step.n_repaired:
            thick = max(_LEAST, _DEPTH * step.n_repaired / n_in)
            title = f"{name}: {step.n_repaired:,} repaired"
            y = _FLOW_TOP + max(after - thick, 0.0)
            links.append(_link("repaired", (x + _NODE, y), (x + wide, y), thick, title))
        y = _FLOW_TOP + after
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
    links.append(_rect("kept", x, _FLOW_TOP, _NODE, _DEPTH * n_kept / n_in, f"{n_kept:,} kept"))
    words.append(f'<text x="{x - 4:.1f}" y="27" text-anchor="start" class="name">kept</text>')
    words.append(f'<text x="{x + _NODE + 3:.1f}" y="{_FLOW_TOP + 14}">{n_kept:,}</text>')
    for fate, y in sink_y.items():
        title = f"{fate}: {int(filled[fate]):,}"
        words.append(f'<text x="{WIDTH}" y="{y + 9}" text-anchor="end" class="name">{title}</text>')
    height = _FLOW_TOP + _DEPTH + (40 + 44 * len(sinks) if sinks else 12)
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
            title = f"{_minute(shown[i])}, {name}: {share:.3%} ({shown[i].verdict})"
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
    shapes.append(f'<text x="{_LEFT}" y="{y}">{_minute(shown[0])}</text>')
    shapes.append(f'<text x="{_LEFT + wide}" y="{y}" text-anchor="end">{_minute(shown[-1])}</text>')
    return svg("".join(shapes), y + 6, "share of rows touched by each step, run by run")


def _minute(run: PastRun) -> str:
    return datetime.fromtimestamp(run.checked_at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


WIDTH = 860
_FATE = ("kept", "quarantined", "merged", "erased")


def bars(findings: Sequence[Finding]) -> str:
    """Rows touched by each check, longest first, on a square-root scale (rare ones stay visible)."""
    ordered = sorted(findings, key=lambda f: (-f.n_rows, f.check, f.action))
    most = max((f.n_rows for f in ordered), default=1)
    shapes = []
    for i, finding in enumerate(ordered):
        y, wide = i * 22, 420 * (finding.n_rows / most) ** 0.5
        shapes.append(
            f'<text x="250" y="{y + 14}" text-anchor="end">{escape(finding.check)}</text>'
            f'<rect class="{_of(finding.action)}" x="258" y="{y + 3}" width="{max(wide, 1):.1f}" height="14"/>'
            f'<text x="{264 + wide:.1f}" y="{y + 14}">{finding.n_rows:,} {escape(finding.action)}</text>'
        )
    return svg("".join(shapes), len(ordered) * 22 + 6, "rows by check")


def calendar(days: Sequence[Day]) -> str:
    """Events a day, what was taken out on top. More than 400 days are drawn by equal runs of days."""
    run = -(-len(days) // 400)
    groups = [days[i : i + run] for i in range(0, len(days), run)]
    counts = [tuple(sum(getattr(d, f"n_{fate}") for d in g) for fate in _FATE) for g in groups]
    most, wide, high = max(sum(c) for c in counts), WIDTH / len(groups), 120
    shapes = []
    for i, (group, count) in enumerate(zip(groups, counts, strict=True)):
        y = float(high)
        label = group[0].day if len(group) == 1 else f"{group[0].day} to {group[-1].day}"
        shares = ", ".join(f"{n:,} {fate}" for fate, n in zip(_FATE, count, strict=True))
        title = f"{label}: {shares}"
        rects = []
        for name, n in zip(_FATE, count, strict=True):
            tall = high * n / most
            y -= tall
            if n:
                rects.append(
                    f'<rect class="{name}" x="{i * wide:.2f}" y="{y:.2f}" '
                    f'width="{max(wide - 0.4, 0.4):.2f}" height="{tall:.2f}"/>'
                )
        shapes.append(f"<g><title>{escape(title)}</title>{''.join(rects)}</g>")
    shapes.append(
        f'<text x="0" y="{high + 14}">{escape(days[0].day)}</text>'
        f'<text x="{WIDTH}" y="{high + 14}" text-anchor="end">{escape(days[-1].day)}</text>'
    )
    return svg("".join(shapes), high + 20, "events received a day")


def _of(action: str) -> str:
    fates = {
        "quarantine": "quarantined",
        "merge": "merged",
        "repair": "repaired",
        "erase": "erased",
    }
    return fates.get(action, "noted")


def svg(body: str, height: float, title: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">{body}</svg>'
