"""Attributes that are missing, contradict each other, or a code that two products share.

No names of attributes are built in: which attributes a category nearly always has, and which words
of a title go with which value, is counted in the shop's own catalogue.
"""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.attributes.codes import (
    are_mostly_bar_codes,
    bad_code,
    has_codes,
    odd_codes,
    shared_code,
)
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.attributes.synonyms import key_sql
from baihuo.quality.checks.attributes.title_contradictions import title_contradictions
from baihuo.quality.checks.json_object import is_no_object
from baihuo.quality.checks.schema.null_words import NO_VALUE
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_ATTRIBUTE_VALUES = sql_file(__file__, "attribute_values")
_MISSING_ATTRIBUTE = sql_file(__file__, "missing_attribute")
_BETWEEN_SYSTEMS = (25.4, 2.54, 3.28084, 453.59237, 28.349523125, 2.204623, 35.27396, 29.57353)
_CONFLICTING_SPELLINGS = sql_file(__file__, "conflicting_spellings").bind(
    factors=", ".join(f"{f}, {1 / f:.9g}" for f in _BETWEEN_SYSTEMS),
    tolerance=0.04,
    lone_tolerance=0.01,
)
_VARIANT_AGAINST_PRODUCT = sql_file(__file__, "variant_against_product")
_VARIANT_IDS = sql_file(__file__, "variant_ids")
_SHARED_VARIANTS = sql_file(__file__, "shared_variants").bind(max_share=0.2, min_share=0.8)
_EQUAL_VARIANTS = sql_file(__file__, "equal_variants").bind(max_share=0.2)
_VARIED_ALONE = sql_file(__file__, "varied_alone")
_ODD_VARIANTS = sql_file(__file__, "odd_variants").bind(max_share=0.2, min_named=0.9)
_NULL_WORDS = sql_file(__file__, "null_words")

_PRODUCT_ATTRIBUTES = """
    SELECT import_id, line, category, key, min(name) AS name, count(*) AS n_values
    FROM attribute_values GROUP BY import_id, line, category, key"""
"""One row per product and attribute. It is grouped, because distinct counts of millions do not spill to disk."""

_MAX_NULL_SHARE = 0.03  # of the products with an attribute, that write a word for null
_MIN_FIXED_SHARE = 0.8  # of a category's products, whose variants all have the product's value
_MIN_TYPICAL_SHARE = 0.9  # of a category's products have most of what is common in it
_MIN_SURE_SHARE = 0.9  # have an attribute at least, that is expected where others are optional
_STRICT_TIMES = 2.5  # so many times as many may lack one in a category without optional ones …
_MIN_STRICT_KEYS = 2  # … that nearly all have at least so many others of
CHECKS = (
    Check(
        name="missing_attribute",
        step="attributes",
        on="products",
        action="note",
        field="attributes",
        why="nearly all products of its category have this attribute, and it does not, or has a word such as N/A for it: "
        "no filter will find it",
        fix="fill in the attribute, or move the product if it is in the wrong category",
        version="2",
    ),
    Check(
        name="attribute_against_title",
        step="attributes",
        on="products",
        action="note",
        field="attributes",
        why="its title names another value of this attribute than the product has",
        fix="correct the title or the attribute",
        version="2",
    ),
    Check(
        name="brand_against_title",
        step="attributes",
        on="products",
        action="note",
        field="brand",
        why="its title names another brand and not the product's, where titles of both brands usually name them",
        fix="correct the brand or the title",
        version="2",
    ),
    Check(
        name="attribute_said_twice",
        step="attributes",
        on="products",
        action="note",
        field="attributes",
        why="two spellings of one attribute hold different values",
        fix="keep one spelling (Colour, not also color) and the right value",
    ),
    Check(
        name="variant_against_product",
        step="attributes",
        on="products",
        action="note",
        field="variants",
        why="the product has one value of an attribute, and each of its variants another; or one variant alone has, where "
        "variants do not vary in it; or two variants that differ have one id, so a sale of one may be of the other; or two "
        "that are equal have different prices; or another product has a variant of that id; or its stock is not that of its "
        "variants together, where it is in nearly all listings; or one has less than nothing in stock, or another size than its "
        "id names, where nearly all ids name theirs",
        fix="remove the attribute from the product, or correct it or the variant; give each variant an id of its own, and "
        "say in its attributes what it is",
        version="2",
    ),
    Check(
        name="bad_code",
        step="attributes",
        on="products",
        action="repair",
        field="codes",
        why="the code's check digit is wrong, or it is a placeholder; such a code names placeholders, so it is removed; or (a "
        "note) it is a number that a shop gives itself, a coupon's, a book's on what is no book, or an address",
        fix="scan the code again; internal numbers do not belong among codes",
    ),
    Check(
        name="shared_code",
        step="attributes",
        on="products",
        action="note",
        field="codes",
        why="other products have the same code: an event that names it could mean any of them",
        fix="correct the code, or merge the listings if they are one product",
    ),
)


