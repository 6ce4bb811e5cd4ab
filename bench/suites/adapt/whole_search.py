"""The whole search of ``bench/search_icecat.py`` with the vectors of one encoder and of another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.encode import MINILM, Encoders, VectorCache
from baihuo.evaluate import paired_bootstrap
from baihuo.index import Generation, Thresholds, answer_set, build
from suites.adapt.variants import made_already
from suites.search.measures import evaluate, read_ratings
from suites.shared.measure import emit

_DEPTH = 1_000


def whole_search(products: Sequence[Product], ratings: Path, folder: Path, variant: str) -> None:
    """Emit the measures of the answer set with the published encoder and with ``variant``, and the differences."""
    judged = read_ratings(ratings)
    scores = {}
    for name in ("frozen", variant):
        encoders = Encoders({MINILM: made_already(MINILM, name, folder)})
        cache = VectorCache(folder / "vectors.sqlite")
        index = build(products, encoders=encoders, cache=cache, out=ShopPaths(folder).index)
        cache.close()
        generation = Generation.open(index, encoders)
        scores[name] = evaluate({q: _ranked(generation, q) for q in judged}, judged)
        emit(system=name, **{k: float(np.nanmean(v)) for k, v in scores[name].items()})
    for measure, values in scores[variant].items():
        gain = paired_bootstrap(values, scores["frozen"][measure], seed=7)
        emit(measure=measure, gain=[round(x, 4) for x in (gain.mid, gain.low, gain.high)])


def _ranked(generation: Generation, text: str) -> list[str]:
    query = Query(
        query_id="bench", surface=Surface.SEARCH, visitor_id="bench", at_us=0, query_text=text
    )
    rows = answer_set(generation, query, Thresholds()).rows
    return list(generation.product_ids[rows[:_DEPTH]])
