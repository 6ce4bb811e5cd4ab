"""What else than its title says that a listing is, or is not, the other one: brand, model, codes,
attributes, price, description, variants and pictures; and the verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.core import fold, has_han
from baihuo.engine import Source, Tables
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.pictures.hashes import cosine_hash, difference_hash, is_same_picture
from baihuo.quality.engine.findings import FindingsStore

_WRITE_SUSPECTS = sql_file(__file__, "write_suspects")

COLUMNS = (
    "product_id",
    "title_en",
    "title_zh",
    "description_en",
    "description_zh",
    "brand",
    "model",
    "category",
    "codes",
    "price_minor",
    "currency",
    "attributes",
    "variants",
    "images",
    "released_at_us",
)
_PART_NUMBER = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9][\w./#+-]{4,}")  # AT-MC102XL
_NOT_LETTERS = re.compile(r"[\W_]+")
_MIN_DESCRIPTION = 60  # characters: shorter ones ("Great quality!") are equal by chance
_MAX_VALUE = 40  # characters of an attribute: longer is prose, and prose always differs
_MIN_TITLE = 15  # letters of a title that is equal and all there is: "damages" is no product
_MAX_MODEL = 4  # listings: a "model" of more names a kind of thing ("1GB DDR2-667"), not a product
_MAX_SHARING = 3  # listings: a picture of more is a placeholder, or the whole family's

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
        ("own_codes", pa.list_(pa.string())),
        ("n_letters", pa.int64()),
        ("price_minor", pa.int64()),
        ("currency", pa.string()),
        ("told", pa.list_(pa.string())),
        ("names", pa.list_(pa.string())),
        ("values", pa.list_(pa.string())),
        ("forms", pa.string()),
        ("images", pa.list_(pa.string())),
        ("n_filled", pa.int64()),
        ("released_at_us", pa.int64()),
        ("listing", pa.string()),
    ]
)


def write_suspects(findings: FindingsStore, titles: Path, pairs: pa.Table, out: Path) -> None:
    """The listings that are in ``pairs``, with everything in the form in which it is compared."""
    wide = findings.work / "suspects_as_they_are.parquet"
    findings.tables.sql(
        _WRITE_SUSPECTS(
            list=", ".join(f"r.{c}" for c in ("import_id", "line", *COLUMNS)),
            rows=findings.rows(*COLUMNS),
        ),
        out=wide,
        titles=titles,
        pairs=pairs,
        **findings.inputs(),
    )
    findings.tables.map_arrow(comparable, wide, out=out)
    wide.unlink()


def comparable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Listings in the form in which they are compared: :data:`SCHEMA`."""
    return pa.RecordBatch.from_pylist([_comparable(r) for r in batch.to_pylist()], schema=SCHEMA)


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    codes = [_letters(c) for c in row["codes"] or ()]
    model = _letters(row["model"])
    if model and (model == _letters(row["product_id"]) or model in codes):
        model = ""  # the id once more: it tells nothing of the thing
    values = _read(row["attributes"], dict)
    plain = {_letters(k): _plain(v) for k, v in sorted(values.items())}
    forms = sorted(_plain(v.get("attributes")) for v in _read(row["variants"], list))
    told = [_told(row["description_en"]), _told(row["description_zh"])]
    same = (
        "title_en",
        "title_zh",
        "brand",
        "model",
        "category",
        "attributes",
        "variants",
        "price_minor",
        "currency",
    )
    filled = (
        "title_en",
        "title_zh",
        "description_en",
        "description_zh",
        "brand",
        "model",
        "category",
        "price_minor",
    )
    return {
        **{n: row[n] for n in SCHEMA.names if n in row},
        "brand": _letters(row["brand"]) or None,
        "is_han": has_han(row["brand"] or ""),
        "model": model or None,
        "is_part_number": _PART_NUMBER.fullmatch(row["model"] or "") is not None,
        "gtins": [c.zfill(14) for c in codes if has_check_digit(c) and not is_for_one_shop(c)],
        "own_codes": [c.zfill(14) for c in codes if has_check_digit(c) and is_for_one_shop(c)],
        "n_letters": len(_letters(row["title_en"]) or _letters(row["title_zh"])),
        "told": [t for t in told if t],
        "names": list(plain),
        "values": list(plain.values()),
        "forms": "\n".join(forms) or None,
        "images": row["images"] or [],
        "n_filled": sum(row[n] is not None for n in filled)
        + len(plain)
        + len(forms)
        + len(codes)
        + len(row["images"] or ()),
        "listing": blake2b(repr([row[n] for n in same]).encode(), digest_size=12).hexdigest(),
    }


