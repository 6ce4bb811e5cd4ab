"""The whole search, as ``bench/search_icecat.py`` and ``bench/search_zh.py`` measure it, with the vectors of one encoder and of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.encode import Encoder, Encoders, VectorCache
from baihuo.evaluate import paired_bootstrap
from baihuo.index import Generation, Thresholds, answer_set, build
from suites.search.measures import evaluate
from suites.shared.measure import emit

_DEPTH = 1_000

Grades = dict[str, dict[str, int]]  # by query, by product


def whole_search(
    products: Sequence[Product],
    judged: Grades,
    name: str,
    systems: Mapping[str, Encoder],
    folder: Path,
) -> None:
    """Emit the measures of the answer set with each encoder under ``name``, and differences from the first, the published one."""
    scores: dict[str, dict[str, NDArray[np.float64]]] = {}
    for system, encoder in systems.items():
        encoders = Encoders({name: encoder})
        cache = VectorCache(folder / "vectors.sqlite")
        index = build(products, encoders=encoders, cache=cache, out=ShopPaths(folder).index)
        cache.close()
        generation = Generation.open(index, encoders)
        scores[system] = evaluate({q: _ranked(generation, q) for q in judged}, judged)
        emit(system=system, **{k: float(np.nanmean(v)) for k, v in scores[system].items()})
    first = next(iter(scores.values()))
    for system in list(scores)[1:]:
        for measure, values in scores[system].items():
            gain = paired_bootstrap(values, first[measure], seed=7)
            rounded = [round(x, 4) for x in (gain.mid, gain.low, gain.high)]
            emit(system=system, measure=measure, gain=rounded)


def _ranked(generation: Generation, text: str) -> list[str]:
    query = Query(
        query_id="bench", surface=Surface.SEARCH, visitor_id="bench", at_us=0, query_text=text
    )
    rows = answer_set(generation, query, Thresholds()).rows
    return list(generation.product_ids[rows[:_DEPTH]])
