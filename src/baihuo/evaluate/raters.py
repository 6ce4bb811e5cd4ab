"""The report on raters: disagreement, error rates, and where the consensus is uncertain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.rater_agreement import (
    MISSING,
    Consensus,
    dawid_skene,
    krippendorff_alpha,
    weighted_kappa,
)


@dataclass(frozen=True, slots=True)
class Rater:
    """One rater, measured against the others."""

    name: str
    n_judged: int
    n_shared: (
        int  # of these, pairs that others judged, too; without any the rater cannot be measured
    )
    error_rate: float  # how often another grade than the true one, by Dawid–Skene
    bias: float  # mean of given minus true grade: above 0 is generous
    kappa: float  # mean quadratic kappa with the other raters; NaN: no common pairs
    confusion: list[list[float]]  # [true grade][given grade]


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Two raters compared."""

    ours: str
    theirs: str
    n_both: int
    agreed: float  # share of equal grades
    linear: float
    quadratic: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """The report's content; ``consensus`` is for further use."""

    n_pairs: int
    n_grades: int
    alpha: float  # Krippendorff's, interval
    alpha_nominal: float
    raters: tuple[Rater, ...]
    pairwise: tuple[Pairwise, ...]
    n_unanimous: int
    n_doubtful: int  # pairs whose consensus has less than 0.9 of the probability
    n_not_majority: int  # pairs whose consensus is another grade than most raters gave
    consensus: Consensus

    def to_json(self) -> dict[str, Any]:
        """Return the report without the consensus; null where unknown."""
        names = (
            "n_pairs",
            "n_grades",
            "alpha",
            "alpha_nominal",
            "n_unanimous",
            "n_doubtful",
            "n_not_majority",
        )
        report = {
            **{n: getattr(self, n) for n in names},
            "raters": [asdict(r) for r in self.raters],
            "pairwise": [asdict(p) for p in self.pairwise],
        }
        return {name: _plain(value) for name, value in report.items()}


def agreement(ratings: NDArray[Any], raters: list[str], *, n_grades: int) -> Agreement:
    """Compare raters with each other and with their consensus.

    Args:
        ratings: ``[pairs, raters]``, grades from 0; -1 where not judged; each pair has one or more.
        raters: Their names.
        n_grades: How many grades there are.

    Raises:
        ValueError: shapes differ, a grade is out of range, or a pair has no rating.
    """
    ratings = np.asarray(ratings, dtype=np.int64)
    if ratings.ndim != 2 or ratings.shape[1] != len(raters):
        raise ValueError(f"{ratings.shape} ratings are not of {len(raters)} raters")
    consensus = dawid_skene(ratings, n_grades=n_grades)
    is_given = ratings != MISSING
    pairwise = tuple(
        _pairwise(ratings[:, [i, j]], raters[i], raters[j], n_grades)
        for i in range(len(raters))
        for j in range(i + 1, len(raters))
        if (is_given[:, i] & is_given[:, j]).any()
    )
    votes = np.stack([(ratings == g).sum(axis=1) for g in range(n_grades)], axis=1)
    most = votes.max(axis=1)
    chosen = votes[np.arange(len(votes)), consensus.grades]
    return Agreement(
        n_pairs=len(ratings),
        n_grades=n_grades,
        alpha=krippendorff_alpha(ratings, n_grades=n_grades),
        alpha_nominal=krippendorff_alpha(ratings, n_grades=n_grades, weights="none"),
        raters=tuple(
            _rater(name, r, ratings, consensus, pairwise) for r, name in enumerate(raters)
        ),
        pairwise=pairwise,
        n_unanimous=int(((most == votes.sum(axis=1)) & (most > 1)).sum()),
        n_doubtful=int((consensus.probabilities.max(axis=1) < 0.9).sum()),
        n_not_majority=int((chosen < most).sum()),
        consensus=consensus,
    )


def _rater(
    name: str,
    r: int,
    ratings: NDArray[np.int64],
    consensus: Consensus,
    pairwise: tuple[Pairwise, ...],
) -> Rater:
    is_given = ratings[:, r] != MISSING
    expected = consensus.probabilities @ np.arange(consensus.probabilities.shape[1])
    kappas = [p.quadratic for p in pairwise if name in (p.ours, p.theirs)]
    with_others = [k for k in kappas if not np.isnan(k)]
    return Rater(
        name=name,
        n_judged=int(is_given.sum()),
        n_shared=int((is_given & ((ratings != MISSING).sum(axis=1) > 1)).sum()),
        error_rate=float(consensus.error_rates[r]),
        bias=float((ratings[is_given, r] - expected[is_given]).mean()) if is_given.any() else 0.0,
        kappa=float(np.mean(with_others)) if with_others else float("nan"),
        confusion=np.round(consensus.confusion[r], 4).tolist(),
    )


def _pairwise(two: NDArray[np.int64], ours: str, theirs: str, n_grades: int) -> Pairwise:
    both = (two != MISSING).all(axis=1)
    return Pairwise(
        ours,
        theirs,
        int(both.sum()),
        float((two[both, 0] == two[both, 1]).mean()),
        weighted_kappa(two[:, 0], two[:, 1], n_grades=n_grades, weights="linear"),
        weighted_kappa(two[:, 0], two[:, 1], n_grades=n_grades, weights="quadratic"),
    )


def _plain(value: Any) -> Any:
    """Replace NaN by null for JSON."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and np.isnan(value) else value
