"""The report on raters and their consensus, for the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from baihuo.evaluate import MISSING
from baihuo.labels.consensus import ConsensusGrades
from baihuo.labels.ratings import FILE_RATER

N_DOUBTFUL = 20


def report(
    consensus: ConsensusGrades,
    *,
    final: Mapping[tuple[str, str], int] | None = None,
    n_doubtful: int = N_DOUBTFUL,
) -> dict[str, Any]:
    """Judgements per rater, agreement, the errors of each rater, and the doubtful pairs.

    Args:
        consensus: The consensus of all judgements.
        final: Final grades from another source, by (query, product), to compare with.
        n_doubtful: How many doubtful pairs at most, the most doubtful first.
    """
    summary: dict[str, Any] = consensus.to_json()
    if consensus.agreement is None:
        return {**summary, "agreement": None, "doubtful": []}
    summary["agreement"] = consensus.agreement.to_json()
    summary["doubtful"] = _doubtful(consensus, n_doubtful)
    if final:
        summary["against_final"] = _against(consensus, final)
    return summary


def _doubtful(consensus: ConsensusGrades, most: int) -> list[dict[str, Any]]:
    ratings = consensus.ratings
    sure = consensus.beliefs.max(axis=1)
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
                "consensus": int(consensus.grades[at]),
                "confidence": round(float(consensus.confidence[at]), 4),
            }
        )
    return found


def _against(consensus: ConsensusGrades, final: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    ratings = consensus.ratings
    pairs = list(zip(ratings.queries, ratings.products, strict=True))
    at = np.array([n for n, pair in enumerate(pairs) if pair in final], np.int64)
    truth = np.array([final[pairs[n]] for n in at], np.int64)
    equal = {"consensus": _share(consensus.grades[at], truth)}
    for number, name in enumerate(ratings.raters):
        if name != FILE_RATER:
            equal[name] = _share(ratings.grades[at, number], truth)
    return {"n_pairs": len(at), "equal": equal}


def _share(given: np.ndarray, truth: np.ndarray) -> float | None:
    both = given != MISSING
    return round(float((given == truth)[both].mean()), 4) if both.any() else None
