"""Charts of values with intervals, a line each: systems or slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from baihuo.evaluate.page.drawing import WIDTH, Scale, line, short, svg, text

_ROW, _LEFT, _RIGHT = 22, 240, 180


@dataclass(frozen=True, slots=True)
class Mark:
    """One value with its interval."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    css: str = "other"  # ours, baseline, worst or other
    note: str = ""  # next to the value, such as the number of rows

    @classmethod
    def of(cls, interval: Mapping[str, float], label: str, css: str, note: str = "") -> Mark:
        """Make a mark from ``mid``, ``low`` and ``high`` of a report."""
        return cls(label, interval["mid"], interval["low"], interval["high"], css, note)

    def words(self, *, signed: bool = False) -> str:
        """
        >>> Mark("a", 0.55, 0.5, 0.6).words(), Mark("a", 0.05, -0.01, 0.11).words(signed=True)
        ('0.550 [0.500, 0.600]', '+0.050 [-0.010, +0.110]')
        """
        if self.low is None or self.high is None:
            return short(self.value)
        digits = 4 if max(abs(self.value), self.high - self.low) < 0.02 else 3
        form = f"{'+' if signed else ''}.{digits}f"
        return f"{self.value:{form}} [{self.low:{form}}, {self.high:{form}}]"


def interval_chart(marks: Sequence[Mark], title: str, *, with_zero: bool = False) -> str:
    """Draw each value as a line: a dot, its 95% interval, and the numbers on the right.

    Args:
        with_zero: Always show 0: for differences, where the sign matters.
    """
    if not marks:
        return ""
    ends = [v for m in marks for v in (m.value, m.low, m.high) if v is not None]
    scale = Scale.over([*ends, 0.0] if with_zero else ends, _LEFT + 8, WIDTH - _RIGHT)
    bottom = len(marks) * _ROW + 6
    shapes = []
    for tick in scale.ticks():
        css = "grid zero" if with_zero and tick == 0 else "grid"
        shapes.append(line(scale(tick), 0, scale(tick), bottom, css))
        shapes.append(text(scale(tick), bottom + 14, short(tick), anchor="middle"))
    for number, mark in enumerate(marks):
        y = number * _ROW + _ROW / 2 + 2
        shapes.append(text(_LEFT, y + 4, _cut(mark.label), anchor="end"))
        if mark.low is not None and mark.high is not None:
            shapes.append(line(scale(mark.low), y, scale(mark.high), y, f"reach {mark.css}"))
        words = mark.words(signed=with_zero)
        note = f", {mark.note}" if mark.note else ""
        tooltip = escape(f"{mark.label}: {words}{note}")
        shapes.append(
            f'<circle class="{escape(mark.css)}" cx="{scale(mark.value):.1f}" cy="{y:.1f}" r="4.5">'
            f"<title>{tooltip}</title></circle>"
        )
        shapes.append(text(WIDTH - _RIGHT + 10, y + 4, words))
    return svg("".join(shapes), bottom + 20, title)


def _cut(label: str) -> str:
    return label if len(label) <= 38 else f"{label[:37]}…"
