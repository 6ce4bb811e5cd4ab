"""The report on raters and what they said together, as the API sends and the command line prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from baihuo.evaluate.agreement import MISSING
from baihuo.labels.consensus import ConsensusGrades
from baihuo.labels.ratings import SETTLED

N_DOUBTFUL = 20


def report(
    settled: ConsensusGrades,
    *,
    final: Mapping[tuple[str, str], int] | None = None,
    n_doubtful: int = N_DOUBTFUL,
) -> dict[str, Any]:
    """Who judged how much, how far raters agree, how each errs, and the pairs nobody can be sure of.

    Args:
        settled: What was judged.
        final: Grades settled otherwise, by (query, product): told beside the consensus.
        n_doubtful: At most so many doubtful pairs, the most doubtful first.
    """
    told: dict[str, Any] = settled.to_json()
    if settled.said is None:
        return {**told, "agreement": None, "doubtful": []}
    told["agreement"] = settled.said.to_json()
    told["doubtful"] = _doubtful(settled, n_doubtful)
    if final:
        told["against_final"] = _against(settled, final)
    return told


def _doubtful(settled: ConsensusGrades, most: int) -> list[dict[str, Any]]:
    ratings = settled.ratings
    sure = settled.beliefs.max(axis=1)
    n_given = (ratings.grades != MISSING).sum(axis=1)
    doubtful = np.flatnonzero((sure < 0.9) & (n_given > 1))
    found = []
    for at in doubtful[np.argsort(sure[doubtful], kind="stable")][:most]:
        given = {
            name: int(grade)
            for name, grade in zip(ratings.raters, ratings.grades[at], strict=True)
            if grade != MISSING
        }
        found.append(
            {
                "query_text": ratings.queries[at],
                "product_id": ratings.products[at],
                "given": given,
                "consensus": int(settled.grades[at]),
                "confidence": round(float(settled.confidence[at]), 4),
            }
        )
    return found


def _against(settled: ConsensusGrades, final: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    ratings = settled.ratings
    pairs = list(zip(ratings.queries, ratings.products, strict=True))
    at = np.array([n for n, pair in enumerate(pairs) if pair in final], np.int64)
    truth = np.array([final[pairs[n]] for n in at], np.int64)
    equal = {"consensus": _share(settled.grades[at], truth)}
    for number, name in enumerate(ratings.raters):
        if name != SETTLED:
            equal[name] = _share(ratings.grades[at, number], truth)
    return {"n_pairs": len(at), "equal": equal}


def _share(given: np.ndarray, truth: np.ndarray) -> float | None:
    both = given != MISSING
    return round(float((given == truth)[both].mean()), 4) if both.any() else None
