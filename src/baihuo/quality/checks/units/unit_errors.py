"""Numbers that are off by a unit: 16384 among gigabytes, 0.5 where the title says 500 ml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.units.measures import DIMENSIONS, UNITS, Unit
from baihuo.quality.checks.units.tables import UNIT_TABLE, UnitTables, binary, dimension_named
from baihuo.quality.engine.findings import FindingsStore

_NUMBERS_2 = sql_file(__file__, "numbers_2")

WIDER = 2.0
NEAR_TITLE = 0.03  # 6 ft and 1.8 m are one cable
NEAR = 0.01  # two numbers this near (relative) are the same, written with fewer digits
# What people confuse; 2 and 2.2 (斤, lb and kg) are too near to tell from another size.
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

# each number of an attribute on one scale per shelf: the usual unit's, or the bare number's
_NUMBERS = sql_file(__file__, "numbers")


def numbers(findings: FindingsStore, tables: UnitTables) -> Path:
    """Every attribute that has a number, with its unit where that is known."""
    out = findings.work / "units_numbers.parquet"
    learned = _learned_table(tables)
    findings.tables.sql(
        _NUMBERS_2(numbers=_NUMBERS()),
        out=out,
        pairs=tables.pairs,
        spelled=tables.spelled,
        units=UNIT_TABLE,
        learned=learned,
    )
    return out


def _learned_table(tables: UnitTables) -> pa.Table:
    items = list(tables.learned.items())
    return pa.table(
        {
            "shelf": pa.array([k[0] for k, _ in items], pa.string()),
            "key": pa.array([k[1] for k, _ in items], pa.string()),
            "unit": pa.array([u.name for _, u in items], pa.string()),
        }
    )


_OUTLIERS = sql_file(__file__, "outliers")

# half of the last place that the attribute writes: 0.3 m is what is left of a title's 0.31 m
_ROUNDED = """CASE WHEN regexp_matches(n.text, '[.][0-9]*[1-9]0*[^0-9]*$')
    THEN 0.501 * pow(10, -length(regexp_extract(n.text, '[.]([0-9]*[1-9])0*[^0-9]*$', 1))) ELSE 0 END"""
# a title's measure that another attribute of the product has speaks of that one, not of this
_AGAINST_TITLES = sql_file(__file__, "against_titles")


def outliers(
    findings: FindingsStore, numbers_file: Path, settings: dict[str, float]
) -> list[dict[str, object]]:
    """Values far outside what the shelf has, one row a distinct value."""
    return findings.tables.sql(_OUTLIERS(**settings), out=None, numbers=numbers_file).to_pylist()


def against_titles(
    findings: FindingsStore, tables: UnitTables, numbers_file: Path, settings: dict[str, float]
) -> list[dict[str, object]]:
    """Values that the product's own title contradicts, where titles usually agree with them."""
    query = _AGAINST_TITLES(near=NEAR_TITLE, rounded=_ROUNDED, **settings)
    found = findings.tables.sql(
        query, out=None, numbers=numbers_file, titled=tables.titled, units=UNIT_TABLE
    )
    return found.to_pylist()


def landing(
    value: float, dimension: str, *, usual: Sequence[float] | None, low: float, high: float
) -> tuple[float, ...]:
    """The factors that put a value where the shelf's values are: one is an answer, more are a doubt.

    Where a shelf has few values (8, 16, 32 GB) it must land on one of them; else inside its middle
    90 %, and a factor that lands within twice that is a doubt as well.
    """
    lands: dict[float, float] = {}
    is_inside = False
    for factor in FACTORS.get(dimension, ()):
        for f in (factor, 1 / factor):
            moved = value * f
            if usual is not None:
                near = NEAR if factor % 1 else 1e-6
                moved = next((u for u in usual if abs(u - moved) <= near * u), 0.0)
            elif not low / WIDER <= moved <= high * WIDER:
                moved = 0.0
            if moved:
                lands.setdefault(moved, f)
                is_inside = is_inside or low <= moved <= high
    return tuple(lands.values()) if is_inside else ()


def witnessed(
    number: float, unit: Unit, bases: Sequence[float], others: Sequence[float]
) -> float | None:
    """In ``unit``, the measure that a title says with this number and another unit; None if none does.

    Data in 1024s where the number is a multiple of 8 (16 MB is 0.015625 GB), else in 1000s.
    """
    by_1024 = unit.dimension == "data" and number % 8 == 0
    found: dict[str, float] = {}
    for other in DIMENSIONS[unit.dimension]:
        ratio = float(other.factor / unit.factor)
        if 0.4 < ratio < 2.5:  # a yard is near a metre, 斤 half a kilogram: that proves nothing
            continue
        ways = (number * float(other.factor), number * binary(other))
        if any(abs(said - way) <= NEAR * said for said in (*bases, *others) for way in ways):
            found[other.name] = ways[1] if by_1024 else ways[0]
    if len(found) != 1:
        return None
    return next(iter(found.values())) / (binary(unit) if by_1024 else float(unit.factor))


def dimension_of(row: dict[str, object]) -> str | None:
    """What a value measures: by its unit, else by the name of its attribute."""
    if row["unit"] is not None:
        return UNITS[str(row["unit"])].dimension
    return dimension_named(str(row["key"]))
