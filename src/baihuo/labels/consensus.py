"""What raters say together: the grades that search is measured by, and how sure they are."""

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

from baihuo.core.spreadsheet import safe_cell
from baihuo.evaluate import Agreement, agreement
from baihuo.evaluate.agreement import MISSING
from baihuo.labels.ratings import (
    N_GRADES,
    N_RATERS,
    SETTLED,
    Ratings,
    by_query,
    file_rows,
    is_export,
    log_rows,
    query_key,
)


@dataclass(frozen=True, slots=True, eq=False)
class ConsensusGrades:
    """One grade for each judged pair."""

    ratings: Ratings
    grades: NDArray[np.int64]  # [pairs]
    confidence: NDArray[np.float64]  # [pairs], probability of the grade: 0 … 1
    beliefs: NDArray[np.float64]  # [pairs, grades], of the true grade
    said: Agreement | None  # None: nothing was judged

    def __len__(self) -> int:
        return len(self.grades)

    @property
    def by_query(self) -> Mapping[str, Mapping[str, int]]:
        """Query → product → grade."""
        return by_query(self.ratings.queries, self.ratings.products, self.grades)

    def to_json(self) -> dict[str, Any]:
        """How many judgements by how many raters with which agreement, for the bundle's report."""
        people = [r for r in self.said.raters if r.name != SETTLED] if self.said else []
        alpha = self.said.alpha if self.said else float("nan")
        return {
            "n_pairs": len(self),
            "n_queries": self.ratings.n_queries,
            "n_judgements": self.ratings.n_given,
            "n_raters": len(people),
            "n_from_file": int((_of_file(self.ratings) != MISSING).sum()),
            "alpha": None if np.isnan(alpha) else round(alpha, 4),
            "n_doubtful": self.said.n_doubtful if self.said else 0,
        }

    def to_csv(self, *, min_confidence: float = 0.0) -> str:
        """``query, docid, rating, confidence, n_raters``: as ``ratings.csv`` is read, and more."""
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


def gather(log: pa.Table | None, ratings: Path | None = None) -> Ratings:
    """The log's judgements and the shop's file of settled grades, which is one more rater.

    Of a file that ``baihuo label export`` wrote only pairs count that the log lacks: it says what the
    same people said, who would count twice.

    Args:
        log: Of :data:`baihuo.events.JUDGEMENTS`; None: there is none.
        ratings: CSV with query, docid, rating; None or not there: the log alone.

    Raises:
        BrokenFile: ``ratings`` is no such file.
    """
    judged = list(log_rows(log)) if log is not None else []
    filed: list[tuple[str, str, str, int | None]] = []
    if ratings is not None and ratings.exists():
        known = set()
        if is_export(ratings):
            known = {(query_key(q), p) for q, p, _, grade in judged if grade is not None}
        filed = [
            (q, p, SETTLED, grade)
            for q, p, _, grade in file_rows(ratings)
            if (query_key(q), p) not in known
        ]
    return Ratings.of([*judged, *filed])


def settle(log: pa.Table | None, ratings: Path | None = None) -> ConsensusGrades:
    """One grade of each pair of :func:`gather`, by Dawid–Skene; arguments and errors as there.

    A grade that nobody gave a pair is never its grade, however likely: what one alone said stands.
    """
    return settle_ratings(gather(log, ratings))


def settle_ratings(ratings: Ratings) -> ConsensusGrades:
    """As :func:`settle`, of ratings at hand."""
    if not len(ratings):
        nothing = np.zeros(0)
        return ConsensusGrades(
            ratings, nothing.astype(np.int64), nothing, np.zeros((0, N_GRADES)), None
        )
    said = agreement(ratings.grades, list(ratings.raters), n_grades=N_GRADES)
    beliefs = said.consensus.probabilities
    is_given = np.stack([(ratings.grades == g).any(axis=1) for g in range(N_GRADES)], axis=1)
    grades = np.where(is_given, beliefs, -1.0).argmax(axis=1).astype(np.int64)
    return ConsensusGrades(ratings, grades, beliefs[np.arange(len(grades)), grades], beliefs, said)


def _of_file(ratings: Ratings) -> NDArray[np.int64]:
    if SETTLED not in ratings.raters:
        return np.full(len(ratings), MISSING)
    return ratings.grades[:, ratings.raters.index(SETTLED)]
