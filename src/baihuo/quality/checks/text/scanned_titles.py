"""Titles that a scanner read from paper: 0 for o, 1 for l, rn for m."""

from __future__ import annotations

from baihuo.engine import sql_file

_SCANNED_TITLES = sql_file(__file__, "scanned_titles").bind(
    min_common=5, max_seldom=2, max_seldom_share=0.05
)


def scanned_titles(rows: str) -> str:
    """SQL of notes. ``rows``: ``title_en``."""
    return _SCANNED_TITLES(rows=rows)
