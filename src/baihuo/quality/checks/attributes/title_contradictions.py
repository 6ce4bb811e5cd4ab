"""Titles that name another value of an attribute, or another brand, than the product has.

Which words can be trusted is counted: of the titles with the word "red", how many belong to products
whose colour is red? Only where nearly all do, a title with the word and another colour is a finding.
So "orange" in the name of a juice is no evidence, nor the brand of the phone that a case is made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baihuo.core import CATEGORY_SEPARATOR
from baihuo.engine import sql_file
from baihuo.quality.checks.attributes.description_contradictions import (
    description_contradictions,
)
from baihuo.quality.checks.attributes.mentions import mentions, normalized
from baihuo.quality.checks.attributes.synonyms import COLOURS
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckResult

if TYPE_CHECKING:
    from pathlib import Path

    from baihuo.quality.checks.attributes.settings import AttributesRules

_KNOWN_VALUES = sql_file(__file__, "known_values")
_VALUE_SPELLINGS = sql_file(__file__, "value_spellings")
_TITLE_CONTRADICTIONS = sql_file(__file__, "title_contradictions")

_MAX_WORDS = 40  # of a title: the rest is keyword stuffing
_MAX_VALUES = 300  # of an attribute in a department: with more it is not a list of choices
_MIN_MENTION_SHARE = 0.4  # of products that hold a value, the share that name it in the title
_MAX_SELDOM_SHARE = 0.03  # of a department's products with an attribute, that hold a seldom value
_MIN_NAMED_SHARE = (
    0.8  # of them all, whose titles name what they hold, before a seldom value is judged
)
_DEPARTMENT = f"coalesce(split_part(category, '{CATEGORY_SEPARATOR}', 1), '')"


def title_contradictions(
    findings: FindingsStore, settings: AttributesRules, attribute_values: Path
) -> CheckResult:
    """Findings of products whose title names another value than they hold.

    ``attribute_values`` has one row per attribute of a product (``attribute_values.sql``).
    """
    tables, work = findings.tables, findings.work
    known_values = work / "attribute_known_values.parquet"
    value_spellings = work / "attribute_value_spellings.parquet"
    title_mentions = work / "attribute_title_mentions.parquet"
    if not _known_values(
        findings, settings, attribute_values, out=known_values, spellings=value_spellings
    ):
        return CheckResult()
    tables.sql(
        mentions(findings.rows("title_en", "title_zh"), _MAX_WORDS),
        out=title_mentions,
        known_values=known_values,
        value_spellings=value_spellings,
        **findings.inputs(),
    )
    select = _TITLE_CONTRADICTIONS(
        min_rows=settings.min_rows,
        min_agreement=settings.min_agreement,
        min_mention_share=_MIN_MENTION_SHARE,
        max_seldom_share=_MAX_SELDOM_SHARE,
        min_named_share=_MIN_NAMED_SHARE,
        normalized_value=normalized("value"),
        normalized_brand=normalized("concat_ws(' ', brand, model)"),
        rows=findings.rows("brand", "model", "title_en", "title_zh"),
    )
    contradictions = work / "attribute_contradictions.parquet"
    tables.sql(
        select,
        out=contradictions,
        attribute_values=attribute_values,
        title_mentions=title_mentions,
        known_values=known_values,
        **findings.inputs(),
    )
    of_descriptions = CheckResult()
    if not findings.empty >= {"description_en", "description_zh"}:
        of_descriptions = description_contradictions(
            findings,
            settings,
            known_values=known_values,
            value_spellings=value_spellings,
        )
    return CheckResult(
        selects=["SELECT * FROM contradictions", *of_descriptions.selects],
        inputs={"contradictions": contradictions, **of_descriptions.inputs},
    )


def _known_values(
    findings: FindingsStore,
    settings: AttributesRules,
    attribute_values: Path,
    *,
    out: Path,
    spellings: Path,
) -> bool:
    """Write the known values of products and the ways texts write them; False: there are none."""
    findings.tables.sql(
        _KNOWN_VALUES(
            department=_DEPARTMENT,
            normalized_value=normalized("value"),
            normalized_brand=normalized("brand"),
            rows=findings.rows("brand"),
        ),
        out=out,
        attribute_values=attribute_values,
        **findings.inputs(),
    )
    if not n_rows(out):
        return False
    pairs = ", ".join(f"('{en}', '{zh}')" for en, names in COLOURS.items() for zh in names)
    findings.tables.sql(
        _VALUE_SPELLINGS(
            colour_pairs=pairs,
            max_values=_MAX_VALUES,
            min_products=max(2, settings.min_rows // 4),
        ),
        out=spellings,
        known_values=out,
    )
    return True
