"""Numbers that are off by a unit: 16384 among gigabytes, 0.5 where the title says 500 ml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from baihuo.quality.checks.units.measures import DIMENSIONS, UNITS, Unit
from baihuo.quality.checks.units.tables import UNIT_TABLE, UnitTables, binary, dimension_named
from baihuo.quality.engine.findings import FindingsStore

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
_NUMBERS = """
    SELECT import_id, line, shelf, p.key, p.text, p.is_text, CAST(NULL AS VARCHAR) AS unit,
           CAST(p.text AS DOUBLE) AS number, CAST(NULL AS DOUBLE) AS base FROM pairs AS p WHERE NOT p.is_text
    UNION ALL
    SELECT import_id, line, shelf, p.key, p.text, p.is_text, s.unit, s.number, s.base
    FROM pairs AS p JOIN spelled AS s ON s.text = p.text WHERE p.is_text"""


def numbers(ledger: FindingsStore, tables: UnitTables) -> Path:
    """Every attribute that has a number, with its unit where that is known."""
    out = ledger.work / "units_numbers.parquet"
    learned = _learned_table(tables)
    ledger.tables.sql(
        f"""
        SELECT n.import_id, n.line, n.shelf, n.key, n.text, n.is_text, coalesce(n.unit, l.unit) AS unit, n.number,
               coalesce(n.base, n.number * u.factor) AS base, u.dimension, n.unit IS NULL AS is_bare
        FROM ({_NUMBERS}) AS n LEFT JOIN learned AS l ON n.unit IS NULL AND l.shelf = n.shelf AND l.key = n.key
        LEFT JOIN units AS u ON u.unit = coalesce(n.unit, l.unit)
        WHERE n.number > 0""",
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


_OUTLIERS = """
    WITH scaled AS (SELECT shelf, key, text, is_text, unit, dimension, is_bare, coalesce(base, number) AS v FROM numbers),
    counts AS (SELECT shelf, key, is_bare, v, count(*) AS n FROM scaled GROUP BY shelf, key, is_bare, v),
    totals AS (
        SELECT shelf, key, is_bare, sum(n) AS n_all FROM counts GROUP BY shelf, key, is_bare HAVING sum(n) >= {min_rows}),
    usual AS (
        SELECT shelf, key, is_bare, n_all, list(v ORDER BY v) AS usual, min(v) AS low, max(v) AS high, sum(n) AS n_usual
        FROM counts JOIN totals USING (shelf, key, is_bare)
        WHERE n >= greatest(5, {usual_share} * n_all) GROUP BY shelf, key, is_bare, n_all),
    discrete AS (SELECT * FROM usual WHERE n_usual >= {covered} * n_all),
    broad AS (
        SELECT s.shelf, s.key, s.is_bare, count(*) AS n_all, median(ln(v)) AS middle,
               quantile_cont(v, 0.05) AS low, quantile_cont(v, 0.95) AS high, mad(ln(v)) AS mad
        FROM scaled AS s SEMI JOIN totals AS t ON t.shelf = s.shelf AND t.key = s.key AND t.is_bare = s.is_bare
        ANTI JOIN discrete AS d ON d.shelf = s.shelf AND d.key = s.key AND d.is_bare = s.is_bare
        GROUP BY s.shelf, s.key, s.is_bare),
    odd AS (
        SELECT c.shelf, c.key, c.is_bare, c.v, c.n, d.usual, d.low, d.high, d.n_all
        FROM counts AS c JOIN discrete AS d USING (shelf, key, is_bare)
        WHERE c.n <= greatest(2, {odd_share} * d.n_all) AND (c.v * {ratio} < d.low OR c.v > {ratio} * d.high)
        UNION ALL
        SELECT c.shelf, c.key, c.is_bare, c.v, c.n, NULL, b.low, b.high, b.n_all
        FROM counts AS c JOIN broad AS b USING (shelf, key, is_bare)
        WHERE c.n <= greatest(2, {odd_share} * b.n_all) AND (c.v * {ratio} < b.low OR c.v > {ratio} * b.high)
          AND abs(ln(c.v) - b.middle) > {max_deviations} * greatest(1.4826 * b.mad, 0.1))
    SELECT DISTINCT o.*, s.text, s.is_text, s.unit, s.dimension
    FROM odd AS o JOIN scaled AS s ON s.shelf = o.shelf AND s.key = o.key AND s.is_bare = o.is_bare AND s.v = o.v
    ORDER BY o.shelf, o.key, s.text, s.is_text"""

# half of the last place that the attribute writes: 0.3 m is what is left of a title's 0.31 m
_ROUNDED = """CASE WHEN regexp_matches(n.text, '[.][0-9]*[1-9]0*[^0-9]*$')
    THEN 0.501 * pow(10, -length(regexp_extract(n.text, '[.]([0-9]*[1-9])0*[^0-9]*$', 1))) ELSE 0 END"""
# a title's measure that another attribute of the product has speaks of that one, not of this
_AGAINST_TITLES = """
    WITH said AS (
        SELECT n.import_id, n.line, n.shelf, n.key, n.text, n.is_text, n.unit, n.is_bare, n.number, n.base,
               t.unit AS t_unit, t.base AS t_base, t.other AS t_other, t.text AS t_text,
               abs(n.base - t.base) <= {near} * t.base OR abs(n.base - t.other) <= {near} * t.other
                   OR abs(n.base - t.base) * n.number <= {rounded} * n.base AS agrees,
               coalesce(bool_or(abs(n.number * u.factor - t.base) <= {near} * t.base
                             OR abs(n.number * u.by_1024 - t.base) <= {near} * t.base), false) AS is_explained
        FROM numbers AS n JOIN titled AS t USING (import_id, line, dimension)
        LEFT JOIN units AS u ON u.dimension = t.dimension AND u.unit <> n.unit
        WHERE n.dimension <> 'time' GROUP BY ALL),
    taken AS (SELECT import_id, line, t_text, t_unit, true AS is_taken FROM said
              GROUP BY import_id, line, t_text, t_unit HAVING bool_or(agrees)),
    spoken AS (SELECT shelf, key, t_unit FROM said WHERE agrees GROUP BY shelf, key, t_unit
               QUALIFY count(*) >= 0.05 * sum(count(*)) OVER (PARTITION BY shelf, key)),
    kept AS (SELECT said.* FROM said JOIN spoken USING (shelf, key, t_unit)
             LEFT JOIN taken USING (import_id, line, t_text, t_unit) WHERE agrees OR is_taken IS NULL),
    each AS (
        SELECT import_id, line, shelf, key, text, is_text, unit, is_bare, number, bool_or(agrees) AS agrees,
               bool_or(is_explained) AS is_explained, list(DISTINCT t_text ORDER BY t_text) AS titles,
               list(DISTINCT t_base ORDER BY t_base) AS t_bases, list(DISTINCT t_other ORDER BY t_other) AS t_others
        FROM kept GROUP BY import_id, line, shelf, key, text, is_text, unit, is_bare, number),
    firm AS (
        SELECT shelf, key FROM each GROUP BY shelf, key
        HAVING count(*) >= {min_rows} AND count(*) FILTER (agrees OR is_explained) >= {agreement} * count(*)
           AND count(*) FILTER (agrees) >= 0.5 * count(*))
    SELECT each.* FROM each JOIN firm USING (shelf, key) WHERE NOT agrees
    ORDER BY import_id, line, key"""


def outliers(
    ledger: FindingsStore, numbers_file: Path, settings: dict[str, float]
) -> list[dict[str, object]]:
    """Values far outside what the shelf has, one row a distinct value."""
    return ledger.tables.sql(
        _OUTLIERS.format(**settings), out=None, numbers=numbers_file
    ).to_pylist()


def against_titles(
    ledger: FindingsStore, tables: UnitTables, numbers_file: Path, settings: dict[str, float]
) -> list[dict[str, object]]:
    """Values that the product's own title contradicts, where titles usually agree with them."""
    query = _AGAINST_TITLES.format(near=NEAR_TITLE, rounded=_ROUNDED, **settings)
    found = ledger.tables.sql(
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