def _read(text: str | None, kind: type) -> Any:
    """JSON of a cell; empty where there is none or of another kind."""
    try:
        value = json.loads(text) if text else kind()
    except ValueError:
        return kind()
    return value if isinstance(value, kind) else kind()


def _letters(text: str | None) -> str:
    """Letters and digits only, folded: "X5-Pro" is "x5 pro"."""
    return _NOT_LETTERS.sub("", fold(text)) if text else ""


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps({_letters(k): _plain(v) for k, v in value.items()}, sort_keys=True)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return fold(value if isinstance(value, str) else json.dumps(value))


def _told(text: str | None) -> str | None:
    if not text or len(text) < _MIN_DESCRIPTION:
        return None
    return blake2b(_letters(text).encode(), digest_size=12).hexdigest()


def has_check_digit(code: str) -> bool:
    """Whether it can be a trade item's number (GTIN-8, -12, -13, -14).

    >>> has_check_digit("4006381333931"), has_check_digit("4006381333932")
    (True, False)
    """
    if len(code) not in (8, 12, 13, 14) or not code.isascii() or not code.isdigit():
        return False
    return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(code))) % 10 == 0


def is_for_one_shop(code: str) -> bool:
    """Whether it is of the ranges that every shop numbers as it likes.

    >>> is_for_one_shop("2100000000012"), is_for_one_shop("4006381333931")
    (True, False)
    """
    if len(code) == 8:
        return code.startswith(("0", "2"))
    return code.zfill(14)[1:].startswith(("2", "02"))


def judged(
    tables: Tables,
    suspects: Path,
    titles: pa.Table,
    limits: dict[str, float],
    pictures: Path | None,
) -> pa.Table:
    """One row a pair: ``a``, ``b``, ``similarity``, ``verdict`` (certain, likely, no), ``evidence``.

    Args:
        suspects: A file of :data:`SCHEMA` with every listing of ``titles``.
        titles: What :meth:`baihuo.quality.checks.near_duplicates.title_pairs.Titles.compared` answers.
        limits: ``certain_above``, ``likely_above`` (similarity), ``max_price_ratio`` and ``same_price_ratio``.
        pictures: The folder that pictures' paths start at; None: only equal addresses count.
    """
    inputs: dict[str, Source] = {"suspects": suspects, "pairs": titles}
    alike = _alike_pictures(tables, pictures, inputs) if pictures is not None else []
    inputs["alike"] = pa.table(
        {
            "a": pa.array([a for a, _ in alike], pa.int64()),
            "b": pa.array([b for _, b in alike], pa.int64()),
        }
    )
    return tables.sql(_JUDGED(**limits), out=None, **inputs)


def _alike_pictures(
    tables: Tables, folder: Path, inputs: dict[str, Source]
) -> Iterator[tuple[int, int]] | list[tuple[int, int]]:
    """Pairs whose first pictures look the same."""

    @lru_cache(maxsize=100_000)
    def hashes(name: str) -> tuple[int | None, int | None]:
        from PIL import Image

        try:
            with Image.open(folder / name) as image:
                image.draft("RGB", (64, 64))  # a JPEG's own small version is enough
                return difference_hash(image), cosine_hash(image)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None, None

    try:
        import PIL  # noqa: F401
    except ImportError:  # pictures are extra evidence: without a reader for them there is less
        return []
    rows = tables.sql(
        """SELECT a, b, x.images[1] AS one, y.images[1] AS other FROM pairs
           JOIN suspects x ON x.n = a JOIN suspects y ON y.n = b
           WHERE len(x.images) > 0 AND len(y.images) > 0 AND x.images[1] <> y.images[1]
             AND NOT regexp_matches(x.images[1] || y.images[1], '^https?:')""",
        out=None,
        **inputs,
    ).to_pylist()
    return [(r["a"], r["b"]) for r in rows if is_same_picture(hashes(r["one"]), hashes(r["other"]))]


_SAME_VALUE = """(x.value = y.value OR coalesce(
    abs(TRY_CAST(x.value AS DOUBLE) - TRY_CAST(y.value AS DOUBLE)) <= 0.01 * abs(TRY_CAST(x.value AS DOUBLE)), false))"""
_SAID = ("code", "model", "attributes", "description", "variants", "picture", "price")
_EVIDENCE = ", ".join(f"CASE WHEN has_{name} THEN '{name}' END" for name in _SAID)
_JUDGED = sql_file(__file__, "judged").bind(
    same_value=_SAME_VALUE,
    max_value=_MAX_VALUE,
    max_sharing=_MAX_SHARING,
    max_model=_MAX_MODEL,
    min_title=_MIN_TITLE,
    evidence=_EVIDENCE,
)
