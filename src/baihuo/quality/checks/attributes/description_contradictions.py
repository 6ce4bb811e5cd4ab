"""Descriptions that name what their product is not: another listing's model, brand, value or measure.

Values that titles name, too, are looked up as there (``mentions.py``). Brands and colours are also searched for by
how often texts name their own at all; what both find is one finding.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.attributes.measure_units import UNIT_ROWS
from baihuo.quality.checks.attributes.mentions import mentions
from baihuo.quality.checks.attributes.synonyms import COLOURS
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckResult

if TYPE_CHECKING:
    from pathlib import Path

    from baihuo.quality.checks.attributes.settings import AttributesRules

_MIN_AGREEMENT = 0.95  # of descriptions that name a value, hold it: they say more than titles
_MIN_STATED_AGREEMENT = 0.85  # of stated values: a third text confirms each that is noted
_MIN_SHARE = 0.1  # of products that hold a value, whose description names it
_MAX_WORDS = 100  # of a description: long ones name other products, too
_MIN_TEXT_SHARE = 0.95  # of texts that name any value of an attribute, that name their own
_DESCRIPTION_CONTRADICTIONS = sql_file(__file__, "description_contradictions")
_DESCRIBED_MEASURES = sql_file(__file__, "described_measures").bind(units=UNIT_ROWS)
_STATED_VALUES = sql_file(__file__, "stated_values").bind(
    # at the beginning, or behind the end of another: "Many pockets. Colour: Brown; Age: 6+."
    statement=r"(?:^|[;；。.!！\n|]\s*)(\pL[\pL\pN ()/&-]{0,28}) ?[:：]\s*((?:[^;；。,，\n|.]|[.,][0-9]){1,40})",
    number=r"^([0-9]+(?:\.[0-9]+)?) ?([^0-9\s.,]{0,6})$",
    most=20_000,
    min_agreement=_MIN_STATED_AGREEMENT,
    min_known=5,
)
_TEXT_CONTRADICTIONS = sql_file(__file__, "text_contradictions").bind(
    min_share_of_word=0.8, colours=", ".join(map(sql_text, sorted(COLOURS)))
)
_COMMON_VALUES = sql_file(__file__, "common_values").bind(pattern="^[A-Za-z& -]{3,30}$", most=600)


def description_contradictions(
    findings: FindingsStore,
    settings: AttributesRules,
    attribute_values: Path,
    *,
    known_values: Path,
    value_spellings: Path,
) -> CheckResult:
    """Findings of products whose description names what they do not hold. Reads ``attribute_values``, too."""
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
            _DESCRIBED_MEASURES(rows=rows),
            _STATED_VALUES(rows=rows, min_rows=settings.min_rows),
            *_of_brands_and_colours(findings, settings, attribute_values),
        ],
        inputs={"description_contradictions": contradicted},
    )


def _of_brands_and_colours(
    findings: FindingsStore, settings: AttributesRules, attribute_values: Path
) -> list[str]:
    """SQL of notes on texts that name another brand or colour; none where no value is common."""
    rows = findings.rows("brand", "title_en", "description_en")
    known = findings.tables.sql(
        _COMMON_VALUES(rows=rows),
        out=None,
        attribute_values=attribute_values,
        **findings.inputs(),
    )["value"].to_pylist()
    if not known:
        return []
    words = "|".join(re.escape(v) for v in sorted(known, key=len, reverse=True))
    return [
        _TEXT_CONTRADICTIONS(
            rows=rows,
            pattern=f"-?\\b(?:{words})\\b-?".replace("'", "''"),
            min_rows=settings.min_rows,
            min_share=_MIN_TEXT_SHARE,
        )
    ]


def _codes(text: str) -> str:
    """SQL: the distinct words of Latin letters and digits, such as models are."""
    words = f"regexp_extract_all(lower(coalesce({text}, '')), '[a-z0-9]{{4,}}')"
    has_both = "regexp_matches(word, '[0-9]') and regexp_matches(word, '[a-z]')"
    return f"list_distinct(list_filter({words}, lambda word: {has_both}))"
