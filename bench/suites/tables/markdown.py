"""Markdown tables, and intervals as they stand in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table without a line break at its end."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def interval(value: Row | None, digits: int = 4) -> str:
    """``+0.0102 [+0.0031, +0.0170]``; a dash where nothing was measured."""
    if value is None:
        return "–"
    mid, low, high = (value[k] + 0.0 for k in ("mid", "low", "high"))
    return f"{mid:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def short_interval(value: Row | None, middle: str = "mid") -> str:
    """The same with three digits; ``middle`` names the figure between the ends."""
    return f"{value[middle]:+.3f} [{value['low']:+.3f}, {value['high']:+.3f}]" if value else "–"


def columns(*names: str, of: str = "") -> Callable[[list[Row]], str]:
    """A drawer of a table with these fields of each line that has the field ``of`` (the first where it is empty)."""

    def draw(rows: list[Row]) -> str:
        lines = (r for r in rows if (of or names[0]) in r)
        cells = ([_rounded(r.get(name)) for name in names] for r in lines)
        return table([name.replace("_", " ") for name in names], cells)

    return draw


def _rounded(value: Any) -> object:
    """A number as it is read: three digits below 10, none from 1,000; an estimate with its interval; a dash for nothing."""
    if isinstance(value, dict):
        return interval(value, digits=5)
    if isinstance(value, float):
        digits = 3 if abs(value) < 10 else 1 if abs(value) < 1_000 else 0
        return f"{value:,.{digits}f}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None or isinstance(value, str | bool):
        return "–" if value is None else value
    return f"{value:,}"


def every_column(rows: list[Row]) -> str:
    """The table of results that have none of their own: every figure as it is."""
    flat = [{k: v for k, v in r.items() if not isinstance(v, dict)} for r in rows]
    names = list(dict.fromkeys(k for r in flat for k in r))
    return table(names, ([r.get(n, "–") for n in names] for r in flat))
