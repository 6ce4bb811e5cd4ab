"""Titles that name several brands of the shop, none of which the product is made for."""

from __future__ import annotations

from baihuo.engine import sql_file

brands_in_a_row = sql_file(__file__, "brands_in_a_row").bind(
    words=r"[\p{L}\p{M}\p{N}]+",
    made_for=r"\b(?:for|fits?|compatible|works with|replace(?:s|ment)?|vs)\b",
    min_titles=3,
    min_share=0.5,
)
"""SQL of notes. ``rows``: ``title_en`` and ``brand``."""
