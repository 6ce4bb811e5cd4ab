"""Sizes, weights and capacities in one unit each.

An attribute is checked within its category: the usual format of its values, their unit, and how large
they are. Bare numbers get their unit from the attribute's name, or from titles that write a unit after
the same number. Every conversion is exact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.engine import sql_file
from baihuo.quality.checks.units.formats import AttributeValue, ValueFormat, fixes, usual_format
from baihuo.quality.checks.units.tables import (
    UNIT_TABLE,
    UnitTables,
    binary,
    dimension_named,
    extract_measures,
)
from baihuo.quality.checks.units.unit_definitions import DIMENSIONS, UNITS
from baihuo.quality.entries import read_checks
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step


class UnitsRules(Limits):
    """Sizes, weights and capacities in one unit each."""

    min_rows: PositiveInt = 20  # values of an attribute in a category before one is checked
    form_share: float = Field(default=0.8, gt=0.5, le=1)  # of them in one format: the usual one
    odd_share: float = Field(default=0.04, gt=0, le=1)  # a value more frequent is no error
    min_ratio: float = Field(default=5, gt=1)  # so many times beyond the middle 90%
    max_deviations: PositiveFloat = 5  # robust standard deviations on the log scale
    # of titles that agree with an attribute, before one is contradicted
    agreement: float = Field(default=0.9, gt=0.5, le=1)


_DISTINCT_VALUES = sql_file(__file__, "distinct_values")
_MEASURED_VALUES = sql_file(__file__, "measured_values")
_TITLE_CONTRADICTIONS = sql_file(__file__, "title_contradictions").bind(
    tolerance=0.03, converted_tolerance=0.1
)
_OUTLIERS = sql_file(__file__, "outliers")
_FIXES_BY_PRODUCT = sql_file(__file__, "fixes_by_product")
_TOLERANCE = 0.01  # relative: two such numbers are the same, written with fewer digits
# units that people confuse; 2 and 2.2 (斤, lb and kg) are too close to another size
_FACTORS: dict[str, tuple[float, ...]] = {
    "length": (10, 100, 1000, 25.4, 2.54),
    "mass": (1000, 500, 453.59237, 28.349523125),
    "volume": (1000, 10, 100, 29.5735295625),
    "data": (1000, 1024, 1000**2, 1024**2),
    "frequency": (1000, 1000**2),
    "time": (60, 3600, 1000),
}
_THOUSAND = (1000.0,)  # between units of any other dimension
_VALUE_FIXES = pa.schema(
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
    ]
)
_FINDINGS = pa.schema(
    [
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        *(pa.field(n, pa.string()) for n in ("rule", "action", "field", "new", "detail")),
    ]
)
Formats: TypeAlias = dict[tuple[str, str], ValueFormat]
"""(category, attribute) → its usual format."""
ValueId: TypeAlias = tuple[str, str, str, bool]
"""Category, attribute, value, and whether the value is text in JSON."""


def find(findings: FindingsStore, settings: UnitsRules, context: CheckContext) -> CheckResult:
    """Formats, then sizes; of two fixes of one value the first holds."""
    tables = extract_measures(findings, min_rows=settings.min_rows)
    if tables is None:
        return CheckResult()
    formats, value_fixes = _format_fixes(findings, settings, tables)
    fixed = {_value_id(row) for row in value_fixes}
    value_fixes += _wrong_sizes(findings, settings, tables, formats, fixed)
    if not value_fixes:
        return CheckResult()
    by_product = findings.work / "units_fixes_by_product.parquet"
    unit_findings = findings.work / "units_findings.parquet"
    findings.tables.sql(
        _FIXES_BY_PRODUCT(rows=findings.rows("attributes")),
        out=by_product,
        numeric_attributes=tables.numeric_attributes,
        value_fixes=pa.Table.from_pylist(value_fixes, schema=_VALUE_FIXES),
        **findings.inputs(),
    )
    findings.tables.map_arrow(_apply_fixes, by_product, out=unit_findings)
    return CheckResult(
        selects=["SELECT import_id, line, rule, action, field, new, detail FROM unit_findings"],
        inputs={"unit_findings": unit_findings},
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
    for slot, rows in groupby(_rows(distinct_values), key=lambda r: (r["category"], r["key"])):
        values = [AttributeValue(r["text"], r["is_text"], r["n"]) for r in rows]
        usual = usual_format(
            values,
            tables.learned_units.get(slot),
            min_rows=settings.min_rows,
            min_share=settings.form_share,
        )
        if usual is None:
            continue
        formats[slot] = usual
        for fix in fixes(values, usual):
            value = {"text": fix.value.text, "is_text": fix.value.is_text}
            what = {"rule": fix.rule, "new": fix.new, "why": fix.why}
            value_fixes.append({"category": slot[0], "key": slot[1], **value, **what})
    return formats, value_fixes


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=65_536):
        yield from batch.to_pylist()


def _wrong_sizes(
    findings: FindingsStore,
    settings: UnitsRules,
    tables: UnitTables,
    formats: Formats,
    fixed: set[ValueId],
) -> list[dict[str, Any]]:
    """Fixes and notes of values that their title contradicts, or that are outliers; not of ``fixed``."""
    measured = _measured_values(findings, tables)
    far = {
        _value_id(row): row
        for row in findings.tables.sql(
            _OUTLIERS(
                min_rows=settings.min_rows,
                odd_share=settings.odd_share,
                min_ratio=settings.min_ratio,
                max_deviations=settings.max_deviations,
            ),
            out=None,
            measured_values=measured,
        ).to_pylist()
    }
    contradictions = findings.tables.sql(
        _TITLE_CONTRADICTIONS(
            rows=findings.rows("title_en", "title_zh"),
            min_rows=settings.min_rows,
            agreement=settings.agreement,
        ),
        out=None,
        measured_values=measured,
        title_measures=tables.title_measures,
        units=UNIT_TABLE,
        **findings.inputs(),
    )
    errors: list[dict[str, Any]] = []
    for row in contradictions.to_pylist():
        if _value_id(row) in fixed or not (row["is_trusted"] or _value_id(row) in far):
            continue
        where = {name: row[name] for name in ("category", "key", "text", "is_text")}
        where |= {"import_id": row["import_id"], "line": row["line"]}
        errors.append({**where, **_contradiction(row, formats)})
    named = {_value_id(row) for row in errors}
    for value, row in far.items():
        if value not in fixed and value not in named and (note := _outlier(row)) is not None:
            where = {name: row[name] for name in ("category", "key", "text", "is_text")}
            errors.append({**where, **note})
    return errors


def _measured_values(findings: FindingsStore, tables: UnitTables) -> Path:
    """A file of every attribute with a number, and its unit where that is known."""
    out = findings.work / "units_measured_values.parquet"
    learned = [
        {"category": c, "key": k, "unit": u.name} for (c, k), u in tables.learned_units.items()
    ]
    types = pa.schema([(name, pa.string()) for name in ("category", "key", "unit")])
    findings.tables.sql(
        _MEASURED_VALUES(),
        out=out,
        numeric_attributes=tables.numeric_attributes,
        value_measures=tables.value_measures,
        units=UNIT_TABLE,
        learned_units=pa.Table.from_pylist(learned, schema=types),
    )
    return out


def _value_id(row: Mapping[str, Any]) -> ValueId:
    return row["category"], row["key"], row["text"], row["is_text"]


def _contradiction(row: Mapping[str, Any], formats: Formats) -> dict[str, Any]:
    """A fix where the title has the same number in another unit; else a note."""
    why = f"the title says {', '.join(row['titles'])}"
    if (row["is_bare"] or not row["is_text"]) and (size := _size_in_title(row)) is not None:
        return {"rule": "unit_slip", "new": _as_json(row, size, formats), "why": why}
    return {"rule": "title_contradicts_attribute", "new": None, "why": why}


def _size_in_title(row: Mapping[str, Any]) -> float | None:
    """In the attribute's unit, the measure that the title has with its number and another unit; None if there is none, or several.

    It is the title's number, not the converted one: who wrote 22.1 rounded 8.7 inch, in cm. A terabyte is as many gigabytes as
    the category writes.
    """
    unit = UNITS[row["unit"]]
    sizes: set[float] = set()
    for other in DIMENSIONS[unit.dimension]:
        if 0.4 < other.factor / unit.factor < 2.5:  # a yard is close to a metre: no evidence
            continue
        stated = [row["number"] * factor for factor in (float(other.factor), binary(other))]
        for measure in row["title_measures"]:
            for size in measure.values():
                if any(abs(size - s) <= _TOLERANCE * size for s in stated):
                    sizes |= {round(size / f, 6) for f in (float(unit.factor), binary(unit))}
    if len(sizes) > 1:
        sizes &= set(row["numbers"])
    return sizes.pop() if len(sizes) == 1 else None


def _outlier(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A note where a factor between units explains the value; else None."""
    dimension = UNITS[row["unit"]].dimension if row["unit"] else dimension_named(row["key"])
    if dimension is None or dimension == "count":
        return None
    low, high, magnitude = row["low"], row["high"], row["magnitude"]
    scale = float(UNITS[row["unit"]].factor) if row["unit"] else 1.0
    why = f"{row['n_all']} others lie from {low / scale:g} to {high / scale:g}"
    factors = {f for factor in _FACTORS.get(dimension, _THOUSAND) for f in (factor, 1 / factor)}
    if fitting := sorted(f for f in factors if low <= magnitude * f <= high):
        why += f"; times {' or '.join(f'{f:g}' for f in fitting)}"
        return {"rule": "unit_slip", "new": None, "why": why}
    return None


