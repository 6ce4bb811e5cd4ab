"""Searches for what a shop does not sell: how many products are shown for nearness of vectors alone.

    baihuo simulate DIR --products 5000; baihuo import DIR/products.jsonl; baihuo check    # for --shop
    python bench/search_elsewhere.py --data ../shared/data/icecat --ratings ../shared/data/icecat/ratings.csv \\
        --titles ../shared/data/zh/jd_titles.jsonl --shop ./shop

Chinese searches for clothing (the clean queries of bench/search_zh.py) go to the Icecat catalogue, whose texts are English, and the
judged Icecat searches to the groceries, pet food and household goods of a shop of `baihuo simulate`. A product without enough of
the words that stands in the first ten is a neighbour that no vector should have brought. ``home`` are the same Icecat searches
on Icecat, for comparison, with the share of these neighbours that people graded 2 or 3 among those that were graded.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.catalog import Catalog
from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.index import Generation, Thresholds, answer_set, build
from suites.search.measures import read_ratings
from suites.search.systems import read_products
from suites.search_zh.noise import noises
from suites.search_zh.systems import cut, general_words
from suites.search_zh.titles import read_titles, vocabulary
from suites.search_zh.writing import write_queries
from suites.shared.measure import emit
from suites.shared.paths import given

GROCERIES = ("Grocery", "Pets", "Household")
PROBABILITIES = (0.2, 0.35, 0.5, 0.65)  # τ; 0.35 is the default
_MOST_TITLES = 3_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=given, required=True, help="folder of the Icecat zips")
    parser.add_argument("--ratings", type=given, required=True, help="CSV: query,docid,rating")
    parser.add_argument("--titles", type=given, required=True, help="Chinese titles, one a line")
    parser.add_argument("--shop", type=given, required=True, help="a simulated, checked shop")
    parser.add_argument("--queries", type=int, default=60, help="Chinese ones")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = parser.parse_args()
    judged = read_ratings(arguments.ratings)
    good = {q: by for q, by in judged.items() if any(g >= 2 for g in by.values())}
    with tempfile.TemporaryDirectory(prefix="search_elsewhere-") as fresh:
        work = arguments.work or Path(fresh)
        encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=1)
        cache = VectorCache(work / "vectors.sqlite")

        def index_of(products: Iterable[Product], name: str) -> Generation:
            out = ShopPaths(work / name).index
            folder = build(list(products), encoders=encoders, cache=cache, out=out)
            return Generation.open(folder, encoders)

        icecat = index_of(read_products(arguments.data, work), "icecat")
        shop = Catalog(ShopPaths(arguments.shop).catalog)
        groceries = index_of(
            (p for p in shop.products() if p.category and p.category[0] in GROCERIES), "groceries"
        )
        shop.close()
        cache.close()
    clothing = _chinese(arguments.titles, arguments.queries)
    for probability in PROBABILITIES:
        for where, index, queries, grades in (
            ("clothing on Icecat", icecat, clothing, {}),
            ("Icecat on groceries", groceries, list(good), {}),
            ("home", icecat, list(good), good),
        ):
            emit(where=where, probability=probability, **_near(index, queries, probability, grades))


def _chinese(file: Path, n: int) -> list[str]:
    titles = read_titles(file)[:_MOST_TITLES]
    noise = noises(general_words(), seed=7)
    written = write_queries(titles, vocabulary(titles, cut), noise, n=n, seed=7)
    return [w.text for w in written if w.query_class == "clean"]


def _near(
    index: Generation,
    queries: Sequence[str],
    probability: float,
    grades: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """What stands in the first ten without the words, by nearness alone."""
    thresholds = Thresholds(dense_probability=probability)
    near, shown, known = [], [], []
    for text in queries:
        query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
        answer = answer_set(index, query, thresholds)
        first = ~answer.is_lexical[:10]
        near.append(int(first.sum()))
        shown.append(len(answer.rows))
        ids = index.product_ids[answer.rows[:10][first]]
        known += [grades[text][i] >= 2 for i in ids if text in grades and i in grades[text]]
    return {
        "n": len(queries),
        "found_nothing": float(np.mean([n == 0 for n in shown])),
        "any_near": float(np.mean([n > 0 for n in near])),
        "near_in_first_ten": float(np.mean(near)),
        "near_graded": len(known),
        "near_good": float(np.mean(known)) if known else None,
    }


if __name__ == "__main__":
    main()
