"""Numbers dragged down a sheet: for the steps of prices and of stock."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.findings import FindingsStore

_MIN_ROWS = 4  # lines with one step: with random prices that is one in millions
_NEIGHBOURS = sql_file(__file__, "neighbours").bind(min_rows=_MIN_ROWS)


def dragged(findings: FindingsStore, number: str, check: str) -> str:
    """SQL of notes on listings whose ``number`` grows by one step from line to line."""
    return _NEIGHBOURS(rows=findings.rows("brand", "category", number), number=number, rule=check)
