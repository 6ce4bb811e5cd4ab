"""A catalogue of any size in which it is known which listings are one product, for ``near_duplicates.py``.

Simulated listings (two languages, families of siblings) and, where files are given, real titles cut and put
together anew. Then sellers list some of them again, and siblings are added that differ only by a colour,
a size or a model number. Made and written in chunks: memory does not
grow with it.
"""

from __future__ import annotations

import functools
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect
from baihuo.core.tables import PRODUCTS, product_to_row
from baihuo.dirt import FlatRow, Unfit
from baihuo.engine import DuckTables
from baihuo.simulate.listings import listings
from baihuo.simulate.vocabulary import vocabulary

Row = dict[str, Any]
CHUNK = 20_000
END_US = 1_760_000_000_000_000
PLANTED = 0.01  # of the rows, by each kind
DRESS: dict[str, Any] = {
    "title_en": [
        *("[Free Shipping] {}", "HOT SALE! {} - free shipping", "{} (Brand New)"),
        *({"case": "upper"}, {"wide": 0}, {"case": "upper", "then": "100% Genuine {} | In Stock"}),
    ],
    "title_zh": ["【正品】{}", "【包邮】{} 厂家直销", "{} 全国包邮", {"wide": 0}, "官方旗舰店 {}"],
}
AGAIN: dict[str, dict[str, Any]] = {  # one product listed again: changes of baihuo.dirt
    "listed again in other dress": DRESS,
    "listed again in another order": {
        name: [{"words": {"rotate": n}} for n in (1, 2, -1)] for name in DRESS
    },
    "listed again with a slip": {"title_en": [{"typo": True}, {"drop_letter": 6}]},
    "listed again in one language": {"title_zh": None, "description_zh": None},
    "listed again in a hurry": {
        **dict.fromkeys(("model", "description_en", "description_zh")),
        "attributes": "{{}}",
    },
}
SIBLINGS = ("the next model", "another colour", "another size")
TRUTH = pa.schema([("line", pa.int64()), ("product", pa.int64()), ("kind", pa.string())])
"""``product``: equal where two listings are one product; ``kind``: how the row was made, or ""."""


def make(out: Path, *, n: int, seed: int, data: list[Path]) -> None:
    """Write ``products.parquet`` and ``truth.parquet``: ``n`` listings, half of them of real titles if
    there are ``data``."""
    rng = random.Random(f"near:{seed}")
    real = _Real(data, rng, out)
    n_plants = len(AGAIN) + len(SIBLINGS)
    simulated = (
        product_to_row(one.product)
        for one in listings(vocabulary(), seed=seed, n_products=n, until_us=END_US)
    )
    ids = random.Random(f"ids:{seed}")
    number = line = 0
    with (
        pq.ParquetWriter(out / "products.parquet", PRODUCTS) as products,
        pq.ParquetWriter(out / "truth.parquet", TRUTH) as truth,
    ):
        while line < n:
            n_here = min(CHUNK, n - line)
            each = round(n_here * PLANTED)
            n_base = n_here - each * n_plants
            rows = [real.row() if real and i % 2 else next(simulated) for i in range(n_base)]
            for row in rows:
                number += 1
                row["_product"], row["_kind"] = number, ""
            number = _soil(rows, rng, each, number)
            rng.shuffle(rows)
            for row in rows:
                line += 1
                row["product_id"] = f"P{ids.getrandbits(52):013x}"
                row["import_id"], row["line"] = 1, line
            products.write_table(pa.Table.from_pylist(rows, PRODUCTS))
            said = [{"line": r["line"], "product": r["_product"], "kind": r["_kind"]} for r in rows]
            truth.write_table(pa.Table.from_pylist(said, TRUTH))


def _soil(rows: list[Row], rng: random.Random, each: int, number: int) -> int:
    """Add rows of each kind to one chunk; a listing again keeps its ``_product``, a sibling gets one of its own."""
    base, used = rng.sample(rows, len(rows)), set[int]()
    for name in (*AGAIN, *SIBLINGS):
        made: list[Row] = []
        for row in base:
            if len(made) == each:
                break
            is_free = id(row) not in used
            make = _MAKE.get(name, functools.partial(_again, name=name))
            new = make(row, rng) if is_free else None
            if new is None:
                continue
            used.add(id(row))
            new["_kind"] = name
            if name in SIBLINGS:
                number += 1
                new["_product"] = number
            made.append(new)
        rows += made
    return number


def _again(row: Row, rng: random.Random, *, name: str) -> Row | None:
    """The same product in a listing with a little less; None of a row that says too little to know it again."""
    if not _is_described(row):
        return None
    new = row | {"variants": "[]", "images": list(row.get("images") or ())[:-1]}
    new["codes"] = rng.choice(([], [f"SKU-{rng.randint(10_000, 99_999)}"]))
    new["description_zh" if row.get("description_zh") else "description_en"] = None
    new["price_minor"] = max(1, round(row["price_minor"] * rng.uniform(0.97, 1.03)))
    is_dressed_too = AGAIN[name] is not DRESS and "model" not in AGAIN[name] and rng.random() < 0.3
    for changes in (AGAIN[name], DRESS)[: 1 + is_dressed_too]:
        fit = {c: v for c, v in changes.items() if v is None or new.get(c)}
        try:
            new = FlatRow(new, rng).changed(fit)
        except Unfit:
            return None
    return new if new.get("title_en") or new.get("title_zh") else None


def _is_described(row: Row) -> bool:
    title = row.get("title_en") or row.get("title_zh") or ""
    says = len(json.loads(row.get("attributes") or "{}")) >= 2 and row.get("price_minor")
    is_long = len((row.get("title_en") or "one two three four five").split()) >= 5
    return bool(title and says and is_long and re.search(r"\d", row.get("model") or ""))


