"""Raters: agreement, error rates, and consensus.

Ratings are grades from 0 up, ``[pairs, raters]``, with -1 where a rater did not judge a pair.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

# The report on raters: disagreement, error rates, and where the consensus is uncertain.


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


Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Consensus:
    """The consensus of raters, and the errors of each."""

    probabilities: Floats  # [pairs, grades]: of the true grade, given all ratings of the pair
    prior: Floats  # [grades]: how common each true grade is
    confusion: Floats  # [raters, true grades, given grades]: each row sums to 1
    log_likelihood: float
    n_rounds: int

    @property
    def grades(self) -> Grades:
        """``[pairs]``, the likeliest grade of each."""
        return self.probabilities.argmax(axis=1).astype(np.int64)

    @property
    def error_rates(self) -> Floats:
        """``[raters]``, how often each would give another grade than the true one."""
        right: Floats = np.einsum("g,rgg->r", self.prior, self.confusion)
        return 1.0 - right


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


Grades: TypeAlias = NDArray[np.int64]
Weights: TypeAlias = Literal["none", "linear", "quadratic"]
MISSING = -1


def weighted_kappa(
    ours: NDArray[Any], theirs: NDArray[Any], *, n_grades: int, weights: Weights = "quadratic"
) -> float:
    """Agreement of two raters beyond chance: 1.0 is perfect, 0.0 chance, below 0 worse; NaN if both gave only one and the same grade, or
    share no pair.

    Args:
        ours: ``[pairs]``, grades from 0; -1 where not judged.
        theirs: ``[pairs]``, the same pairs.
        n_grades: How many grades there are.
        weights: What a disagreement of ``d`` grades costs: 1, ``d`` or ``d²``.

    Raises:
        ValueError: lengths differ, or a grade is outside of 0 … ``n_grades`` - 1.

    Source: Cohen (1968).
    """
    ours, theirs = _checked(ours, n_grades), _checked(theirs, n_grades)
    if ours.shape != theirs.shape:
        raise ValueError(f"{ours.shape} ratings cannot be compared with {theirs.shape}")
    both = (ours != MISSING) & (theirs != MISSING)
    if not both.any():
        return float("nan")
    seen = np.zeros((n_grades, n_grades))
    np.add.at(seen, (ours[both], theirs[both]), 1.0)
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    cost = _cost(n_grades, weights)
    expected = float((cost * chance).sum())
    return float("nan") if expected == 0 else 1.0 - float((cost * seen).sum()) / expected


def krippendorff_alpha(
    ratings: NDArray[Any], *, n_grades: int, weights: Weights = "quadratic"
) -> float:
    """Agreement of any number of raters beyond chance, missing ratings allowed; 1.0 is perfect.

    ``weights="quadratic"`` is alpha for interval data, ``"none"`` for nominal data. NaN where no
    pair has two ratings or all ratings are one grade.

    Source: Krippendorff (2011), by coincidences.
    """
    counts = _counts(ratings, n_grades)
    n_here = counts.sum(axis=1)
    counts = counts[n_here >= 2]
    if not len(counts):
        return float("nan")
    each = counts.sum(axis=1, keepdims=True)
    seen = (counts / (each - 1)).T @ counts - np.diag((counts / (each - 1)).sum(axis=0))
    of_grade = seen.sum(axis=1)
    n = of_grade.sum()
    chance = (np.outer(of_grade, of_grade) - np.diag(of_grade)) / (n - 1)
    cost = _cost(n_grades, weights)
    expected = float((cost * chance).sum())
    return float("nan") if expected == 0 else 1.0 - float((cost * seen).sum()) / expected


def dawid_skene(
    ratings: NDArray[Any],
    *,
    n_grades: int,
    strength: float = 5.0,
    tolerance: float = 1e-7,
    max_rounds: int = 500,
) -> Consensus:
    """Estimate true grades and raters' errors together by expectation–maximisation.

    Each rater has a confusion matrix, by which votes are weighed: two careful raters outvote three careless ones. It starts from vote
    shares; only agreement with the majority separates good raters from those wrong more than half the time.

    Args:
        ratings: ``[pairs, raters]``, -1 where not judged; every pair has at least one.
        n_grades: How many grades there are.
        strength: Each row of a rater's matrix begins as so many ratings by :func:`prior_rater`. Rare grades need it: on real ratings plain
            maximum likelihood (near 0) took grade 2 for pairs that one rater graded 2 and the others 0.
        tolerance: It ends when the mean log-likelihood of a rating grows by less.
        max_rounds: And after so many rounds.

    Raises:
        ValueError: a pair without a rating, or a grade out of range.

    Source: Dawid and Skene (1979); the prior makes it maximum a posteriori (Raykar et al., 2010).
    """
    ratings = _checked(ratings, n_grades)
    if ratings.ndim != 2 or not len(ratings):
        raise ValueError(f"ratings are {ratings.shape}, must be [pairs, raters]")
    votes = _counts(ratings, n_grades)
    if (votes.sum(axis=1) == 0).any():
        raise ValueError("a pair has no rating: leave it out")
    beliefs = votes / votes.sum(axis=1, keepdims=True)
    is_given_by_rater = [
        [ratings[:, r] == g for g in range(n_grades)] for r in range(ratings.shape[1])
    ]
    n_given = max(int((ratings != MISSING).sum()), 1)
    before, likelihood, n_rounds = -np.inf, 0.0, 0
    while n_rounds < max_rounds:
        n_rounds += 1
        prior = (beliefs.sum(axis=0) + 1.0) / (len(beliefs) + n_grades)
        confusion = np.stack(
            [
                np.stack([beliefs[is_said].sum(axis=0) for is_said in by_grade], axis=1)
                for by_grade in is_given_by_rater
            ]
        )
        confusion += max(strength, 1e-3) * prior_rater(n_grades)
        confusion /= confusion.sum(axis=2, keepdims=True)
        beliefs, likelihood = _posterior(ratings, prior, confusion)
        if n_rounds > 1 and abs(likelihood - before) / n_given < tolerance:
            break
        before = likelihood
    return Consensus(beliefs, prior, confusion, likelihood, n_rounds)


def prior_rater(n_grades: int, *, right: float = 0.7) -> Floats:
    """``[true, given]``, the confusion of an unknown rater: errors by few grades are likelier than by many."""
    if n_grades == 1:
        return np.ones((1, 1))
    apart = np.abs(np.subtract.outer(np.arange(n_grades), np.arange(n_grades)))
    wrong = np.where(apart > 0, 0.5**apart, 0.0)
    shares: Floats = wrong / wrong.sum(axis=1, keepdims=True) * (1 - right)
    return shares + right * np.eye(n_grades)


def grade_posterior(ratings: NDArray[Any], prior: Floats, confusion: Floats) -> Floats:
    """Return ``[pairs, grades]``, the posterior of the true grade.

    Args:
        ratings: ``[pairs, raters]``, -1 where not judged; a pair without any keeps its prior.
        prior: ``[grades]``, or ``[pairs, grades]`` where pairs differ.
        confusion: ``[raters, true grades, given grades]``.
    """
    return _posterior(_checked(ratings, confusion.shape[1]), prior, confusion)[0]


def _posterior(ratings: Grades, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    logs = np.log(np.broadcast_to(prior, (len(ratings), confusion.shape[1]))).copy()
    for r, of_rater in enumerate(np.log(confusion)):
        is_given = ratings[:, r] != MISSING
        logs[is_given] += of_rater[:, ratings[is_given, r]].T
    top = logs.max(axis=1, keepdims=True)
    shares = np.exp(logs - top)
    total = shares.sum(axis=1, keepdims=True)
    return shares / total, float((top + np.log(total)).sum())


def _cost(n_grades: int, weights: Weights) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(n_grades), np.arange(n_grades))).astype(np.float64)
    if weights == "none":
        return (apart > 0).astype(np.float64)
    return apart if weights == "linear" else apart**2


def _counts(ratings: NDArray[Any], n_grades: int) -> Floats:
    ratings = _checked(ratings, n_grades)
    return np.stack([(ratings == g).sum(axis=1) for g in range(n_grades)], axis=1).astype(
        np.float64
    )


def _checked(ratings: NDArray[Any], n_grades: int) -> Grades:
    grades = np.asarray(ratings, dtype=np.int64)
    if grades.size and (grades.min() < MISSING or grades.max() >= n_grades):
        raise ValueError(f"a grade is outside of 0 … {n_grades - 1} (-1: not judged)")
    return grades
