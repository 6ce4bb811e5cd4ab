"""Values in an unusual format, then values that are off by a unit; a product gets all its fixes at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.schema.null_words import NO_VALUE
from baihuo.quality.checks.units.fixed_attributes import apply_fixes
from baihuo.quality.checks.units.format_fixes import fixes
from baihuo.quality.checks.units.formats import AttributeValue, ValueFormat, usual_format
from baihuo.quality.checks.units.measures import UNITS
from baihuo.quality.checks.units.settings import UnitsRules
from baihuo.quality.checks.units.tables import (
    UnitTables,
    dimension_at_end,
    dimension_named,
    extract_measures,
)
from baihuo.quality.checks.units.unit_errors import (
    TITLE_TOLERANCE,
    dimension_of,
    factors_to_usual,
    measure_in_title,
    measured_values,
    outliers,
    point_lost,
    title_contradictions,
)
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

_DISTINCT_VALUES = sql_file(__file__, "distinct_values")
_NO_MEASURES = sql_file(__file__, "no_measures")
_SWAPPED_MEASURES = sql_file(__file__, "swapped_measures").bind(min_share=0.75)
_MEASURED_SHARE = 0.9  # of an attribute's values in a category, before a word among them is odd
_ODD_KIND_SHARE = 0.02  # of them, and two in any case: more write it on purpose
_VERSION = re.compile(r"\b(?:version|revision)\b|版本", re.I)  # 1.3a is of no unit
_FIXES_BY_PRODUCT = sql_file(__file__, "fixes_by_product")

VALUE_FIXES = pa.schema(
    [
        pa.field("category", pa.string()),
        pa.field("key", pa.string()),
        pa.field("text", pa.string()),
        pa.field("is_text", pa.bool_()),
        pa.field("import_id", pa.int32()),  # with line: the one product; null: all with this value
        pa.field("line", pa.int64()),
        pa.field("rule", pa.string()),
        pa.field("new", pa.string()),  # JSON; null: a note
        pa.field("why", pa.string()),
        pa.field(
            "new_if_confirmed", pa.string()
        ),  # instead, where the title confirms the old value
        pa.field("new_base", pa.float64()),  # new in the base unit, which a title may confirm
    ]
)
Formats: TypeAlias = dict[tuple[str, str], ValueFormat]
"""(category, attribute) → its usual format."""
_FAR_RATIO = 10  # times beyond what 90% of a category have: noted, though no unit explains it
ValueId: TypeAlias = tuple[str, str, str, bool]
"""Category, attribute, value, and whether the value is text in JSON."""


def find(findings: FindingsStore, settings: UnitsRules, context: CheckContext) -> CheckResult:
    """Formats, then sizes; of two fixes of one value the first holds."""
    tables = extract_measures(findings, min_rows=settings.min_rows)
    if tables is None:
        return CheckResult()
    measured = measured_values(findings, tables)
    formats, value_fixes = _format_fixes(findings, settings, tables)
    fixed = {_value_id(row) for row in value_fixes}
    value_fixes += _unit_errors(findings, settings, tables, measured, formats, fixed)
    no_measures = _NO_MEASURES(
        rows=findings.rows("category", "attributes"),
        no_value=NO_VALUE,
        min_rows=settings.min_rows,
        measured_share=_MEASURED_SHARE,
        odd_share=_ODD_KIND_SHARE,
    )
    swapped = _SWAPPED_MEASURES(
        rows=findings.rows("title_en", "title_zh"), min_rows=settings.min_rows
    )
    inputs: dict[str, Source] = {
        "measured_values": measured,
        "title_measures": tables.title_measures,
    }
    if not value_fixes:
        return CheckResult(selects=[no_measures, swapped], inputs=inputs)
    fixes_by_product = findings.work / "units_fixes_by_product.parquet"
    unit_findings = findings.work / "units_findings.parquet"
    findings.tables.sql(
        _FIXES_BY_PRODUCT(tolerance=TITLE_TOLERANCE, rows=findings.rows("attributes")),
        out=fixes_by_product,
        numeric_attributes=tables.numeric_attributes,
        measured_values=measured,
        title_measures=tables.title_measures,
        value_fixes=pa.Table.from_pylist(value_fixes, schema=VALUE_FIXES),
        **findings.inputs(),
    )
    findings.tables.map_arrow(apply_fixes, fixes_by_product, out=unit_findings)
    return CheckResult(
        selects=[
            "SELECT import_id, line, rule, action, field, new, detail FROM unit_findings",
            no_measures,
            swapped,
        ],
        inputs={"unit_findings": unit_findings, **inputs},
    )


def _format_fixes(
    findings: FindingsStore, settings: UnitsRules, tables: UnitTables
) -> tuple[Formats, list[dict[str, Any]]]:
    """Usual formats of attributes that are written in several, and fixes of values in other formats."""
    distinct_values = findings.tables.sql(
        _DISTINCT_VALUES(min_rows=settings.min_rows),
        out=None,
        numeric_attributes=tables.numeric_attributes,
    )
    formats: Formats = {}
    value_fixes = []
    for (category, key), rows in groupby(
        _rows(distinct_values), key=lambda r: (r["category"], r["key"])
    ):
        if _VERSION.search(key):
            continue
        values = [AttributeValue(r["text"], r["is_text"], r["n"]) for r in rows]
        usual = usual_format(
            values,
            tables.learned_units.get((category, key)),
            dimension=dimension_named(key),
            certain_dimension=dimension_at_end(key),
            min_rows=settings.min_rows,
            min_share=settings.form_share,
        )
        if usual is None:
            continue
        formats[category, key] = usual
        value_fixes += [
            {
                "category": category,
                "key": key,
                "text": fix.value.text,
                "is_text": fix.value.is_text,
                "rule": fix.rule,
                "new": fix.new,
                "why": fix.why,
                "new_if_confirmed": fix.new_if_confirmed,
            }
            for fix in fixes(values, usual)
        ]
    return formats, value_fixes


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=65_536):
        yield from batch.to_pylist()


def _unit_errors(
    findings: FindingsStore,
    settings: UnitsRules,
    tables: UnitTables,
    measured: Path,
    formats: Formats,
    fixed: set[ValueId],
) -> list[dict[str, Any]]:
    """Fixes and notes of values that their title contradicts, or that are outliers; not of ``fixed``."""
    thresholds: dict[str, float] = {
        "min_rows": settings.min_rows,
        "usual_share": settings.usual_share,
        "covered": settings.covered,
        "odd_share": settings.odd_share,
        "min_ratio": settings.min_ratio,
        "max_deviations": settings.max_deviations,
        "agreement": settings.agreement,
    }
    errors: list[dict[str, Any]] = []
    contradicted: set[ValueId] = set()
    for row in title_contradictions(findings, tables, measured, thresholds):
        contradicted.add(_value_id(row))
        if _value_id(row) not in fixed:
            where = {"import_id": row["import_id"], "line": row["line"]}
            errors.append({**_value(row), **where, **_contradiction(row, formats)})
    for row in outliers(findings, measured, thresholds):
        dimension = dimension_of(row)
        if dimension is None or dimension == "count":
            continue
        if _value_id(row) in fixed or _value_id(row) in contradicted:
            continue
        if fix := _outlier(row, dimension, formats):
            errors.append({**_value(row), **fix})
    return errors


def _value_id(row: dict[str, Any]) -> ValueId:
    return row["category"], row["key"], row["text"], row["is_text"]


def _value(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("category", "key", "text", "is_text")}


def _contradiction(row: dict[str, Any], formats: Formats) -> dict[str, Any]:
    """A fix where the title has the same number in another unit, or with a point in it; else a note."""
    why = f"the title says {', '.join(row['titles'])}"
    unit = UNITS[row["unit"]]
    if not row["is_text"] or row["is_bare"]:
        measures = row["title_measures"]
        number = measure_in_title(row["number"], unit, measures, row["written_numbers"])
        if number is None:
            number = point_lost(row["number"], unit, measures)
        if number is not None:
            return {"rule": "unit_slip", "new": _as_json(row, number, formats), "why": why}
    return {"rule": "title_contradicts_attribute", "new": None, "why": why}


def _outlier(row: dict[str, Any], dimension: str, formats: Formats) -> dict[str, Any]:
    """A fix where one factor between units explains the value, a note where several do, or where none does and the
    value is very far; else empty."""
    low, high, magnitude = row["low"], row["high"], row["magnitude"]
    factors = factors_to_usual(magnitude, dimension, usual=row["usual"], low=low, high=high)
    scale = float(UNITS[row["unit"]].factor) if row["unit"] else 1.0
    others = f"{row['n_all']} others lie from {low / scale:g} to {high / scale:g}"
    if not factors:
        is_far = magnitude > _FAR_RATIO * high or magnitude * _FAR_RATIO < low
        is_far = (
            is_far and dimension != "data"
        )  # which grows tenfold in some years: 128 MB among 8 GB is old
        return {"rule": "unit_outlier", "new": None, "why": others} if is_far else {}
    is_sure = row["usual"] is not None and not (dimension == "data" and row["is_bare"])
    if len(factors) > 1 or not (is_sure or _is_thousand(factors[0], dimension)):
        alternatives = " or ".join(f"{f:g}" for f in sorted(factors))
        return {"rule": "unit_outlier", "new": None, "why": f"{others}; times {alternatives}"}
    new_base = magnitude * factors[0]
    new = _as_json(row, new_base / scale, formats)
    why = f"{others}; times {factors[0]:g}"
    return {"rule": "unit_slip", "new": new, "new_base": new_base, "why": why}


def _is_thousand(factor: float, dimension: str) -> bool:
    """Where there are many sizes, only an error by 1000 stands out; a bare number of data may be in any unit."""
    return dimension != "data" and max(factor, 1 / factor) > 999


def _as_json(row: dict[str, Any], number: float, formats: Formats) -> str:
    """A number in the format of its attribute: bare, as text, or with its unit."""
    exact = Fraction(repr(round(number, 6)))
    usual = formats.get((row["category"], row["key"]))
    if usual is not None:
        return usual.write(exact)
    plain = f"{number:.6g}" if number % 1 else str(int(number))
    return f"{plain}.0" if row["text"].endswith(".0") and "." not in plain else plain