_EN = {c.name.en: c.name.zh for c in vocabulary().colours.values()}
_COLOUR = re.compile(rf"\b({'|'.join(_EN)})\b")
_SIZE = re.compile(r"\b(\d+(?:\.\d+)?)(?= ?(?:GB|TB|ml|mAh|W|cm|inch|\"|g|mm)\b)")
_TEXTS = ("title_en", "title_zh", "description_en", "description_zh", "attributes")


def _other_model(row: Row, rng: random.Random) -> Row | None:
    """The next model, in everything else the same."""
    if not _is_described(row):
        return None
    number = re.findall(r"\d+", row["model"])[-1]
    other = str(int(number) + rng.randint(1, 9))
    new = _sibling(row, {number: other}, before=r"(?<!\d)")
    return new and new | {"model": other.join(row["model"].rsplit(number, 1))}


def _other_colour(row: Row, rng: random.Random) -> Row | None:
    """The same thing in another colour, which both titles say."""
    said = _COLOUR.search(row.get("title_en") or "")
    if said is None or (row.get("title_zh") and _EN[said[1]] not in row["title_zh"]):
        return None
    other = rng.choice([c for c in _EN if c != said[1]])
    return _sibling(row, {said[1]: other, _EN[said[1]]: _EN[other]})


def _other_size(row: Row, rng: random.Random) -> Row | None:
    """The same thing in another size, which both titles say."""
    said = _SIZE.search(row.get("title_en") or "")
    if said is None:
        return None
    return _sibling(
        row, {said[1]: str(int(float(said[1]) * rng.choice((2, 3, 4))) + rng.randint(1, 3))}
    )


_MAKE: dict[str, Callable[[Row, random.Random], Row | None]] = dict(
    zip(SIBLINGS, (_other_model, _other_colour, _other_size), strict=True)
)


def _sibling(row: Row, changed: dict[str, str], *, before: str = r"(?<![\w.])") -> Row | None:
    new = row | {"codes": [], "images": [], "variants": "[]"}
    for name in _TEXTS:
        for old, word in changed.items():
            if new.get(name):
                bound = before if old[0].isdigit() else r"(?<![A-Za-z])"
                end = r"(?![\d.])" if old[0].isdigit() else r"(?![A-Za-z])"
                new[name] = re.sub(f"{bound}{re.escape(old)}{end}", word, new[name])
    return new if new["title_en"] != row["title_en"] else None


class _Real:
    """Rows of real titles: first each as it is, then cut and put together with another of its shelf."""

    def __init__(self, data: list[Path], rng: random.Random, work: Path) -> None:
        self._rng = rng
        self._rows = [row for path in data for row in _read(path, work)]
        rng.shuffle(self._rows)
        self._by_shelf: dict[str, list[Row]] = {}
        for row in self._rows:
            self._by_shelf.setdefault(_shelf(row), []).append(row)
        self._n = 0

    def __bool__(self) -> bool:
        return bool(self._rows)

    def row(self) -> Row:
        n, self._n = self._n, self._n + 1
        row = dict(self._rows[n % len(self._rows)])
        if n < len(self._rows):
            return row
        other = self._rng.choice(self._by_shelf[_shelf(row)])
        for name, by in (("title_en", " "), ("title_zh", "")):
            if row.get(name) and other.get(name):
                one, two = (
                    (row[name].split(), other[name].split()) if by else (row[name], other[name])
                )
                half = (*one[: (len(one) + 1) // 2], *two[len(two) // 2 :])
                row[name] = by.join(half)
        if row.get("model"):
            row["model"] = (
                f"{self._rng.choice('ABCDEFGHKLMNPRSTX')}{self._rng.choice('ABCDEFGHKLMNPRSTX')}{self._rng.randint(100, 99_999)}"
            )
            row["title_en"] = f"{row['title_en']} {row['model']}"
        row["codes"] = [_gtin(n)] if row.get("codes") else []
        row["price_minor"] = (
            round(row["price_minor"] * self._rng.uniform(0.5, 2))
            if row.get("price_minor")
            else None
        )
        row["attributes"] = self._rng.choice((row, other))["attributes"]
        row["description_en"] = row["description_zh"] = None
        row["images"] = []
        return row


def _shelf(row: Row) -> str:
    return row.get("category") or ("zh" if row.get("title_zh") else "en")


def _read(path: Path, work: Path) -> Iterator[Row]:
    """Products of any file or folder that import reads; or of JSON that has titles only."""
    nothing: dict[str, Any] = dict.fromkeys(PRODUCTS.names)
    nothing |= {"codes": [], "images": [], "attributes": "{}", "variants": "[]"}
    if path.name.endswith(".item.json.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for said in json.load(file).values():
                if said.get("title"):
                    yield {**nothing, "title_en": said["title"]}
    elif path.suffix == ".jsonl":
        for text in path.read_text(encoding="utf-8").splitlines():
            said = json.loads(text)
            told = json.dumps(said.get("attributes") or {}, ensure_ascii=False)
            yield {**nothing, "title_zh": said["title"], "attributes": told}
    else:
        raw = work / f"raw-{path.name}"
        files = connect.data_files([path])
        connect.import_files(files, raw=raw, tables=DuckTables(), mask=lambda column: column)
        for segment in connect.segments(raw, "products"):
            for row in pq.read_table(segment).to_pylist():
                yield {n: row[n] for n in PRODUCTS.names}


def _gtin(n: int) -> str:
    """A thirteen-digit number of no country's range: nobody's real code, and told as a real one is."""
    digits = f"13{n % 10**10:010d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits), start=1))
    return f"{digits}{-total % 10}"
