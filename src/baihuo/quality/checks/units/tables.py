"""What step ``units`` looks at: attributes one a row, and the measures in titles.

All are files of narrow rows. Python reads each distinct spelling once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.units.measures import DIMENSIONS, UNITS, Unit, normal, parse, readings
from baihuo.quality.engine.findings import FindingsStore, n_rows

_LEARNED = sql_file(__file__, "learned")

MAX_VALUE_CHARS = 40  # a longer text is a sentence with a number in it
_PAIRS = sql_file(__file__, "pairs")
_LATIN_UNITS = (
    "mm|cm|m|inch(?:es)?|ft|kg|g|mg|lbs?|oz|fl\\.? ?oz\\.?|ml|cl|l|ltr|lit(?:er|re)s?|[kmgt]b|mah|ah|wh|kwh|k?w|watts?|"
    "v|[kmg]?hz|hours?|hrs?|h|min|grams?"
)
_OTHER_UNITS = '毫米|厘米|公分|米|英寸|吋|公斤|千克|毫克|克|斤|两|磅|盎司|毫升|升|毫安时?|千瓦|瓦|伏|赫兹|小时|分钟|″|”|"'
_COUNTS = "(?:pack|set|box|case) of [0-9]+|[0-9]+[- ]?(?:packs?|pk|count|ct|pcs|pieces)\\b|[0-9]+[件个片只包袋瓶盒支卷]装?"
_IN_TITLE = (  # not within a model's number: "CC1016M" is no length
    f"(?i)(?:^|[^A-Za-z0-9.,/-])((?:[0-9]{{1,3}} ?[x×*] ?)?[0-9][0-9.,]*[ -]?(?:(?:{_LATIN_UNITS})\\b|{_OTHER_UNITS})|"
    f"{_COUNTS}|\\bx ?[0-9]{{1,3}}\\b|[0-9]{{2,4}}[GTM]\\b)"
)

SPELLED = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("dimension", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("number", pa.float64()),
        pa.field("base", pa.float64()),
        pa.field(
            "other", pa.float64()
        ),  # the other thing it may be: 1 TB of 1024 GB, six of 500 ml
    ]
)


def binary(unit: Unit) -> float:
    """The factor of a unit of data where it counts in 1024s, on the scale where a GB is 10⁹."""
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
    """Files of one run; ``learned`` says which unit the bare numbers of an attribute are in."""

    pairs: Path
    titled: Path
    spelled: Path
    learned: dict[tuple[str, str], Unit]


def gather(findings: FindingsStore, *, min_rows: int) -> UnitTables | None:
    """The tables; None where no attribute has a number."""
    work = findings.work
    pairs, snippets, distinct, spelled, titled, words, read = (
        work / f"units_{name}.parquet"
        for name in ("pairs", "snippets", "distinct", "spelled", "titled", "words", "read")
    )
    rows = findings.rows("category", "attributes")
    findings.tables.sql(_PAIRS(rows=rows, max_chars=MAX_VALUE_CHARS), out=pairs, **findings.inputs())
    if not n_rows(pairs):
        return None
    pattern = _IN_TITLE.replace("'", "''")
    findings.tables.sql(
        " UNION ALL ".join(
            f"SELECT DISTINCT import_id, line, unnest(regexp_extract_all({title}, '{pattern}', 1)) AS text "
            f"FROM {findings.rows(title)} WHERE regexp_matches({title}, '[0-9]')"
            for title in ("title_en", "title_zh")
        ),
        out=snippets,
        **findings.inputs(),
    )
    findings.tables.sql("SELECT DISTINCT text FROM snippets", out=words, snippets=snippets)
    findings.tables.map_arrow(_spell_titles, words, out=read)
    findings.tables.sql(
        "SELECT DISTINCT import_id, line, text, dimension, unit, number, base, other FROM snippets JOIN read USING (text)",
        out=titled,
        snippets=snippets,
        read=read,
    )
    findings.tables.sql("SELECT DISTINCT text FROM pairs WHERE is_text", out=distinct, pairs=pairs)
    findings.tables.map_arrow(_spell_values, distinct, out=spelled)
    learned = _learned(findings, pairs, titled, min_rows)
    keys = findings.tables.sql("SELECT DISTINCT shelf, key FROM pairs", out=None, pairs=pairs)
    for row in keys.to_pylist():
        if (named := unit_named(row["key"])) is not None:
            learned[row["shelf"], row["key"]] = named
    return UnitTables(pairs, titled, spelled, learned)


def _learned(
    findings: FindingsStore, pairs: Path, titled: Path, min_rows: int
) -> dict[tuple[str, str], Unit]:
    """Of bare numbers the unit that titles write after the very same number, most often."""
    found = findings.tables.sql(
        _LEARNED(min_rows=min_rows),
        out=None,
        pairs=pairs,
        titled=titled,
    )
    learned: dict[tuple[str, str], Unit] = {}
    for row in found.to_pylist():
        unit, named = UNITS[row["unit"]], dimension_named(row["key"])
        if named in (None, unit.dimension):  # "450G" may be data: not of a weight
            learned.setdefault((row["shelf"], row["key"]), unit)
    return learned


def _spell_values(batch: pa.RecordBatch) -> pa.RecordBatch:
    rows = []
    for text in batch["text"].to_pylist():
        for measure in dict.fromkeys(readings(text)):
            rows.append(_row(text, measure.unit, float(measure.number)))
            break
    return pa.RecordBatch.from_pylist(rows, schema=SPELLED)


_TIMES = re.compile(r"(\d{1,3}) ?[x×*] ?(\d.*)")
_COUNT = re.compile(
    r"(?:pack|set|box|case) of (\d+)|(\d+)[- ]?(?:packs?|pk|count|ct|pcs|pieces)|x ?(\d+)|(\d+)[件个片只包袋瓶盒支卷]装?",
    re.I,
)


def _spell_titles(batch: pa.RecordBatch) -> pa.RecordBatch:
    rows = []
    for text in batch["text"].to_pylist():
        plain = normal(text).strip()
        if (count := _COUNT.fullmatch(plain)) is not None:
            n = next(int(g) for g in count.groups() if g)
            rows.append(_row(text, UNITS["pcs"], float(n)))
            continue
        times, each = 1, plain.replace("-", " ")
        if (packed := _TIMES.fullmatch(plain)) is not None:
            times, each = int(packed[1]), packed[2].replace("-", " ")
        for unit_of in dict.fromkeys(m.unit for m in readings(each)):
            measure = parse(each, dimension=unit_of.dimension)
            if measure is None or measure.unit != unit_of:
                continue
            if times > 1 and unit_of.dimension == "length":  # 54 x 101 mm: two sides, not a pack
                rows.append(_row(text, unit_of, float(times)))
                rows.append(_row(text, unit_of, float(measure.number)))
            else:
                rows.append(_row(text, unit_of, float(measure.number), times))
    return pa.RecordBatch.from_pylist(rows, schema=SPELLED)


def _row(text: str, unit: Unit, number: float, times: int = 1) -> dict[str, object]:
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
    found = re.search(
        r"[(\[]\s*([^()\[\]]{1,12})\s*[)\]]$|[_ ](mm|cm|kg|g|mg|ml|gb|mb|mah|hz|ghz|mhz|kw)$",
        plain,
        re.I,
    )
    if found is None:
        return None
    measure = parse(f"1 {found[1] or found[2]}")
    return measure.unit if measure is not None and measure.unit.dimension != "count" else None


_SPEAKS_OF = (
    ("mass", r"\bweight|\bgewicht|\bpoids|重量|净重|毛重|净含量"),
    (
        "length",
        r"\b(width|height|depth|length|diameter|thickness|breite|höhe|tiefe|länge|durchmesser|blade|screen size|display diagonal)\b|宽度|高度|长度|深度|直径|厚度|刃长|屏幕尺寸",
    ),
    ("data", r"\b(memory|storage|ram|arbeitsspeicher|speicher)\b|内存|存储"),
    ("volume", r"\b(volume|füllmenge|inhalt)\b|净含量|容积"),
    ("charge", r"\bbattery( capacity)?$|电池容量"),
    ("power", r"\b(power|wattage|leistung)\b|功率"),
    ("frequency", r"\b(frequency|refresh rate|clock speed|frequenz)\b|频率|刷新率"),
)


@lru_cache(maxsize=20_000)
def dimension_named(key: str) -> str | None:
    """What a name says its numbers measure; None where it does not say."""
    return next((name for name, words in _SPEAKS_OF if re.search(words, key, re.I)), None)
