"""Numbers dragged or filled down a sheet: for the steps of prices and of stock."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.findings import FindingsStore

_MIN_ROWS = 4  # lines with one step: with random prices that is one in millions
_MIN_EQUAL_ROWS = 8  # lines with one number that hardly any other listing has
_MAX_EQUAL_SHARE = 0.1  # of a file's lines, that are of such runs: more, and it is grouped by price
_FILLED = sql_file(__file__, "filled_neighbours").bind(
    min_rows=_MIN_EQUAL_ROWS, max_share=_MAX_EQUAL_SHARE
)
_NEIGHBOURS = sql_file(__file__, "neighbours").bind(min_rows=_MIN_ROWS)


def dragged(findings: FindingsStore, number: str, check: str) -> str:
    """SQL of notes on listings whose ``number`` grows by one step from line to line."""
    return _NEIGHBOURS(rows=findings.rows("brand", "category", number), number=number, rule=check)


def filled(findings: FindingsStore, number: str, check: str) -> str:
    """SQL of notes on listings of all kinds that have one ``number`` over many lines, and nobody else has it."""
    return _FILLED(rows=findings.rows("brand", "category", number), number=number, rule=check)
