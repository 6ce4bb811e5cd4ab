"""Curves: predicted against observed, clicks by position, losses by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from baihuo.evaluate.page.drawing import WIDTH, Scale, line, short, svg, text

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
