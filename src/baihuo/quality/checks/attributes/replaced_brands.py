"""Titles with another word in the place of the brand, and titles of two products of the shop."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.attributes.mentions import normalized
from baihuo.quality.findings import FindingsStore

_REPLACED_BRANDS = sql_file(__file__, "replaced_brands").bind(
    normalized_brand=normalized("brand"),
    normalized_model=normalized("model"),
    normalized_title=normalized("title"),
    between=r"\s+(?:[/+&|;]|and|plus|und|与|和|及|以及|或)\s+|[;；|]\s*",
    made_for=r"(?i)\b(?:for|fits?|compatible|works with|replac(?:es|ement)|für|pour)\b|适用|兼容|通用|适配|替代",
    words=r"[\p{L}\p{N}]+",
    min_known=5,  # titles
    min_share=0.9,
    max_seldom=0.05,
)


def replaced_brands(findings: FindingsStore) -> str:
    """SQL of findings."""
    return _REPLACED_BRANDS(rows=findings.rows("brand", "model", "title_en", "title_zh"))
