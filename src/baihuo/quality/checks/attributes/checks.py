"""Attributes and variants that contradict each other, and codes that are wrong or that two products share.

No values of attributes are built in: an attribute is compared with itself under another spelling, and with the product's variants.
"""

from __future__ import annotations

from pydantic import Field

from baihuo.engine import sql_file
from baihuo.quality.checks.attributes.codes import (
    are_mostly_bar_codes,
    bad_code,
    has_codes,
    shared_code,
)
from baihuo.quality.checks.schema.null_words import NO_VALUE
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step


class AttributesRules(Limits):
    """Attributes that contradict each other, and codes."""

    # of codes have a right check digit; below, they are internal numbers
    min_valid_codes: float = Field(default=0.9, gt=0, le=1)


_ATTRIBUTE_VALUES = sql_file(__file__, "attribute_values")
_SAID_TWICE = sql_file(__file__, "said_twice").bind(
    factors="2.54, 25.4, 3.28084, 453.59237, 28.349523125, 2.204623, 29.57353", tolerance=0.01
)
_VARIANT_AGAINST_PRODUCT = sql_file(__file__, "variant_against_product")
_STOCK_AGAINST_VARIANTS = sql_file(__file__, "stock_against_variants").bind(
    min_rows=20, min_share=0.8
)
_UNLIKE_VARIANTS = sql_file(__file__, "unlike_variants")

CHECKS = read_checks(__file__, "attributes")
_AGAINST = next(check for check in CHECKS if check.name == "variant_against_product")


def _key(name: str) -> str:
    """SQL: the folded name, equal for all spellings of one: lower case, without spaces and punctuation.

    Brackets stay ("Weight (imperial)" is no spelling of "Weight").
    """
    folded = f"regexp_replace(lower({name}), '[\\s_\\-./:：]+', '', 'g')"
    return f"CASE {folded} WHEN '颜色' THEN 'color' WHEN 'colour' THEN 'color' WHEN '材质' THEN 'material' WHEN '尺码' THEN 'size' ELSE {folded} END"


def _words(text: str) -> str:
    """SQL: the words of a text between hyphens, so that a whole word or several can be looked for."""
    return f"'-' || regexp_replace(lower({text}), '[^\\p{{L}}\\p{{N}}]+', '-', 'g') || '-'"


def find(findings: FindingsStore, settings: AttributesRules, context: CheckContext) -> CheckResult:
    """Attributes that contradict themselves or the variants; codes are later rounds, see :func:`find_codes`."""
    attribute_values = findings.work / "attribute_values.parquet"
    select = _ATTRIBUTE_VALUES(
        key=_key("entry.key"), rows=findings.rows("attributes"), placeholders=NO_VALUE
    )
    findings.tables.sql(select, out=attribute_values, **findings.inputs())
    selects = [finding_sql(_SAID_TWICE(), "attribute_said_twice", field="'attributes'")]
    if "variants" not in findings.empty:
        rows = findings.rows("stock_units", "variants")
        selects += [
            finding_sql(_VARIANT_AGAINST_PRODUCT(rows=rows, key=_key("entry.key")), _AGAINST),
            finding_sql(_STOCK_AGAINST_VARIANTS(rows=rows), _AGAINST),
            finding_sql(
                _UNLIKE_VARIANTS(
                    rows=findings.rows("product_id", "variants"),
                    word=_words("value"),
                    id_words=_words("id"),
                    min_rows=20,
                    min_share=0.8,
                ),
                _AGAINST,
                {"field": "'variants'", "why": "why", "said": "left(said, 100)"},
            ),
        ]
    return CheckResult(selects=selects, inputs={"attribute_values": attribute_values})


def find_codes(
    findings: FindingsStore, settings: AttributesRules, context: CheckContext
) -> CheckResult:
    """Codes that are wrong; not looked for where most codes are no bar codes."""
    if not has_codes(findings):
        return CheckResult()
    if not are_mostly_bar_codes(findings, settings.min_valid_codes):
        why = f"fewer than {settings.min_valid_codes:.0%} of the codes have a right check digit, so they are the shop's own"
        return CheckResult(not_checked=(f"bad_code: {why}",))
    return CheckResult(selects=[bad_code(findings)])


def find_shared(
    findings: FindingsStore, settings: AttributesRules, context: CheckContext
) -> CheckResult:
    """Codes on several products or variants, after wrong codes were taken out."""
    has_any = has_codes(findings) or "variants" not in findings.empty
    return CheckResult(selects=[shared_code(findings)] if has_any else [])


STEP = Step(
    name="attributes",
    settings=AttributesRules,
    checks=CHECKS,
    detectors=(find, find_codes, find_shared),
    finds={
        find: ("attribute_said_twice", "variant_against_product"),
        find_codes: ("bad_code",),
        find_shared: ("shared_code",),
    },
)
