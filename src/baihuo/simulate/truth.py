"""What only a simulation knows, in files: products, people, and the relevance of every product to what was typed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.simulate.intents import UNSOLD_BRAND, Typed, grades
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers
from baihuo.simulate.visits import Visits

N_TEXTS = 2_000  # judged: those typed most …
MOST_PAIRS = 1_000_000  # … while their products fit in so many rows

RELEVANCE = pa.schema(
    [
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("grade", pa.int8(), nullable=False),  # 1 to 3; what is not relevant is left out
        pa.field("n_typed", pa.int64(), nullable=False),
    ]
)
QUERIES = pa.schema(
    [
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("n_typed", pa.int64(), nullable=False),
        pa.field("intent", pa.string(), nullable=False),  # JSON: what the text says, see meaning
        pa.field(
            "is_sold", pa.bool_(), nullable=False
        ),  # something of the kind is in the catalogue
    ]
)


def write_truth(
    out: Path, shelf: Shelf, shoppers: Shoppers, visits: Visits, *, seed: int, until_us: int
) -> None:
    """The folder ``truth``, and the note that all this is a simulation."""
    types = shelf.vocabulary.types
    products = [
        {
            "product_id": m.product.product_id,
            "type": types[m.type_index].code,
            "family": m.family,
            "level": m.level,
            "appeal": m.appeal,
            "is_listed": bool(listed),
        }
        for m, listed in zip(shelf.listings, shelf.is_listed, strict=True)
    ]
    pq.write_table(pa.Table.from_pylist(products), out / "truth" / "products.parquet")
    brands = [b.name.en for b in shelf.vocabulary.brands]
    colours = list(shelf.vocabulary.colours)
    people = [
        {
            "visitor_id": visitor_id,
            "person": person,
            "language": "zh" if shoppers.is_chinese[person] else "en",
            "click_model": "cascade" if shoppers.is_cascade[person] else "position",
            "gender": shoppers.gender(person),
            "shoe_size": shoppers.size(person, "shoe"),
            "clothes_size": shoppers.size(person, "clothes"),
            "level": float(shoppers.level[person]),
            "types": [types[t].code for t in shoppers.types[person]],
            "brands": [brands[b] for b in np.flatnonzero(shoppers.likes_brand[person])],
            "colours": [colours[c] for c in np.flatnonzero(shoppers.likes_colour[person])],
        }
        for visitor_id, person in visits.visitors.items()
    ]
    pq.write_table(pa.Table.from_pylist(people), out / "truth" / "visitors.parquet")
    _write_relevance(out, shelf, visits.typed)
    note = {
        "simulation": True,
        "says": "Products, people and events of this shop are made by a program; none is real.",
        "seed": seed,
        "n_products": len(shelf),
        "until_us": until_us,
    }
    (out / "simulation.json").write_bytes(orjson.dumps(note, option=orjson.OPT_INDENT_2))


def _write_relevance(out: Path, shelf: Shelf, typed: Counter[tuple[str, Typed]]) -> None:
    """Grades of every product for the texts typed most.

    People who type the same may mean different things; a product has the better grade.
    """
    meant: dict[str, Counter[Typed]] = {}
    for (text, what), n in typed.items():
        meant.setdefault(text, Counter())[what] += n
    # Of those typed equally often any, not the first of the alphabet.
    by_use = sorted(meant, key=lambda text: (-meant[text].total(), crc32(text.encode()), text))
    ids = np.array([m.product.product_id for m in shelf.listings], object)
    columns: dict[str, list[Any]] = {name: [] for name in RELEVANCE.names}
    queries: dict[str, list[Any]] = {name: [] for name in QUERIES.names}
    for text in by_use[:N_TEXTS]:
        best = _best_grades(shelf, list(meant[text]))
        rows = np.flatnonzero(best)
        if len(columns["grade"]) + len(rows) > MOST_PAIRS:
            break
        about = (text, "zh" if has_han(text) else "en", meant[text].total())
        for name, value in zip(("query_text", "language", "n_typed"), about, strict=True):
            columns[name] += [value] * len(rows)
            queries[name].append(value)
        columns["product_id"] += ids[rows].tolist()
        columns["grade"] += best[rows].tolist()
        usual = max(meant[text], key=lambda what: (meant[text][what], repr(what)))
        queries["intent"].append(orjson.dumps(meaning(shelf, usual)).decode())
        queries["is_sold"].append(len(rows) > 0)
    for name, table in (("relevance", columns), ("queries", queries)):
        schema = RELEVANCE if name == "relevance" else QUERIES
        written = pa.Table.from_pydict(table, schema=schema)
        pq.write_table(written, out / "truth" / f"{name}.parquet", compression="zstd")


def _best_grades(shelf: Shelf, meanings: list[Typed]) -> NDArray[np.int8]:
    """``[listings]``: the grade of each under the meaning that suits it best."""
    best = np.zeros(len(shelf), np.int8)
    for typed in meanings:
        for type_index in typed.types:
            rows = shelf.rows_of_type[type_index]
            best[rows] = np.maximum(best[rows], grades(shelf, typed, rows))
    return best


def meaning(shelf: Shelf, typed: Typed) -> dict[str, Any]:
    """What a text says, for a reader of JSON; wishes that it does not say are null or empty."""
    vocabulary, has_unsold = shelf.vocabulary, typed.brand_index == UNSOLD_BRAND
    brand = vocabulary.brands[typed.brand_index].name.en if typed.brand_index >= 0 else None
    return {
        "word": typed.word,
        "types": [vocabulary.types[t].code for t in typed.types],
        "brand": typed.unsold_brand if has_unsold else brand,
        "is_brand_sold": not has_unsold,
        "words": list(typed.words),
        "gender": typed.gender or None,
        "size": typed.size or None,
        "max_price_minor": typed.max_price_minor or None,
    }