def find(findings: FindingsStore, settings: AttributesRules, context: CheckContext) -> CheckResult:
    """All checks of attributes; those of codes are later rounds, see :func:`find_codes`."""
    tables, work = findings.tables, findings.work
    attribute_values = work / "attribute_values.parquet"
    tables.sql(
        _ATTRIBUTE_VALUES(
            key=key_sql("entry.key"),
            rows=findings.rows("category", "attributes"),
            placeholders=NO_VALUE,
        ),
        out=attribute_values,
        **findings.inputs(),
    )
    of_texts = ("attribute_against_title", "brand_against_title", "description_of_another")
    contradictions = (
        title_contradictions(findings, settings, attribute_values)
        if context.runs(*of_texts)
        else CheckResult()
    )
    if not n_rows(attribute_values):  # all others are about attributes
        return contradictions
    product_attributes = work / "product_attributes.parquet"
    tables.sql(_PRODUCT_ATTRIBUTES, out=product_attributes, attribute_values=attribute_values)
    inputs: dict[str, Source] = {
        "attribute_values": attribute_values,
        "product_attributes": product_attributes,
    }
    missing = []
    if context.runs("missing_attribute"):
        missing_attributes = work / "missing_attributes.parquet"
        select = _MISSING_ATTRIBUTE(
            rows=findings.rows("category"),
            is_unread=is_no_object("attributes"),
            min_rows=settings.min_rows,
            min_typical_share=_MIN_TYPICAL_SHARE,
            min_share=settings.min_share,
            min_strict_share=max(0.5, 1 - _STRICT_TIMES * (1 - settings.min_share)),
            min_strict_keys=_MIN_STRICT_KEYS,
            min_sure_share=_MIN_SURE_SHARE,
        )
        tables.sql(select, out=missing_attributes, **findings.inputs(), **inputs)
        inputs["missing_attributes"] = missing_attributes
        missing = ["SELECT * FROM missing_attributes"]
    selects = [
        *missing,
        _NULL_WORDS(
            rows=findings.rows("attributes"),
            placeholders=NO_VALUE,
            max_null_share=_MAX_NULL_SHARE,
        ),
        _CONFLICTING_SPELLINGS(),
        *_of_variants(findings, settings),
        *contradictions.selects,
    ]
    return CheckResult(selects=selects, inputs={**inputs, **contradictions.inputs})


def _of_variants(findings: FindingsStore, settings: AttributesRules) -> list[str]:
    """SQL of notes on variants; none where no product has any."""
    if "variants" in findings.empty:
        return []
    return [
        _VARIANT_AGAINST_PRODUCT(rows=findings.rows("variants"), key=key_sql("entry.key")),
        _VARIANT_IDS(rows=findings.rows("variants")),
        _SHARED_VARIANTS(
            rows=findings.rows("product_id", "stock_units", "variants"), min_rows=settings.min_rows
        ),
        _EQUAL_VARIANTS(rows=findings.rows("variants")),
        _VARIED_ALONE(
            rows=findings.rows("variants", "category"),
            key=key_sql("v.entry.key"),
            min_rows=settings.min_rows,
            min_share=_MIN_FIXED_SHARE,
        ),
        _ODD_VARIANTS(
            rows=findings.rows("product_id", "codes", "variants"),
            key=key_sql("entry.key"),
            min_rows=settings.min_rows,
        ),
    ]


def find_codes(
    findings: FindingsStore, settings: AttributesRules, context: CheckContext
) -> CheckResult:
    """Codes that are wrong; not looked for where most codes are no bar codes."""
    if not has_codes(findings):
        return CheckResult()
    if not are_mostly_bar_codes(findings, settings.min_valid_codes):
        why = f"fewer than {settings.min_valid_codes:.0%} of the codes have a right check digit, so they are the shop's own"
        return CheckResult(not_checked=(f"bad_code: {why}",))
    return CheckResult(selects=[bad_code(findings), odd_codes(findings, settings.min_rows)])


def find_shared(
    findings: FindingsStore, settings: AttributesRules, context: CheckContext
) -> CheckResult:
    """Codes on several products, after wrong codes were taken out."""
    return CheckResult(selects=[shared_code(findings)] if has_codes(findings) else [])


STEP = Step(
    name="attributes",
    settings=AttributesRules,
    checks=CHECKS,
    detectors=(find, find_codes, find_shared),
    finds={
        find: tuple(
            check.name for check in CHECKS if check.name not in ("bad_code", "shared_code")
        ),
        find_codes: ("bad_code",),
        find_shared: ("shared_code",),
    },
)
