"""A page of sections with charts: one file without scripts or requests; data is escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from baihuo.quality import report_environment

DrawnChart = tuple[str, str]
"""Title, and SVG of this package."""


@dataclass(frozen=True, slots=True)
class DrawnSection:
    """Sentences and charts; an empty section is left out."""

    title: str
    words: Sequence[str] = ()
    charts: Sequence[DrawnChart] = ()


def drawn_page(title: str, facts: Sequence[str], sections: Sequence[DrawnSection]) -> str:
    """Return the page as HTML."""
    environment = report_environment("baihuo.evaluate")
    kept = [
        (s.title, s.words, [chart for chart in s.charts if chart[1]])
        for s in sections
        if s.words or any(drawing for _, drawing in s.charts)
    ]
    return environment.get_template("drawn.html").render(title=title, facts=facts, sections=kept)


# Charts of values with intervals, a line each: systems or slices.


_ROW, _NAMES_WIDTH, _VALUES_WIDTH = 22, 240, 180


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
    scale = Scale.over([*ends, 0.0] if with_zero else ends, _NAMES_WIDTH + 8, WIDTH - _VALUES_WIDTH)
    bottom = len(marks) * _ROW + 6
    shapes = []
    for tick in scale.ticks():
        css = "grid zero" if with_zero and tick == 0 else "grid"
        shapes.append(line(scale(tick), 0, scale(tick), bottom, css))
        shapes.append(text(scale(tick), bottom + 14, short(tick), anchor="middle"))
    for number, mark in enumerate(marks):
        y = number * _ROW + _ROW / 2 + 2
        shapes.append(text(_NAMES_WIDTH, y + 4, _cut(mark.label), anchor="end"))
        if mark.low is not None and mark.high is not None:
            shapes.append(line(scale(mark.low), y, scale(mark.high), y, f"reach {mark.css}"))
        words = mark.words(signed=with_zero)
        note = f", {mark.note}" if mark.note else ""
        tooltip = escape(f"{mark.label}: {words}{note}")
        shapes.append(
            f'<circle class="{escape(mark.css)}" cx="{scale(mark.value):.1f}" cy="{y:.1f}" r="4.5">'
            f"<title>{tooltip}</title></circle>"
        )
        shapes.append(text(WIDTH - _VALUES_WIDTH + 10, y + 4, words))
    return svg("".join(shapes), bottom + 20, title)


def _cut(label: str) -> str:
    return label if len(label) <= 38 else f"{label[:37]}…"


# Curves: predicted against observed, clicks by position, losses by step.


_HIGH, _LEFT, _RIGHT, _TOP = 260, 56, 180, 10
_COLOURS = ("#2874a6", "#d68910", "#3b7a57", "#c0392b", "#6c3483", "#117a65")


@dataclass(frozen=True, slots=True)
class Axes:
    """The labels of both axes."""

    across: str
    up: str
    with_diagonal: bool = False


class Point(NamedTuple):
    """Of a curve."""

    x: float
    y: float
    low: float | None = None  # of the interval of y; None: it has none
    high: float | None = None


def curve_chart(curves: Mapping[str, Sequence[Point]], axes: Axes, title: str) -> str:
    """Draw curves with points, intervals and a legend; ``""`` without points."""
    curves = {name: points for name, points in curves.items() if points}
    if not curves:
        return ""
    every = [point for points in curves.values() for point in points]
    across = [point.x for point in every]
    up = [v for point in every for v in (point.y, point.low, point.high) if v is not None]
    if axes.with_diagonal:
        across = up = [0.0, *across, *up]
    x = Scale.over(across, _LEFT, WIDTH - _RIGHT)
    y = Scale.over(up, _TOP + _HIGH, _TOP)
    shapes = _grid(x, y, axes)
    if axes.with_diagonal:
        ends = (max(x.low, y.low), min(x.high, y.high))
        shapes.append(line(x(ends[0]), y(ends[0]), x(ends[1]), y(ends[1]), "grid diagonal"))
    for number, (name, points) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        shapes.append(_joined([(x(point.x), y(point.y)) for point in points], colour))
        for point in points:
            if point.low is not None and point.high is not None:
                reach = [(x(point.x), y(point.low)), (x(point.x), y(point.high))]
                shapes.append(_joined(reach, colour, "line reach"))
        if len(points) <= 40:
            shapes += [
                f'<circle cx="{x(point.x):.1f}" cy="{y(point.y):.1f}" r="3.5" fill="{colour}">'
                f"<title>{escape(f'{name}: {_words(point)}')}</title></circle>"
                for point in points
            ]
        at = _TOP + 14 + number * 18
        left = WIDTH - _RIGHT + 12
        shapes.append(
            f'<rect x="{left}" y="{at - 9}" width="10" height="10" fill="{colour}"/>'
            + text(left + 15, at, name if len(name) <= 24 else f"{name[:23]}…")
        )
    return svg("".join(shapes), _TOP + _HIGH + 42, title)


def _joined(places: Sequence[tuple[float, float]], colour: str, css: str = "line") -> str:
    path = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
    return f'<polyline class="{css}" stroke="{colour}" points="{path}"/>'


def _words(point: Point) -> str:
    if point.low is None or point.high is None:
        return f"{short(point.x)}, {short(point.y)}"
    return f"{short(point.x)}, {short(point.y)} [{short(point.low)}, {short(point.high)}]"


def _grid(x: Scale, y: Scale, axes: Axes) -> list[str]:
    bottom = _TOP + _HIGH
    shapes = []
    for tick in y.ticks():
        shapes.append(line(_LEFT, y(tick), WIDTH - _RIGHT, y(tick), "grid"))
        shapes.append(text(_LEFT - 5, y(tick) + 4, short(tick), anchor="end"))
    shapes += [text(x(tick), bottom + 16, short(tick), anchor="middle") for tick in x.ticks()]
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    shapes.append(text(middle, bottom + 34, axes.across, anchor="middle", css="name"))
    shapes.append(text(_LEFT + 4, _TOP + 8, axes.up, css="name"))
    return shapes


# Shared parts of charts: canvas, scale, number format.


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
