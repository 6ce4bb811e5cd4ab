"""The consensus of raters: the grades that search is evaluated with, and their confidence."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import safe_cell
from baihuo.evaluate import MISSING, Agreement, agreement
from baihuo.labels.ratings import (
    FILE_RATER,
    N_GRADES,
    N_RATERS,
    Ratings,
    by_query,
    file_rows,
    is_export,
    log_rows,
    query_key,
)

# The report on raters and their consensus, for the API and the command line.


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


@dataclass(frozen=True, slots=True, eq=False)
class ConsensusGrades:
    """One consensus grade for each judged pair."""

    ratings: Ratings
    grades: NDArray[np.int64]  # [pairs]
    confidence: NDArray[np.float64]  # [pairs], probability of the grade: 0 … 1
    beliefs: NDArray[np.float64]  # [pairs, grades], P(true grade)
    agreement: Agreement | None  # None: nothing was judged

    def __len__(self) -> int:
        return len(self.grades)

    @property
    def by_query(self) -> Mapping[str, Mapping[str, int]]:
        """Query → product → grade."""
        return by_query(self.ratings.queries, self.ratings.products, self.grades)

    def to_json(self) -> dict[str, Any]:
        """Counts of judgements and raters, and their agreement, for the report of a bundle."""
        people = (
            [r for r in self.agreement.raters if r.name != FILE_RATER] if self.agreement else []
        )
        alpha = self.agreement.alpha if self.agreement else float("nan")
        return {
            "n_pairs": len(self),
            "n_queries": self.ratings.n_queries,
            "n_judgements": self.ratings.n_given,
            "n_raters": len(people),
            "n_from_file": int((_of_file(self.ratings) != MISSING).sum()),
            "alpha": None if np.isnan(alpha) else round(alpha, 4),
            "n_doubtful": self.agreement.n_doubtful if self.agreement else 0,
        }

    def to_csv(self, *, min_confidence: float = 0.0) -> str:
        """CSV with ``query, docid, rating, confidence, n_raters``; also valid as ``ratings.csv``."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["query", "docid", "rating", "confidence", N_RATERS])
        n_raters = (self.ratings.grades != MISSING).sum(axis=1)
        for at in np.flatnonzero(self.confidence >= min_confidence):
            writer.writerow(
                [
                    safe_cell(self.ratings.queries[at]),
                    safe_cell(self.ratings.products[at]),
                    self.grades[at],
                    f"{self.confidence[at]:.4f}",
                    n_raters[at],
                ]
            )
        return out.getvalue()


def collect_ratings(log: pa.Table | None, ratings: Path | None = None) -> Ratings:
    """The judgements of the log, and those of the shop's ratings.csv as one more rater.

    Of a file that ``baihuo label export`` wrote, only pairs that the log lacks count: it holds the
    judgements of the same people, who would count twice.

    Args:
        log: A table of :data:`baihuo.events.JUDGEMENTS`; None: there is none.
        ratings: CSV with query, docid, rating; None or missing: only the log.

    Raises:
        BrokenFile: ``ratings`` has another format.
    """
    judged = list(log_rows(log)) if log is not None else []
    from_file: list[tuple[str, str, str, int | None]] = []
    if ratings is not None and ratings.exists():
        known = set()
        if is_export(ratings):
            known = {(query_key(q), p) for q, p, _, grade in judged if grade is not None}
        from_file = [
            (q, p, FILE_RATER, grade)
            for q, p, _, grade in file_rows(ratings)
            if (query_key(q), p) not in known
        ]
    return Ratings.of([*judged, *from_file])


def find_consensus(log: pa.Table | None, ratings: Path | None = None) -> ConsensusGrades:
    """One grade for each pair of :func:`collect_ratings`, by Dawid–Skene; same arguments and errors.

    The consensus is always a grade that some rater gave, however likely another grade is.
    """
    return consensus_of_ratings(collect_ratings(log, ratings))


def consensus_of_ratings(ratings: Ratings) -> ConsensusGrades:
    """As :func:`find_consensus`, for given ratings."""
    if not len(ratings):
        empty = np.zeros(0)
        return ConsensusGrades(
            ratings, empty.astype(np.int64), empty, np.zeros((0, N_GRADES)), None
        )
    measured = agreement(ratings.grades, list(ratings.raters), n_grades=N_GRADES)
    beliefs = measured.consensus.probabilities
    is_given = np.stack([(ratings.grades == g).any(axis=1) for g in range(N_GRADES)], axis=1)
    grades = np.where(is_given, beliefs, -1.0).argmax(axis=1).astype(np.int64)
    return ConsensusGrades(
        ratings, grades, beliefs[np.arange(len(grades)), grades], beliefs, measured
    )


def _of_file(ratings: Ratings) -> NDArray[np.int64]:
    if FILE_RATER not in ratings.raters:
        return np.full(len(ratings), MISSING)
    return ratings.grades[:, ratings.raters.index(FILE_RATER)]
