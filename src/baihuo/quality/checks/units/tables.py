"""Measures in attributes and in titles, as files of narrow rows. Python parses each distinct text once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.units.measures import normal, parse, readings
from baihuo.quality.checks.units.unit_definitions import DIMENSIONS, UNITS, Unit
from baihuo.quality.findings import FindingsStore, n_rows

_UNITS_FROM_TITLES = sql_file(__file__, "units_from_titles")

MAX_VALUE_CHARS = 40  # a longer text is a sentence with a number in it
_NUMERIC_ATTRIBUTES = sql_file(__file__, "numeric_attributes")
_LATIN_UNITS = (
    "mm|cm|m|inch(?:es)?|ft|kg|g|mg|lbs?|oz|fl\\.? ?oz\\.?|ml|cl|l|ltr|lit(?:er|re)s?|[kmgt]b|mah|ah|wh|kwh|k?w|watts?|"
    "v|[kmg]?hz|hours?|hrs?|h|min|grams?"
)
_OTHER_UNITS = '毫米|厘米|公分|米|英寸|吋|公斤|千克|毫克|克|斤|两|磅|盎司|毫升|升|毫安时?|千瓦|瓦|伏|赫兹|小时|分钟|″|”|"'
_IN_TITLE = (  # not within a model number: "CC1016M" is no length
    f"(?i)(?:^|[^A-Za-z0-9.,/-])((?:[0-9]{{1,3}} ?[x×*] ?)?[0-9][0-9.,]*[ -]?(?:(?:{_LATIN_UNITS})\\b|{_OTHER_UNITS})|"
    "[0-9]{2,4}[GTM]\\b)"
)

MEASURES = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("dimension", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("number", pa.float64()),
        pa.field("base", pa.float64()),
        pa.field("other", pa.float64()),  # another reading: 1 TB of 1024 GB, six of 500 ml
    ]
)


def binary(unit: Unit) -> float:
    """The factor of a unit of data that counts in 1024s, on the scale where a GB is 10⁹."""
    if unit.dimension != "data":
        return float(unit.factor)
    power = [u.name for u in DIMENSIONS["data"]].index(unit.name)
    return 1e9 * 1024.0 ** (power - 3)


UNIT_TABLE = pa.table(
    {
        "unit": list(UNITS),
        "dimension": [u.dimension for u in UNITS.values()],
        "factor": [float(u.factor) for u in UNITS.values()],
        "by_1024": [binary(u) for u in UNITS.values()],
    }
)


@dataclass(frozen=True)
class UnitTables:
    """Files of one run, and the units of bare numbers: ``learned_units`` is (category, attribute) → unit."""

    numeric_attributes: Path
    title_measures: Path
    value_measures: Path
    learned_units: dict[tuple[str, str], Unit]


def extract_measures(findings: FindingsStore, *, min_rows: int) -> UnitTables | None:
    """The tables; None where no attribute has a number."""
    tables, work = findings.tables, findings.work
    numeric_attributes = work / "units_numeric_attributes.parquet"
    tables.sql(
        _NUMERIC_ATTRIBUTES(
            rows=findings.rows("category", "attributes"), max_chars=MAX_VALUE_CHARS
        ),
        out=numeric_attributes,
        **findings.inputs(),
    )
    if not n_rows(numeric_attributes):
        return None
    title_measures = _title_measures(findings)
    texts, value_measures = work / "units_texts.parquet", work / "units_value_measures.parquet"
    tables.sql(
        "SELECT DISTINCT text FROM numeric_attributes WHERE is_text",
        out=texts,
        numeric_attributes=numeric_attributes,
    )
    tables.map_arrow(_parse_values, texts, out=value_measures)
    learned = _units_from_titles(findings, numeric_attributes, title_measures, min_rows)
    keys = tables.sql(
        "SELECT DISTINCT category, key FROM numeric_attributes",
        out=None,
        numeric_attributes=numeric_attributes,
    )
    for row in keys.to_pylist():
        if (named := unit_named(row["key"])) is not None:
            learned[row["category"], row["key"]] = named
    return UnitTables(numeric_attributes, title_measures, value_measures, learned)


def _title_measures(findings: FindingsStore) -> Path:
    """A file of every measure in a title: import_id, line, and the columns of :data:`MEASURES`."""
    tables, work = findings.tables, findings.work
    snippets, texts, parsed, title_measures = (
        work / f"units_{name}.parquet"
        for name in ("title_snippets", "title_texts", "title_parsed", "title_measures")
    )
    pattern = _IN_TITLE.replace("'", "''")
    tables.sql(
        " UNION ALL ".join(
            f"SELECT DISTINCT import_id, line, unnest(regexp_extract_all({title}, '{pattern}', 1)) AS text "
            f"FROM {findings.rows(title)} WHERE regexp_matches({title}, '[0-9]')"
            for title in ("title_en", "title_zh")
        ),
        out=snippets,
        **findings.inputs(),
    )
    tables.sql("SELECT DISTINCT text FROM snippets", out=texts, snippets=snippets)
    tables.map_arrow(_parse_titles, texts, out=parsed)
    tables.sql(
        "SELECT DISTINCT import_id, line, text, dimension, unit, number, base, other "
        "FROM snippets JOIN parsed USING (text)",
        out=title_measures,
        snippets=snippets,
        parsed=parsed,
    )
    return title_measures


def _units_from_titles(
    findings: FindingsStore, numeric_attributes: Path, title_measures: Path, min_rows: int
) -> dict[tuple[str, str], Unit]:
    """(category, attribute) → the unit that titles most often write after its bare numbers."""
    candidates = findings.tables.sql(
        _UNITS_FROM_TITLES(min_rows=min_rows),
        out=None,
        numeric_attributes=numeric_attributes,
        title_measures=title_measures,
    )
    learned: dict[tuple[str, str], Unit] = {}
    for row in candidates.to_pylist():
        unit, named = UNITS[row["unit"]], dimension_named(row["key"])
        if named in (None, unit.dimension):  # "450G" may be data, but not in a weight
            learned.setdefault((row["category"], row["key"]), unit)
    return learned


def _parse_values(batch: pa.RecordBatch) -> pa.RecordBatch:
    rows = []
    for text in batch["text"].to_pylist():
        for measure in dict.fromkeys(readings(text)):
            rows.append(_measure(text, measure.unit, float(measure.number)))
            break
    return pa.RecordBatch.from_pylist(rows, schema=MEASURES)


_NETWORK = re.compile("[2-6]G")  # 3G and 5G
_TIMES = re.compile(r"(\d{1,3}) ?[x×*] ?(\d.*)")


def _parse_titles(batch: pa.RecordBatch) -> pa.RecordBatch:
    rows = []
    for text in batch["text"].to_pylist():
        plain = normal(text).strip()
        if _NETWORK.fullmatch(plain):
            continue
        times, each = 1, plain.replace("-", " ")
        if (packed := _TIMES.fullmatch(plain)) is not None:
            times, each = int(packed[1]), packed[2].replace("-", " ")
        for unit in dict.fromkeys(m.unit for m in readings(each)):
            measure = parse(each, dimension=unit.dimension)
            if measure is None or measure.unit != unit:
                continue
            if times > 1 and unit.dimension == "length":  # 54 x 101 mm: two sides, not a pack
                rows.append(_measure(text, unit, float(times)))
                rows.append(_measure(text, unit, float(measure.number)))
            else:
                rows.append(_measure(text, unit, float(measure.number), times))
    return pa.RecordBatch.from_pylist(rows, schema=MEASURES)


def _measure(text: str, unit: Unit, number: float, times: int = 1) -> dict[str, object]:
    base = number * float(unit.factor)
    other = base * times if times > 1 else number * binary(unit)
    return {
        "text": text,
        "dimension": unit.dimension,
        "unit": unit.name,
        "number": number,
        "base": base,
        "other": other,
    }


@lru_cache(maxsize=20_000)
def unit_named(key: str) -> Unit | None:
    """The unit an attribute's name ends in: "Weight (kg)", "width_cm", "重量（克）"."""
    plain = normal(key).strip()
    match = re.search(
        r"[(\[]\s*+([^()\[\]]{1,12})\s*+[)\]]$|[_ ](mm|cm|kg|g|mg|ml|gb|mb|mah|hz|ghz|mhz|kw)$",
        plain,
        re.I,
    )
    if match is None:
        return None
    measure = parse(f"1 {match[1] or match[2]}")
    return measure.unit if measure is not None and measure.unit.dimension != "count" else None


_DIMENSION_NAMES = {
    "mass": r"\bweight|重量|净重|毛重|净含量",
    "length": r"\b(?:width|height|depth|length|diameter|thickness|screen size)\b|宽度|高度|长度|深度|直径|厚度|屏幕尺寸",
    "frequency": r"\b(?:frequency|refresh rate|clock speed)\b|频率|刷新率",
    "data": r"\b(?:memory|storage|ram)\b|内存|存储",
    "volume": r"\bvolume\b|容积",
    "charge": r"\bbattery(?: capacity)?$|电池容量",
    "power": r"\b(?:power|wattage)\b|功率",
}


@lru_cache(maxsize=20_000)
def dimension_named(key: str) -> str | None:
    """The dimension that an attribute's name implies; None where it implies none."""
    found = (name for name, words in _DIMENSION_NAMES.items() if re.search(words, key, re.I))
    return next(found, None)
