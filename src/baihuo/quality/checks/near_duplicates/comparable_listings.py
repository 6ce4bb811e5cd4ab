"""Listings in the form in which they are compared: folded text, codes by kind, hashes of descriptions."""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.core import fold, has_han
from baihuo.quality.findings import FindingsStore

COLUMNS = tuple(
    "product_id title_en title_zh description_en description_zh brand model category codes "
    "price_minor currency attributes variants images released_at_us".split()
)
_FILLED = "title_en title_zh description_en description_zh brand model category price_minor".split()
_PART_NUMBER = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9][\w./#+-]{4,}")  # AT-MC102XL
_NOT_LETTERS = re.compile(r"[\W_]+")
_MIN_DESCRIPTION = 60  # characters: shorter ones ("Great quality!") are equal by chance

SCHEMA = pa.schema(
    [
        ("n", pa.int64()),
        ("import_id", pa.int32()),
        ("line", pa.int64()),
        ("product_id", pa.string()),
        ("brand", pa.string()),
        ("is_han", pa.bool_()),
        ("model", pa.string()),
        ("is_part_number", pa.bool_()),
        ("category", pa.string()),
        ("gtins", pa.list_(pa.string())),
        ("internal_codes", pa.list_(pa.string())),
        ("n_letters", pa.int64()),
        ("price_minor", pa.int64()),
        ("currency", pa.string()),
        ("descriptions", pa.list_(pa.string())),
        ("names", pa.list_(pa.string())),
        ("values", pa.list_(pa.string())),
        ("variants", pa.string()),
        ("images", pa.list_(pa.string())),
        ("n_filled", pa.int64()),
        ("released_at_us", pa.int64()),
    ]
)


def write_candidate_listings(
    findings: FindingsStore, titles: Path, pairs: pa.Table, out: Path
) -> None:
    """The listings that are in ``pairs``, in the form in which they are compared: :data:`SCHEMA`."""
    raw_listings = findings.work / "candidate_listings_raw.parquet"
    columns = ", ".join(("import_id", "line", *COLUMNS))
    numbers = "SELECT n, import_id, line FROM titles WHERE n IN (SELECT unnest([a, b]) FROM pairs)"
    findings.tables.sql(
        f"SELECT n, {columns} FROM {findings.rows(*COLUMNS)} JOIN ({numbers}) USING (import_id, line) ORDER BY n",
        out=raw_listings,
        titles=titles,
        pairs=pairs,
        **findings.inputs(),
    )
    findings.tables.map_arrow(comparable, raw_listings, out=out)
    raw_listings.unlink()


def comparable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Listings in the form in which they are compared: :data:`SCHEMA`."""
    return pa.RecordBatch.from_pylist([_comparable(r) for r in batch.to_pylist()], schema=SCHEMA)


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    codes = [_letters(c) for c in row["codes"] or ()]
    by_kind: dict[bool, list[str]] = {True: [], False: []}
    for code in filter(has_check_digit, codes):
        by_kind[is_internal_code(code)].append(code.zfill(14))
    model = _letters(row["model"])
    if model and (model == _letters(row["product_id"]) or model in codes):
        model = ""  # the id again: it says nothing of the product
    values = _read(row["attributes"], dict)
    attributes = {_letters(k): _plain(v) for k, v in sorted(values.items())}
    variants = sorted(_plain(v.get("attributes")) for v in _read(row["variants"], list))
    descriptions = [
        _description_hash(row["description_en"]),
        _description_hash(row["description_zh"]),
    ]
    return {
        **{n: row[n] for n in SCHEMA.names if n in row},
        "brand": _letters(row["brand"]) or None,
        "is_han": has_han(row["brand"] or ""),
        "model": model or None,
        "is_part_number": _PART_NUMBER.fullmatch(row["model"] or "") is not None,
        "gtins": by_kind[False],
        "internal_codes": by_kind[True],
        "n_letters": len(_letters(row["title_en"]) or _letters(row["title_zh"])),
        "descriptions": [t for t in descriptions if t],
        "names": list(attributes),
        "values": list(attributes.values()),
        "variants": "\n".join(variants) or None,
        "images": row["images"] or [],
        "n_filled": sum(row[n] is not None for n in _FILLED)
        + len(attributes)
        + len(variants)
        + len(codes)
        + len(row["images"] or ()),
    }


def _read(text: str | None, expected: type) -> Any:
    """JSON of a cell; empty where there is none, or one of another type."""
    try:
        value = json.loads(text) if text else expected()
    except ValueError:
        return expected()
    return value if isinstance(value, expected) else expected()


def _letters(text: str | None) -> str:
    """Letters and digits only, folded: "X5-Pro" is "x5 pro"."""
    return _NOT_LETTERS.sub("", fold(text)) if text else ""


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps({_letters(k): _plain(v) for k, v in value.items()}, sort_keys=True)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return fold(value if isinstance(value, str) else json.dumps(value))


def _description_hash(text: str | None) -> str | None:
    if not text or len(text) < _MIN_DESCRIPTION:
        return None
    return blake2b(_letters(text).encode(), digest_size=12).hexdigest()


def has_check_digit(code: str) -> bool:
    """Whether it can be the number of a trade item (GTIN-8, -12, -13, -14).

    >>> has_check_digit("4006381333931"), has_check_digit("4006381333932")
    (True, False)
    """
    if len(code) not in (8, 12, 13, 14) or not code.isascii() or not code.isdigit():
        return False
    return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(code))) % 10 == 0


def is_internal_code(code: str) -> bool:
    """Whether it is in the ranges that GS1 leaves to each shop.

    >>> is_internal_code("2100000000012"), is_internal_code("4006381333931")
    (True, False)
    """
    if len(code) == 8:
        return code.startswith(("0", "2"))
    return code.zfill(14)[1:].startswith(("2", "02"))
