"""Search relevance on the judged Icecat queries: BM25, plain reciprocal rank fusion, and ours.

    python bench/search_icecat.py --data ../shared/data/icecat --ratings ../shared/data/icecat/ratings.csv

BM25 is tantivy with English stems over title³, brand², text¹ (the short description and the values of
text attributes). RRF fuses it with all-MiniLM-L6-v2 over "title. short_description" (64 tokens),
k = 60, depth 1,000. Ours is the answer set as search serves it: imported, indexed, opened, queried.

Every query ranks the whole catalogue. Gain is 2^grade − 1, unjudged products count 0, and queries
without any gain are left out. ``ndcg10_judged`` ranks among the judged products only; ``midpoint``
is the mean of the two; ``recall100`` is of grade ≥ 2; ``judged10`` is the share of the top ten that
anybody judged.

``--ablation`` adds a row for each part of our ranking left out, and two of nested cross-validation: what choosing the
weights by ``baihuo tune search`` gains on queries that took no part in choosing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.evaluate import paired_bootstrap
from suites.search.ablation import ablation, opener
from suites.search.measures import evaluate, read_ratings
from suites.search.systems import newest_index, rankers, read_products
from suites.shared.measure import emit


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the product zips")
    parser.add_argument("--ratings", type=Path, required=True, help="CSV: query,docid,rating")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    parser.add_argument("--ablation", action="store_true", help="what each part is worth")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="search_icecat-") as fresh:
        work = arguments.work or Path(fresh)
        products = read_products(arguments.data, work)
        judged = read_ratings(arguments.ratings)
        encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=2)
        cache = VectorCache(work / "vectors.sqlite")
        systems = rankers(products, encoders, cache, work)
        scores = {}
        for name, ranked in systems.items():
            scores[name] = evaluate({q: ranked(q) for q in judged}, judged)
        cache.close()
        folder = newest_index(work)
        parts = list(ablation(opener(folder, encoders), judged)) if arguments.ablation else []
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
    for part in parts:
        emit(**part)
    return 0


if __name__ == "__main__":
    sys.exit(main())
