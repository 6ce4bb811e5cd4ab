"""Sizes, weights and capacities in one unit each.

An attribute is judged within its category ("shelf"): how its values are usually written, in which
unit, and how large they are. Bare numbers get their unit from the attribute's name, or from the
titles, where they write one after the very same number. Every conversion is exact.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.units.forms import AttributeValue, Form, fixes, usual_form
from baihuo.quality.checks.units.measures import UNITS
from baihuo.quality.checks.units.settings import UnitsRules
from baihuo.quality.checks.units.tables import UnitTables, dimension_named, gather
from baihuo.quality.checks.units.unit_errors import (
    NEAR_TITLE,
    against_titles,
    dimension_of,
    landing,
    numbers,
    outliers,
    witnessed,
)
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_FIND = sql_file(__file__, "find")
_FORMS = sql_file(__file__, "forms")

CHECKS: tuple[Check, ...] = (
    Check(
        name="unit_form",
        step="units",
        on="products",
        action="repair",
        field="attributes",
        why="a measure is written in another unit or spelling than its shelf's; converted exactly",
        fix="agree on one unit per attribute, and let the source convert",
    ),
    Check(
        name="number_form",
        step="units",
        on="products",
        action="repair",
        field="attributes",
        why="a number is written in a way that filters and sorts cannot read (1,5 kg; full-width digits)",
        fix="write numbers with a decimal point and plain digits",
    ),
    Check(
        name="mixed_units",
        step="units",
        on="products",
        action="note",
        field="attributes",
        why="a measure stands apart from its shelf's, and which one is meant is not certain",
        fix="write the unit that the shelf's other products have",
    ),
    Check(
        name="unit_slip",
        step="units",
        on="products",
        action="repair",
        field="attributes",
        why="a value is off by exactly the factor between two units",
        fix="look at the unit of this attribute in the source: it was typed in another one",
    ),
    Check(
        name="unit_outlier",
        step="units",
        on="products",
        action="note",
        field="attributes",
        why="a value is far from every other on its shelf, and more than one unit would explain it",
        fix="look at the value, or move the product to its category",
    ),
    Check(
        name="title_contradicts_attribute",
        step="units",
        on="products",
        action="note",
        field="attributes",
        why="its title says another size than the attribute, where titles of its shelf agree with it",
        fix="correct whichever is wrong",
    ),
)

FIXED = pa.schema(
    [
        pa.field("shelf", pa.string()),
        pa.field("key", pa.string()),
        pa.field("text", pa.string()),
        pa.field("is_text", pa.bool_()),
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        pa.field("rule", pa.string()),
        pa.field("new", pa.string()),
        pa.field("why", pa.string()),
        pa.field("if_titled", pa.string()),
    ]
)


def find(findings: FindingsStore, settings: UnitsRules, context: CheckContext) -> CheckResult:
    """Ways of writing, then sizes; of two fixes of one value the first holds."""
    tables = gather(findings, min_rows=settings.min_rows)
    if tables is None:
        return CheckResult()
    every = numbers(findings, tables)
    forms, fixed = _forms(findings, settings, tables)
    fixed += _slips(findings, settings, tables, every, forms, {_id(row) for row in fixed})
    if not fixed:
        return CheckResult()
    work = findings.work / "units_apply.parquet"
    made = findings.work / "units_made.parquet"
    findings.tables.sql(
        _FIND(near_title=NEAR_TITLE, rows=findings.rows("attributes")),
        out=work,
        pairs=tables.pairs,
        numbers=every,
        titled=tables.titled,
        fixed=pa.Table.from_pylist(fixed, schema=FIXED),
        **findings.inputs(),
    )
    findings.tables.map_arrow(_applied, work, out=made)
    return CheckResult(
        selects=["SELECT import_id, line, rule, action, field, new, detail FROM made"],
        inputs={"made": made},
    )


STEP = Step(name="units", settings=UnitsRules, checks=CHECKS, detectors=(find,))


def _forms(
    findings: FindingsStore, settings: UnitsRules, tables: UnitTables
) -> tuple[dict[tuple[str, str], Form], list[dict[str, Any]]]:
    """The usual ways of attributes that are written in several, and the values that are not that way."""
    limits = settings
    facts = findings.tables.sql(
        _FORMS(min_rows=limits.min_rows),
        out=None,
        pairs=tables.pairs,
    )
    forms, fixed = {}, []
    for (shelf, key), rows in groupby(_rows(facts), key=lambda r: (r["shelf"], r["key"])):
        values = [AttributeValue(r["text"], r["is_text"], r["n"]) for r in rows]
        form = usual_form(
            values,
            tables.learned.get((shelf, key)),
            dimension=dimension_named(key),
            min_rows=limits.min_rows,
            min_share=limits.form_share,
        )
        if form is None:
            continue
        forms[shelf, key] = form
        fixed += [
            {
                "shelf": shelf,
                "key": key,
                "text": fix.fact.text,
                "is_text": fix.fact.is_text,
                "rule": fix.rule,
                "new": fix.new,
                "why": fix.why,
                "if_titled": fix.if_titled,
            }
            for fix in fixes(values, form)
        ]
    return forms, fixed


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=65_536):
        yield from batch.to_pylist()


def _slips(
    findings: FindingsStore,
    settings: UnitsRules,
    tables: UnitTables,
    every: Path,
    forms: dict[tuple[str, str], Form],
    done: set[tuple[str, str, str, bool]],
) -> list[dict[str, Any]]:
    limits = settings
    words = {
        "min_rows": limits.min_rows,
        "usual_share": limits.usual_share,
        "covered": limits.covered,
        "odd_share": limits.odd_share,
        "ratio": limits.min_ratio,
        "max_deviations": limits.max_deviations,
        "agreement": limits.agreement,
    }
    slips: list[dict[str, Any]] = []
    told: set[tuple[Any, ...]] = set()
    for row in against_titles(findings, tables, every, words):
        fix = _told_by_title(row, forms)
        told.add((*_id(row), row["import_id"], row["line"]))
        if _id(row) not in done:
            slips.append({**_place(row), "import_id": row["import_id"], "line": row["line"], **fix})
    by_value: dict[tuple[str, str, str, bool], list[tuple[Any, ...]]] = defaultdict(list)
    for place in told:
        by_value[place[:4]].append(place[4:])
    for row in outliers(findings, every, words):
        dimension = dimension_of(row)
        if dimension is None or dimension == "count" or _id(row) in done or _id(row) in by_value:
            continue
        if fix := _landed(row, dimension, forms):
            slips.append({**_place(row), **fix})
    return slips


def _id(row: dict[str, Any]) -> tuple[str, str, str, bool]:
    return row["shelf"], row["key"], row["text"], row["is_text"]


def _place(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("shelf", "key", "text", "is_text")}


def _told_by_title(row: dict[str, Any], forms: dict[tuple[str, str], Form]) -> dict[str, Any]:
    titles = ", ".join(row["titles"])
    unit = UNITS[row["unit"]]
    if not row["is_text"] or row["is_bare"]:
        right = witnessed(row["number"], unit, row["t_bases"], row["t_others"])
        if right is not None:
            new = _like(row, right, forms)
            return {"rule": "unit_slip", "new": new, "why": f"the title says {titles}"}
    return {"rule": "title_contradicts_attribute", "new": None, "why": f"the title says {titles}"}


def _landed(
    row: dict[str, Any], dimension: str, forms: dict[tuple[str, str], Form]
) -> dict[str, Any]:
    low, high, value = row["low"], row["high"], row["v"]
    factors = landing(value, dimension, usual=row["usual"], low=low, high=high)
    if not factors:
        return {}  # far off, but not by a unit
    scale = float(UNITS[row["unit"]].factor) if row["unit"] else 1.0
    about = f"{row['n_all']} others lie from {low / scale:g} to {high / scale:g}"
    is_sure = row["usual"] is not None and not (dimension == "data" and row["is_bare"])
    if len(factors) > 1 or not (is_sure or _is_thousand(factors[0], dimension)):
        ways = " or ".join(f"{f:g}" for f in sorted(factors))
        return {"rule": "unit_outlier", "new": None, "why": f"{about}; times {ways}"}
    new = _like(row, value * factors[0] / scale, forms)
    return {"rule": "unit_slip", "new": new, "why": f"{about}; times {factors[0]:g}"}


def _is_thousand(factor: float, dimension: str) -> bool:
    """Where sizes are many, only a slip by 1000 stands out; a bare number of data may be in any unit."""
    return dimension != "data" and max(factor, 1 / factor) > 999


def _like(row: dict[str, Any], number: float, forms: dict[tuple[str, str], Form]) -> str:
    """A number written as this value is: bare, as text, or with its unit."""
    exact = Fraction(repr(round(number, 6)))
    form = forms.get((row["shelf"], row["key"]))
    if form is not None:
        return form.write(exact)
    plain = f"{number:.6g}" if number % 1 else str(int(number))
    return f"{plain}.0" if row["text"].endswith(".0") and "." not in plain else plain


def _applied(batch: pa.RecordBatch) -> pa.RecordBatch:
    """All fixes of a product in one new cell, and a finding for each."""
    made: list[dict[str, Any]] = []
    for row in batch.to_pylist():
        attributes = json.loads(row["attributes"])
        is_tight = '": ' not in row["attributes"]
        fixed: set[str] = set()
        for hit in row["hits"]:
            if hit["new"] is not None and hit["key"] not in fixed:
                fixed.add(hit["key"])
                attributes[hit["key"]] = json.loads(hit["new"])
        new = json.dumps(
            attributes, ensure_ascii=False, separators=(",", ":") if is_tight else None
        )
        for hit in row["hits"]:
            is_note = hit["new"] is None
            detail = {"field": "attributes", "attribute": hit["key"], "old": hit["text"]}
            if not is_note:
                detail["new"] = str(json.loads(hit["new"]))
            detail["why"] = hit["why"]
            made.append(
                {
                    "import_id": row["import_id"],
                    "line": row["line"],
                    "rule": hit["rule"],
                    "action": "note" if is_note else "repair",
                    "field": None if is_note else "attributes",
                    "new": None if is_note else new,
                    "detail": json.dumps(detail, ensure_ascii=False),
                }
            )
    return pa.RecordBatch.from_pylist(made, schema=_MADE)


_MADE = pa.schema(
    [
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        pa.field("rule", pa.string()),
        pa.field("action", pa.string()),
        pa.field("field", pa.string()),
        pa.field("new", pa.string()),
        pa.field("detail", pa.string()),
    ]
)
