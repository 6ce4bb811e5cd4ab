"""Unit errors: 16384 among gigabytes, 0.5 where the title says 500 ml."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.units.measures import DIMENSIONS, UNITS, Unit
from baihuo.quality.checks.units.tables import UNIT_TABLE, UnitTables, binary, dimension_named
from baihuo.quality.findings import FindingsStore

_MEASURED_VALUES = sql_file(__file__, "measured_values")

RANGE_MARGIN = 2.0  # beyond the usual range by so much a value is still possible
TITLE_TOLERANCE = 0.03  # relative: 6 ft and 1.8 m are one cable
TOLERANCE = 0.01  # relative: two such numbers are the same, written with fewer digits
# Units that people confuse; 2 and 2.2 (斤, lb and kg) are too close to another size.
FACTORS: dict[str, tuple[float, ...]] = {
    "length": (10, 100, 1000, 25.4, 2.54),
    "mass": (1000, 500, 453.59237, 28.349523125),
    "volume": (1000, 10, 100, 29.5735295625),
    "data": (1000, 1024, 1000**2, 1024**2),
    "power": (1000,),
    "charge": (1000,),
    "voltage": (1000,),
    "pressure": (1000, 100),
    "frequency": (1000, 1000**2),
    "time": (60, 3600, 1000),
    "energy": (1000,),
}


def measured_values(findings: FindingsStore, tables: UnitTables) -> Path:
    """A file of every attribute with a number, and its unit where that is known."""
    out = findings.work / "units_measured_values.parquet"
    findings.tables.sql(
        _MEASURED_VALUES(),
        out=out,
        numeric_attributes=tables.numeric_attributes,
        value_measures=tables.value_measures,
        units=UNIT_TABLE,
        learned_units=_learned_units(tables),
    )
    return out


def _learned_units(tables: UnitTables) -> pa.Table:
    items = list(tables.learned_units.items())
    return pa.table(
        {
            "category": pa.array([k[0] for k, _ in items], pa.string()),
            "key": pa.array([k[1] for k, _ in items], pa.string()),
            "unit": pa.array([u.name for _, u in items], pa.string()),
        }
    )


_OUTLIERS = sql_file(__file__, "outliers")

# SQL: half of the last place that the attribute writes: 0.3 m is 0.31 m of a title, rounded
_ROUNDING_ERROR = """CASE WHEN regexp_matches(n.text, '[.][0-9]*[1-9]0*[^0-9]*$')
    THEN 0.501 * pow(10, -length(regexp_extract(n.text, '[.]([0-9]*[1-9])0*[^0-9]*$', 1))) ELSE 0 END"""
_OTHER_SYSTEM = 0.1  # 12 ft are sold as 4 m
_TITLE_CONTRADICTIONS = sql_file(__file__, "title_contradictions")


def outliers(
    findings: FindingsStore, measured: Path, thresholds: dict[str, float]
) -> list[dict[str, object]]:
    """Values far outside what other products of the category have, one row per distinct value."""
    return findings.tables.sql(
        _OUTLIERS(**thresholds), out=None, measured_values=measured
    ).to_pylist()


def title_contradictions(
    findings: FindingsStore, tables: UnitTables, measured: Path, thresholds: dict[str, float]
) -> list[dict[str, object]]:
    """Values that the product's title contradicts, where titles usually agree with the attribute."""
    query = _TITLE_CONTRADICTIONS(
        tolerance=TITLE_TOLERANCE,
        rounding_error=_ROUNDING_ERROR,
        other_system=_OTHER_SYSTEM,
        rows=findings.rows("title_en", "title_zh"),
        **thresholds,
    )
    contradictions = findings.tables.sql(
        query,
        out=None,
        measured_values=measured,
        title_measures=tables.title_measures,
        units=UNIT_TABLE,
        **findings.inputs(),
    )
    return contradictions.to_pylist()


def factors_to_usual(
    magnitude: float, dimension: str, *, usual: Sequence[float] | None, low: float, high: float
) -> tuple[float, ...]:
    """Factors between units that bring a value to the usual ones of its category; several are ambiguous.

    Where a category has few sizes (8, 16, 32 GB) the result must be one of them; else within the
    middle 90 %, and then factors with a result within twice that range count as well.
    """
    factor_of: dict[float, float] = {}
    is_inside = False
    for factor in FACTORS.get(dimension, ()):
        for f in (factor, 1 / factor):
            converted = magnitude * f
            if usual is not None:
                tolerance = TOLERANCE if factor % 1 else 1e-6
                converted = next((u for u in usual if abs(u - converted) <= tolerance * u), 0.0)
            elif not low / RANGE_MARGIN <= converted <= high * RANGE_MARGIN:
                converted = 0.0
            if converted:
                factor_of.setdefault(converted, f)
                is_inside = is_inside or low <= converted <= high
    return tuple(factor_of.values()) if is_inside else ()


def measure_in_title(
    number: float,
    unit: Unit,
    measures: Sequence[Mapping[str, Any]],
    known: Collection[float],
) -> float | None:
    """In ``unit``, the measure that the title has with this number and another unit; None if there is none.

    It is the title's number, not the converted one: who wrote 22.1 rounded 8.7 inch, in cm. ``known`` are numbers
    that the category writes; ``measures`` are those of the title (``unit``, ``base``, ``other``).
    """
    sizes: dict[str, float | None] = {}
    for other in DIMENSIONS[unit.dimension]:
        ratio = float(other.factor / unit.factor)
        if 0.4 < ratio < 2.5:  # a yard is close to a metre, 斤 is half a kilogram: no evidence
            continue
        candidates = (number * float(other.factor), number * binary(other))
        sizes_in_title = [
            size
            for measure in sorted(measures, key=lambda m: m["unit"] != unit.name)
            for size in (measure["base"], measure["other"])
            if any(abs(size - candidate) <= TOLERANCE * size for candidate in candidates)
        ]
        if sizes_in_title and unit.dimension == "data":
            sizes[other.name] = _data_size(
                number,
                by_1000=candidates[0] / float(unit.factor),
                by_1024=candidates[1] / binary(unit),
                known=known,
            )
        elif sizes_in_title:
            sizes[other.name] = sizes_in_title[0] / float(unit.factor)
    return next(iter(sizes.values())) if len(sizes) == 1 else None


def point_lost(number: float, unit: Unit, measures: Sequence[Mapping[str, Any]]) -> float | None:
    """The title's number with the same digits and a point in them (1.8 of 18), in ``unit``; None if there is none."""
    sizes_in_title = {
        size
        for measure in measures
        for size in (round(measure["base"] / float(unit.factor), 6),)
        if size % 1 and any(abs(number - times * size) < 1e-6 * number for times in (10, 100))
    }
    return sizes_in_title.pop() if len(sizes_in_title) == 1 else None


def _data_size(
    number: float, *, by_1000: float, by_1024: float, known: Collection[float]
) -> float | None:
    """Whichever the category writes: a terabyte is 1000 GB in one shop and 1024 in another.

    Where it writes neither: 16 MB are 0.015625 GB, 250 GB are 0.25 TB, and of 1 TB nobody knows.
    """
    written = [x for x in (by_1000, by_1024) if any(abs(x - k) <= 1e-6 * x for k in known)]
    if len(written) == 1:
        return written[0]
    if number % 8 == 0:
        return by_1024
    return by_1000 if number > 8 and not written else None


def dimension_of(row: dict[str, object]) -> str | None:
    """What a value measures: by its unit, else by the name of its attribute."""
    if row["unit"] is not None:
        return UNITS[str(row["unit"])].dimension
    return dimension_named(str(row["key"]))
