"""What is compared on judged searches: BM25, plain reciprocal rank fusion, and ours."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import tantivy
from numpy.typing import NDArray

from baihuo.connect import import_files, segments
from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.core.tables import table_to_products
from baihuo.encode import MINILM, Encoders, VectorCache
from baihuo.engine import DuckTables
from baihuo.index import Generation, Thresholds, answer_set, build

DEPTH, RRF_K = 1_000, 60

Ranking = list[str]  # product ids, best first


def read_products(data: Path, work: Path) -> list[Product]:
    """The catalogue as our own import reads it."""
    raw = ShopPaths(work).raw
    import_files(sorted(data.glob("*.zip")), raw=raw, tables=DuckTables(), mask=lambda text: text)
    return [p for file in segments(raw, "products") for p in table_to_products(pq.read_table(file))]


def rankers(
    products: list[Product], encoders: Encoders, cache: VectorCache, work: Path
) -> dict[str, Callable[[str], Ranking]]:
    """What is compared: each takes the typed words."""
    folder = build(
        products, encoders=encoders, cache=cache, out=ShopPaths(work).index, progress=_show
    )
    generation = Generation.open(folder, encoders)
    ids = np.array([p.product_id for p in products], dtype=object)
    bm25 = plain_bm25(products, ids)
    minilm = encoders.get(MINILM)
    vectors = cache.vectors(
        minilm, [f"{p.title_en}. {p.description_en or ''}" for p in products], _show
    )

    def rrf(text: str) -> Ranking:
        cosine = vectors @ minilm.encode([text])[0]
        return fused(bm25(text), list(ids[np.argsort(-cosine, kind="stable")[:DEPTH]]))

    def baihuo(text: str) -> Ranking:
        query = Query(
            query_id="bench", surface=Surface.SEARCH, visitor_id="bench", at_us=0, query_text=text
        )
        rows = answer_set(generation, query, Thresholds()).rows
        return list(generation.product_ids[rows[:DEPTH]])

    return {"bm25": bm25, "rrf": rrf, "baihuo": baihuo}


def newest_index(work: Path) -> Path:
    """The folder of the index that :func:`rankers` built."""
    made = ShopPaths(work).index.glob("*/generation.json")
    return max(made, key=lambda file: file.stat().st_mtime_ns).parent


def plain_bm25(products: list[Product], ids: NDArray[np.object_]) -> Callable[[str], Ranking]:
    """tantivy as its documentation shows it."""
    builder = tantivy.SchemaBuilder()
    for field in ("title", "brand", "text"):
        builder.add_text_field(field, tokenizer_name="en_stem")
    builder.add_integer_field("row", fast=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(50_000_000, 1)
    for row, p in enumerate(products):
        values = (v for v in p.attributes.values() if isinstance(v, str))
        text = " ".join((p.description_en or "", *values))
        writer.add_document(
            tantivy.Document(title=p.title_en or "", brand=p.brand or "", text=text, row=row)
        )
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def bm25(text: str) -> Ranking:
        words = re.sub(r"\W+", " ", text)  # nothing typed is an operator
        query = index.parse_query(
            words,
            ["title", "brand", "text"],
            field_boosts={"title": 3.0, "brand": 2.0, "text": 1.0},
        )
        addresses = [address for _, address in searcher.search(query, DEPTH).hits]
        return list(ids[np.array(searcher.fast_field_values("row", addresses), np.int64)])

    return bm25


def fused(*rankings: Ranking) -> Ranking:
    """Reciprocal rank fusion; ties stay in the order of the first ranking that has them."""
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for position, product_id in enumerate(ranking, start=1):
            scores[product_id] += 1 / (RRF_K + position)
    return sorted(scores, key=lambda i: -scores[i])


def _show(what: str, n_done: int, n_total: int) -> None:
    print(f"\r{what}: {n_done:,} of {n_total:,}", end="", file=sys.stderr, flush=True)
    if n_done == n_total:
        print(file=sys.stderr)
