"""How near is near enough, learned from judgements: P(relevant | cosine) of products without the words.

τ of an answer set decides about exactly these: whoever has the words is in it anyway. A curve fitted on
all judged pairs is too hopeful for them, because words and nearness go together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import paired_bootstrap
from baihuo.index import Calibration, Generation, Thresholds
from baihuo.index.answer import lexical_core

Floats = NDArray[np.float64]
RELEVANT = 2  # grades from here on
_MIN_QUERIES, _MIN_PAIRS, _MIN_OF_EACH = 30, 100, 20  # fewer: a curve would be guessed
_FOLDS, _REPEATS = 5, 10  # each pair's loss is the mean over ten ways to make folds of queries
_PRIOR_SD = np.array([3.0, 2.0])  # of slope and intercept, around the curve that is there


@dataclass(frozen=True, slots=True, eq=False)
class NearPairs:
    """Judged pairs whose product lacks the words, of one encoder."""

    cosines: Floats  # [pairs]
    is_relevant: NDArray[np.bool_]  # [pairs]
    queries: NDArray[np.int64]  # [pairs], a number for each query


@dataclass(frozen=True, slots=True)
class Nearness:
    """Thresholds for the bundle, and what was learned or why not, by encoder."""

    thresholds: Thresholds
    report: dict[str, Any] = field(default_factory=dict)


def fit_nearness(
    generation: Generation,
    grades: Mapping[str, Mapping[str, int]],
    *,
    thresholds: Thresholds | None = None,
    seed: int = 7,
) -> Nearness:
    """Fit an encoder's curve where enough was judged and, on queries held back, it is surely better.

    Better is a smaller log-loss, by the lower end of a paired 95% interval over queries. Elsewhere the
    curve stays as it is, and the report says why.

    Args:
        generation: The index that was judged.
        grades: Query → product id → grade.
        thresholds: What is there without judgements; None: the defaults.
        seed: Of the folds.
    """
    thresholds = thresholds or Thresholds()
    curves, report = dict(thresholds.calibrations), {}
    for encoder, pairs in near_pairs(generation, grades, thresholds).items():
        curve, told = _learned(pairs, curves.get(encoder), seed)
        report[encoder] = told
        if curve is not None:
            curves[encoder] = curve
    return Nearness(replace(thresholds, calibrations=curves), report)


def near_pairs(
    generation: Generation, grades: Mapping[str, Mapping[str, int]], thresholds: Thresholds
) -> dict[str, NearPairs]:
    """The judged pairs that τ decides about, by the encoder of the query."""
    found: dict[str, list[tuple[float, bool, int]]] = {}
    snapshot = generation.snapshot
    for number, (text, by_id) in enumerate(sorted(grades.items())):
        match = generation.match(text, snapshot)
        if match is None:
            continue
        core, _ = lexical_core(match, snapshot, thresholds)
        for product_id, grade in by_id.items():
            row = snapshot.row_of.get(product_id)
            if row is not None and not core[row]:
                pair = float(match.cosine[row]), grade >= RELEVANT, number
                found.setdefault(match.encoder_name, []).append(pair)
    return {
        encoder: NearPairs(*(np.array(column) for column in zip(*pairs, strict=True)))
        for encoder, pairs in found.items()
    }


def fit_curve(cosines: Floats, is_relevant: NDArray[np.bool_], before: Calibration) -> Calibration:
    """The logistic curve that judgements and what was believed ``before`` make likeliest.

    A few dozen pairs of a handful of queries alone would swing it: log-losses on held-back queries
    were between 0.36 and 0.43 by how the folds fell, and are 0.39 with a prior this wide.
    """
    x = np.stack([cosines, np.ones(len(cosines))], axis=1)
    start = np.array([before.slope, before.intercept])
    at, weight = start.copy(), 1 / np.square(_PRIOR_SD)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ at, -30, 30)))
        slope = x.T @ (p - is_relevant) + weight * (at - start)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + np.diag(weight), slope)
        at = at - np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(slope=float(at[0]), intercept=float(at[1]))


def log_losses(curve: Calibration, cosines: Floats, is_relevant: NDArray[np.bool_]) -> Floats:
    """``[pairs]``, natural logarithms."""
    odds = curve.slope * cosines + curve.intercept
    loss: Floats = np.logaddexp(0, np.where(is_relevant, -odds, odds))
    return loss


def _learned(
    pairs: NearPairs, before: Calibration | None, seed: int
) -> tuple[Calibration | None, dict[str, Any]]:
    queries = np.unique(pairs.queries)
    n_relevant = int(pairs.is_relevant.sum())
    told: dict[str, Any] = {
        "n_queries": len(queries),
        "n_pairs": len(pairs.cosines),
        "n_relevant": n_relevant,
        "is_used": False,
    }
    of_each = min(n_relevant, len(pairs.cosines) - n_relevant)
    if len(queries) < _MIN_QUERIES or len(pairs.cosines) < _MIN_PAIRS or of_each < _MIN_OF_EACH:
        told["why"] = (
            f"fewer than {_MIN_QUERIES} queries, {_MIN_PAIRS} pairs without the words, or "
            f"{_MIN_OF_EACH} of them relevant and {_MIN_OF_EACH} not: the default stays"
        )
        return None, told
    if before is None:  # whoever has no curve yet can still say how often any is relevant
        rate = n_relevant / len(pairs.cosines)
        before = Calibration(slope=0.0, intercept=float(np.log(rate / (1 - rate))))
    ours = _held_back(pairs, before, queries, seed)
    theirs = log_losses(before, pairs.cosines, pairs.is_relevant)
    by_query = [
        np.array([loss[pairs.queries == q].mean() for q in queries]) for loss in (theirs, ours)
    ]
    gain = paired_bootstrap(by_query[0], by_query[1], seed=seed)
    curve = fit_curve(pairs.cosines, pairs.is_relevant, before)
    told |= {
        "log_loss": float(ours.mean()),
        "log_loss_default": float(theirs.mean()),
        "gain": {"mid": gain.mid, "low": gain.low, "high": gain.high},
        "curve": [curve.slope, curve.intercept],
    }
    if gain.low <= 0 or curve.slope <= 0:
        told["why"] = "on queries held back it is not surely better: the default stays"
        return None, told
    return curve, told | {"is_used": True, "why": "on queries held back it is surely better"}


def _held_back(
    pairs: NearPairs, before: Calibration, queries: NDArray[np.int64], seed: int
) -> Floats:
    """``[pairs]``, log-loss of each by curves that saw nothing of its query."""
    place = np.searchsorted(queries, pairs.queries)
    total = np.zeros(len(place))
    for repeat in range(_REPEATS):
        fold = (np.random.default_rng((seed, repeat)).permutation(len(queries)) % _FOLDS)[place]
        for held in range(_FOLDS):
            rest, here = fold != held, fold == held
            curve = fit_curve(pairs.cosines[rest], pairs.is_relevant[rest], before)
            total[here] += log_losses(curve, pairs.cosines[here], pairs.is_relevant[here])
    return total / _REPEATS
