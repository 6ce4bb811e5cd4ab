"""Shared parts of charts: canvas, scale, number format."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720  # of the canvas; the page scrolls it sideways where the screen is narrower


def svg(body: str, height: float, title: str) -> str:
    """Return an SVG chart with a title for screen readers; ``body`` is escaped SVG."""
    return (
        f'<div class="chart"><svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}">{body}</svg></div>'
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", css: str = "") -> str:
    """Draw text at a point."""
    css = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """Draw a straight line."""
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to positions on the canvas."""

    low: float
    high: float
    start: float  # position of ``low``
    end: float  # position of ``high``

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> Scale:
        """Make a scale slightly wider than all values."""
        low, high = min(values), max(values)
        margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
        return cls(low - margin, high + margin, start, end)

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Three to seven round values.

        >>> Scale(0.0, 1.0, 0, 100).ticks()
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        """
        wide = self.high - self.low
        power = 10.0 ** math.floor(math.log10(wide / 3))
        step = next(power * m for m in (10, 5, 2, 1) if wide / (power * m) >= 3)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(i * step, 10) for i in range(first, last + 1)]


def short(value: float) -> str:
    """
    >>> short(0.25), short(0.00012), short(1200.0)
    ('0.25', '0.00012', '1200')
    """
    return f"{value:.4g}"
