"""Search relevance on the judged Icecat queries: BM25, plain reciprocal rank fusion, and ours.

    python bench/search_icecat.py --data ../shared/data/icecat --ratings ../shared/data/icecat/ratings.csv

BM25 is tantivy with English stems over title³, brand², text¹ (the short description and the values of
text attributes). RRF fuses it with all-MiniLM-L6-v2 over "title. short_description" (64 tokens),
k = 60, depth 1,000. Ours is the answer set as search serves it: imported, indexed, opened, asked.

Every query ranks the whole catalogue. Gain is 2^grade − 1, unjudged products count 0, and queries
without any gain are left out. ``ndcg10_judged`` ranks among the judged products only; ``midpoint``
is the mean of the two; ``recall100`` is of grade ≥ 2; ``judged10`` is the share of the top ten that
anybody judged.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import tantivy
from numpy.typing import NDArray

from baihuo.connect import import_files
from baihuo.core import Product, Query, Surface
from baihuo.core.tables import table_to_products
from baihuo.encode import MINILM, Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.index import Generation, Thresholds, answer_set, build
from suites.shared.measure import emit

DEPTH, RRF_K = 1_000, 60
Ranking = list[str]  # product ids, best first


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the product zips")
    parser.add_argument("--ratings", type=Path, required=True, help="CSV: query,docid,rating")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="search_icecat-") as fresh:
        work = given.work or Path(fresh)
        products = read_products(given.data, work)
        judged = read_ratings(given.ratings)
        encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=2)
        cache = VectorCache(work / "vectors.sqlite")
        systems = rankers(products, encoders, cache, work)
        scores = {}
        for name, ranked in systems.items():
            scores[name] = evaluate({q: ranked(q) for q in judged}, judged)
        cache.close()
    for name, columns in scores.items():
        line: dict[str, object] = {k: float(np.nanmean(v)) for k, v in columns.items()}
        if name == "baihuo":
            interval = paired_bootstrap(columns["midpoint"], scores["rrf"]["midpoint"], seed=7)
            line["vs_rrf"] = {
                "midpoint": round(interval.mid, 5),
                "low": round(interval.low, 5),
                "high": round(interval.high, 5),
            }
        emit(system=name, **line, n=len(columns["ndcg10"]))
    return 0


def read_products(data: Path, work: Path) -> list[Product]:
    """The catalogue as our own import reads it."""
    raw = work / "1-raw"
    import_files(sorted(data.glob("*.zip")), raw=raw, tables=DuckTables(), mask=lambda text: text)
    files = sorted((raw / "products").glob("*.parquet"))
    return [p for file in files for p in table_to_products(pq.read_table(file))]


def read_ratings(path: Path) -> dict[str, dict[str, int]]:
    """Query → product id → grade."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            judged[row["query"]][row["docid"]] = int(row["rating"])
    return judged


def rankers(
    products: list[Product], encoders: Encoders, cache: VectorCache, work: Path
) -> dict[str, Callable[[str], Ranking]]:
    """What is compared: each takes the typed words."""
    folder = build(products, encoders=encoders, cache=cache, out=work / "6-index", progress=_show)
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


def evaluate(
    ranked: dict[str, Ranking], judged: dict[str, dict[str, int]]
) -> dict[str, NDArray[np.float64]]:
    """Each measure by query, over the queries with any gain."""
    rows = []
    for query, grades in judged.items():
        if not any(grades.values()):
            continue
        order = ranked[query]
        whole = ndcg10(order, grades)
        among = ndcg10([i for i in order if i in grades], grades)
        good = {i for i, grade in grades.items() if grade >= 2}
        recall = len(good & set(order[:100])) / len(good) if good else float("nan")
        known = sum(i in grades for i in order[:10]) / 10
        rows.append((whole, among, (whole + among) / 2, recall, known))
    names = ("ndcg10", "ndcg10_judged", "midpoint", "recall100", "judged10")
    return dict(zip(names, np.array(rows, np.float64).T, strict=True))


def ndcg10(order: Ranking, grades: dict[str, int]) -> float:
    """nDCG@10 of one query with the ideal over all that was judged for it."""
    discounts = 1 / np.log2(np.arange(2, 12))
    gains = np.zeros(10)
    found = [2.0 ** grades.get(i, 0) - 1 for i in order[:10]]
    gains[: len(found)] = found
    ideal = np.zeros(10)
    best = sorted((2.0**g - 1 for g in grades.values()), reverse=True)[:10]
    ideal[: len(best)] = best
    return float(gains @ discounts / (ideal @ discounts))


def _show(what: str, n_done: int, n_total: int) -> None:
    print(f"\r{what}: {n_done:,} of {n_total:,}", end="", file=sys.stderr, flush=True)
    if n_done == n_total:
        print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
