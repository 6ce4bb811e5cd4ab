"""Search judged by people: how the answer sets do where somebody graded products for queries."""

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
class JudgedSearch:
    """One way to order a search. nDCG@10 over the whole catalogue and among judged products."""

    system: str
    ndcg10: float
    ndcg10_judged: float
    n_queries: int
    vs_rrf: dict[str, float] | None = None  # ours minus RRF, mean of both measures, paired


def judge_search(
    generation: Generation,
    grades: Mapping[str, Mapping[str, int]],
    *,
    thresholds: Thresholds | None = None,
) -> list[dict[str, Any]]:
    """BM25, its plain fusion with vectors, and ours, by what people judged.

    The pool of judgements came from some engine, so the whole catalogue favours orders like that
    engine's, and judged products alone favour orders unlike it: both are told.

    Args:
        generation: The index to ask.
        grades: Query → product id → grade from 0 up.
        thresholds: Of the bundle; None: the defaults.

    Returns:
        A line a system; nothing where no product of the index was found good for any query.
    """
    every = np.arange(generation.n, dtype=np.int32)
    whole: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    among: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    ideal = []
    for text, by_id in grades.items():
        gain = np.zeros(generation.n)
        is_judged = np.zeros(generation.n, dtype=bool)
        for product_id, grade in by_id.items():
            if (row := generation.row_of.get(product_id)) is not None:
                gain[row], is_judged[row] = 2.0**grade - 1, True
        if not gain.any():
            continue
        ideal.append(_top(np.sort(gain)[::-1]))
        for system, order in _orders(generation, every, text, thresholds or Thresholds()).items():
            whole[system].append(_top(gain[order]))
            among[system].append(_top(gain[order[is_judged[order]]]))
    if not ideal:
        return []
    best = np.array(ideal)
    scores = {
        system: (
            ndcg_by_query(np.array(whole[system]), k=10, ideal=best),
            ndcg_by_query(np.array(among[system]), k=10, ideal=best),
        )
        for system in whole
    }
    answer = []
    for system, (all_of_it, judged_only) in scores.items():
        against = None
        if system == "baihuo":
            mine, rrf = (all_of_it + judged_only) / 2, sum(scores["rrf"]) / 2
            interval = paired_bootstrap(mine, np.asarray(rrf), seed=7)
            against = {"mid": interval.mid, "low": interval.low, "high": interval.high}
        line = JudgedSearch(
            system, float(all_of_it.mean()), float(judged_only.mean()), len(best), against
        )
        answer.append(asdict(line))
    return answer


def _orders(
    generation: Generation, every: NDArray[np.int32], text: str, thresholds: Thresholds
) -> dict[str, NDArray[np.int32]]:
    scores = generation.pair_scores(text, every)
    lexical = np.argsort(-scores["bm25"], kind="stable")
    lexical = lexical[scores["bm25"][lexical] > 0][:1000]
    dense = np.argsort(-scores["cosine"], kind="stable")[:1000]
    fused = np.zeros(len(every))
    for order in (lexical, dense):
        fused[order] += 1 / (_RRF_K + 1 + np.arange(len(order)))
    asked = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    return {
        "bm25": every[lexical],
        "rrf": every[np.argsort(-fused, kind="stable")],
        "baihuo": answer_set(generation, asked, thresholds).rows,
    }


def _top(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.pad(gains[:10], (0, max(0, 10 - len(gains))))
