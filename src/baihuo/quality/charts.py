"""The report's drawings, as inline SVG: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from baihuo.quality.report import Day, Finding, StepCount

_WIDTH = 860
_FATE = ("kept", "quarantined", "merged")


def flow(steps: Sequence[StepCount]) -> str:
    """Rows through the steps as a river; what a step takes out leaves it downwards.

    Heights are shares of the rows that came in; a branch is at least a hair, so that one row in a
    million is seen.
    """
    n_in = max(steps[0].n_in, 1)
    column, top, depth = _WIDTH / len(steps), 34, 90
    shapes = []
    for i, step in enumerate(steps):
        x, high = i * column, depth * step.n_in / n_in
        after = depth * step.n_kept / n_in
        shapes.append(
            f'<path class="kept" d="M{x:.1f},{top} H{x + column:.1f} V{top + after:.1f} '
            f'H{x + column * 0.6:.1f} L{x + column * 0.4:.1f},{top + high:.1f} H{x:.1f} Z"/>'
        )
        shapes.append(
            f'<text x="{x + 6:.1f}" y="16" class="name">{escape(step.step)}</text>'
            f'<text x="{x + 6:.1f}" y="29">{step.n_in:,}</text>'
        )
        left = top + after
        for name, n in (("quarantined", step.n_quarantined), ("merged", step.n_merged)):
            if n:
                thick = max(1.5, depth * n / n_in)
                from_x = x + column * (0.5 if name == "quarantined" else 0.72)
                bottom = top + depth + (26 if name == "quarantined" else 52)
                shapes.append(
                    f'<path class="{name}" d="M{from_x:.1f},{left:.1f} h{thick:.1f} V{bottom} h-{thick:.1f} Z"/>'
                    f'<text x="{from_x - 4:.1f}" y="{bottom + 11}">{n:,}</text>'
                )
        if step.n_repaired:
            shapes.append(
                f'<text x="{x + 6:.1f}" y="{top + 16}" class="on">{step.n_repaired:,} repaired</text>'
            )
    return _svg("".join(shapes), top + depth + 70, f"rows of {steps[0].table} through the steps")


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
    return _svg("".join(shapes), len(ordered) * 22 + 6, "rows by check")


def calendar(days: Sequence[Day]) -> str:
    """Events a day, what was taken out on top. More than 400 days are drawn by equal runs of days."""
    run = -(-len(days) // 400)
    groups = [days[i : i + run] for i in range(0, len(days), run)]
    counts = [
        (sum(d.n_kept for d in g), sum(d.n_quarantined for d in g), sum(d.n_merged for d in g))
        for g in groups
    ]
    most, wide, high = max(sum(c) for c in counts), _WIDTH / len(groups), 120
    shapes = []
    for i, (group, count) in enumerate(zip(groups, counts, strict=True)):
        y = float(high)
        label = group[0].day if len(group) == 1 else f"{group[0].day} to {group[-1].day}"
        title = f"{label}: {count[0]:,} kept, {count[1]:,} quarantined, {count[2]:,} merged"
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
        f'<text x="{_WIDTH}" y="{high + 14}" text-anchor="end">{escape(days[-1].day)}</text>'
    )
    return _svg("".join(shapes), high + 20, "events received a day")


def _of(action: str) -> str:
    return {"quarantine": "quarantined", "merge": "merged", "repair": "repaired"}.get(
        action, "noted"
    )


def _svg(body: str, height: float, title: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">{body}</svg>'
