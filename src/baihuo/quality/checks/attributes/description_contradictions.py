"""Descriptions that name what their product is not: another listing's model, brand or value, looked up as in titles (``mentions.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baihuo.engine import sql_file
from baihuo.quality.checks.attributes.mentions import mentions
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckResult

if TYPE_CHECKING:
    from pathlib import Path

    from baihuo.quality.checks.attributes.settings import AttributesRules

_MIN_AGREEMENT = 0.95  # of descriptions that name a value, hold it: they say more than titles
_MIN_SHARE = 0.1  # of products that hold a value, whose description names it
_MAX_WORDS = 100  # of a description: long ones name other products, too
_DESCRIPTION_CONTRADICTIONS = sql_file(__file__, "description_contradictions")


def description_contradictions(
    findings: FindingsStore,
    settings: AttributesRules,
    *,
    known_values: Path,
    value_spellings: Path,
) -> CheckResult:
    """Findings of products whose description names what they do not hold."""
    rows = findings.rows(
        "brand", "model", "title_en", "title_zh", "description_en", "description_zh"
    )
    named, contradicted = (
        findings.work / f"attribute_description_{name}.parquet"
        for name in ("mentions", "contradictions")
    )
    findings.tables.sql(
        mentions(
            f"(SELECT import_id, line, description_en AS title_en, description_zh AS title_zh FROM {rows})",
            _MAX_WORDS,
        ),
        out=named,
        known_values=known_values,
        value_spellings=value_spellings,
        **findings.inputs(),
    )
    findings.tables.sql(
        _DESCRIPTION_CONTRADICTIONS(
            rows=rows,
            codes=_codes("description_en"),
            codes_zh=_codes("description_zh"),
            min_rows=settings.min_rows,
            min_agreement=_MIN_AGREEMENT,
            min_named_share=_MIN_SHARE,
        ),
        out=contradicted,
        description_mentions=named,
        known_values=known_values,
        **findings.inputs(),
    )
    return CheckResult(
        selects=[
            "SELECT * FROM description_contradictions",
        ],
        inputs={"description_contradictions": contradicted},
    )


def _codes(text: str) -> str:
    """SQL: the distinct words of Latin letters and digits, such as models are."""
    words = f"regexp_extract_all(lower(coalesce({text}, '')), '[a-z0-9]{{4,}}')"
    has_both = "regexp_matches(word, '[0-9]') and regexp_matches(word, '[a-z]')"
    return f"list_distinct(list_filter({words}, lambda word: {has_both}))"
