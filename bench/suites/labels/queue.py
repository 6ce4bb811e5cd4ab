"""The labelling queue beside other ways to choose what is judged, with raters who err as three real ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import grade_beliefs, judgement_value, metric_by_query
from baihuo.evaluate.rater_agreement import MISSING
from baihuo.index import Generation
from baihuo.labels import make_pool

Rows = NDArray[np.int64]
AT_ONCE, REPORTED_AFTER, N_RATERS, DEPTH = 20, (100, 200, 400, 600, 1000), 3, 200
POLICIES = ("random", "from the top", "queue")


def measure(
    generation: Generation,
    grades: Mapping[str, Mapping[str, int]],
    confusion: NDArray[np.float64],
    *,
    runs: int,
) -> list[dict[str, object]]:
    """The error of "ours minus BM25" after so many judgements.

    Both orders are of the judged products, whose settled grades are the truth. The difference is the mean
    of two, as ``evaluate_search`` reports it: unjudged products gain nothing, and judged ones alone.
    """
    truth = _Truth(generation, grades)
    lines = []
    for policy in POLICIES:
        errors = np.array([truth.errors(policy, seed, confusion) for seed in range(runs)])
        root = np.sqrt((errors**2).mean(axis=0))
        lines.append(
            {
                "policy": policy,
                "difference": truth.difference,
                "n_pairs": len(truth.grades),
                "runs": runs,
                **{f"error_after_{n}": float(e) for n, e in zip(REPORTED_AFTER, root, strict=True)},
            }
        )
    return lines


class _Truth:
    """Two orders of what was judged, and the difference they really make."""

    def __init__(self, generation: Generation, grades: Mapping[str, Mapping[str, int]]) -> None:
        pool = make_pool(generation, grades, depth=DEPTH)
        pairs = list(zip(pool.queries, pool.products, strict=True))
        kept = np.array([p in grades[q] for q, p in pairs])
        _, self.queries = np.unique(pool.queries[kept].astype(str), return_inverse=True)
        self.grades = np.array([grades[q][p] for (q, p), k in zip(pairs, kept, strict=True) if k])
        everything = np.ones(len(self.grades), bool)
        self.ours = self._among(pool.ours[kept], everything)
        self.theirs = self._among(pool.theirs[kept], everything)
        self.difference = self._difference(self.grades, everything)

    def errors(self, policy: str, seed: int, confusion: NDArray[np.float64]) -> list[float]:
        """By how much the difference is off, after each number of judgements reported; raters take turns."""
        rng = np.random.default_rng(seed)
        ratings = np.full((len(self.grades), N_RATERS), MISSING)
        best = np.where(self.ours > 0, self.ours, 10**6)
        positions = np.minimum(best, np.where(self.theirs > 0, self.theirs, 10**6))
        positions = np.where(positions == 10**6, 0, positions)
        errors = []
        for batch in range(REPORTED_AFTER[-1] // AT_ONCE):
            rater = batch % N_RATERS
            if policy == "queue":
                beliefs, known = grade_beliefs(ratings, self.queries, positions, n_grades=4)
                values = judgement_value(
                    beliefs, known[rater], self.queries, self.ours, self.theirs
                )
            elif policy == "random":
                values = rng.random(len(ratings))
            else:
                is_new = (ratings == MISSING).all(axis=1)
                values = 1000.0 * is_new - positions + rng.random(len(ratings))
            values = np.where(ratings[:, rater] == MISSING, values, -1e9)
            for row in np.argsort(-values, kind="stable")[:AT_ONCE]:
                ratings[row, rater] = rng.choice(4, p=confusion[rater, self.grades[row]])
            if (batch + 1) * AT_ONCE in REPORTED_AFTER:
                beliefs, _ = grade_beliefs(ratings, self.queries, positions, n_grades=4)
                is_judged = (ratings != MISSING).any(axis=1)
                found = self._difference(beliefs.argmax(axis=1), is_judged)
                errors.append(found - self.difference)
        return errors

    def _difference(self, grades: Rows, is_judged: NDArray[np.bool_]) -> float:
        known = np.eye(4)[np.where(is_judged, grades, 0)]
        whole = metric_by_query(known, self.queries, self.ours, self.theirs)
        ours, theirs = self._among(self.ours, is_judged), self._among(self.theirs, is_judged)
        among = metric_by_query(known, self.queries, ours, theirs)
        return float((np.nanmean(whole) + np.nanmean(among)) / 2)

    def _among(self, positions: Rows, kept: NDArray[np.bool_]) -> Rows:
        """1-based positions among those kept; 0 elsewhere."""
        among = np.zeros(len(positions), np.int64)
        for query in range(int(self.queries.max()) + 1):
            rows = np.flatnonzero((self.queries == query) & (positions > 0) & kept)
            among[rows[np.argsort(positions[rows], kind="stable")]] = np.arange(1, len(rows) + 1)
        return among
