"""The report's drawings, as inline SVG: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from baihuo.quality.counts import Day, Finding

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
