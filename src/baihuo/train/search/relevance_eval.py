"""Search evaluated by judgements: the answer sets of queries whose products people graded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Surface
from baihuo.evaluate import ndcg_by_query, paired_bootstrap
from baihuo.index import Generation, Thresholds, answer_set

_RRF_K = 60


@dataclass(frozen=True, slots=True)
class SearchMetrics:
    """One way to order a search. nDCG@10 over the whole catalogue and among judged products."""

    system: str
    ndcg10: float
    ndcg10_judged: float
    n_queries: int
    vs_rrf: dict[str, float] | None = None  # ours minus RRF, mean of both measures, paired


def evaluate_search(
    generation: Generation,
    grades: Mapping[str, Mapping[str, int]],
    *,
    thresholds: Thresholds | None = None,
) -> list[dict[str, Any]]:
    """BM25, its reciprocal rank fusion with vectors, and ours, by judgements.

    The pool of judgements came from some engine, so the whole catalogue favours orders like that
    engine's, and judged products alone favour orders unlike it: both are reported.

    Args:
        generation: The index to ask.
        grades: Query → product id → grade from 0 up.
        thresholds: Of the bundle; None: the defaults.

    Returns:
        A row a system; nothing where no product of the index was found good for any query.
    """
    every = np.arange(generation.n, dtype=np.int32)
    measures_by_system: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for text, by_id in grades.items():
        gain, is_judged = gains_of(generation, by_id)
        if not gain.any():
            continue
        for system, order in _orders(generation, every, text, thresholds or Thresholds()).items():
            measures_by_system[system].append(measures(order, gain, is_judged))
    scores = {system: np.array(rows) for system, rows in measures_by_system.items()}  # [queries, 2]
    report = []
    for system, both in scores.items():
        against = None
        if system == "baihuo":
            gained = paired_bootstrap(both.mean(axis=1), scores["rrf"].mean(axis=1), seed=7)
            against = {"mid": gained.mid, "low": gained.low, "high": gained.high}
        whole, among = both.mean(axis=0)
        report.append(asdict(SearchMetrics(system, float(whole), float(among), len(both), against)))
    return report


def gains_of(
    generation: Generation, by_id: Mapping[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """``[n]`` gain of every row of the index, 2^grade - 1, and whether it was judged."""
    gain, is_judged = np.zeros(generation.n), np.zeros(generation.n, dtype=bool)
    for product_id, grade in by_id.items():
        if (row := generation.row_of.get(product_id)) is not None:
            gain[row], is_judged[row] = 2.0**grade - 1, True
    return gain, is_judged


def measures(
    order: NDArray[np.int32], gain: NDArray[np.float64], is_judged: NDArray[np.bool_]
) -> tuple[float, float]:
    """nDCG@10 of one query: of the whole catalogue, where the unjudged gain nothing, and among what
    was judged. Arguments as :func:`gains_of` gives them; some gain is above 0."""
    ideal = _top(np.sort(gain)[::-1])[None]
    rows = (order, order[is_judged[order]])
    whole, among = (float(ndcg_by_query(_top(gain[r])[None], k=10, ideal=ideal)[0]) for r in rows)
    return whole, among


def _orders(
    generation: Generation, all_rows: NDArray[np.int32], text: str, thresholds: Thresholds
) -> dict[str, NDArray[np.int32]]:
    scores = generation.pair_scores(text, all_rows)
    lexical = np.argsort(-scores["bm25"], kind="stable")
    lexical = lexical[scores["bm25"][lexical] > 0][:1000]
    dense = np.argsort(-scores["cosine"], kind="stable")[:1000]
    fused = np.zeros(len(all_rows))
    for order in (lexical, dense):
        fused[order] += 1 / (_RRF_K + 1 + np.arange(len(order)))
    query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    return {
        "bm25": all_rows[lexical],
        "rrf": all_rows[np.argsort(-fused, kind="stable")],
        "baihuo": answer_set(generation, query, thresholds).rows,
    }


def _top(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.pad(gains[:10], (0, max(0, 10 - len(gains))))