def _as_json(row: Mapping[str, Any], number: float, formats: Formats) -> str:
    """A number in the format of its attribute: bare, as text, or with its unit."""
    usual = formats.get((row["category"], row["key"]))
    if usual is not None:
        return usual.write(Fraction(repr(round(number, 6))))
    plain = f"{number:.6g}" if number % 1 else str(int(number))
    return f"{plain}.0" if row["text"].endswith(".0") and "." not in plain else plain


def _apply_fixes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Findings of products with ``attributes`` and ``fixes`` (``fixes_by_product.sql``): each with all fixes of its product in ``new``."""
    rows: list[dict[str, Any]] = []
    for product in batch.to_pylist():
        attributes, fixed = json.loads(product["attributes"]), set[str]()
        for fix in product["fixes"]:
            if fix["new"] is not None and fix["key"] not in fixed:
                fixed.add(fix["key"])
                attributes[fix["key"]] = json.loads(fix["new"])
        separators = None if '": ' in product["attributes"] else (",", ":")
        new = json.dumps(attributes, ensure_ascii=False, separators=separators)
        for fix in product["fixes"]:
            is_note = fix["new"] is None
            detail = {"field": "attributes", "attribute": fix["key"], "old": fix["text"]}
            if not is_note:
                detail["new"] = str(json.loads(fix["new"]))
            rows.append(
                {
                    "import_id": product["import_id"],
                    "line": product["line"],
                    "rule": fix["rule"],
                    "action": "note" if is_note else "repair",
                    "field": None if is_note else "attributes",
                    "new": None if is_note else new,
                    "detail": json.dumps({**detail, "why": fix["why"]}, ensure_ascii=False),
                }
            )
    return pa.RecordBatch.from_pylist(rows, schema=_FINDINGS)


CHECKS = read_checks(__file__, "units")
STEP = Step(name="units", settings=UnitsRules, checks=CHECKS, detectors=(find,))
