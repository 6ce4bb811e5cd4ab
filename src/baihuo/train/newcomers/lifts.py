"""How basic information changes what visitors turn to, and how far it is trusted: by visitors that it was not learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import paired_bootstrap
from baihuo.models import SEGMENT_DIMENSIONS, NewcomerOrder, is_declared
from baihuo.train.newcomers.credibility import (
    NEVER,
    credibility_strength,
    segment_sums,
    shrunk_log_lifts,
)
from baihuo.train.newcomers.visitors import KnownVisitors

Floats = NDArray[np.float64]
Segments = dict[str, dict[str, dict[str, float]]]
N_FOLDS = 5
_DECLARED_WEIGHTS = (0.5, 1.0, 1.5)
_SEGMENT_WEIGHTS = (0.25, 0.5, 1.0)
_DECLARED_PRIOR = 10.0  # visitors whose interests say nothing, beside those who declared some
_LEAST = 1e-9
_FROM_NOTHING = NewcomerOrder(np.empty(0, dtype=object), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Lifts:
    """What was learned, and what a visitor of another fold gains by it."""

    declared_log_lift: float
    declared_weight: float
    segment_weight: float
    segments: Segments
    report: dict[str, Any]


def learn_lifts(
    visitors: KnownVisitors, mass: Floats, *, seed: int, start: NewcomerOrder | None = None
) -> Lifts:
    """Lifts of declared interests and of segments; a kind is trusted only where its gain is surely above zero.

    The gain is that of the log-likelihood of what a visitor turned to, over that of ``mass`` alone, by folds of visitors.

    Args:
        visitors: To learn from.
        mass: ``[categories]``, how much of what everybody sees is in each.
        seed: Of the folds and intervals.
        start: What another shop learned: lifts are shrunk to its lifts instead of to none, and what it trusts is trusted
            unless the own visitors surely lose by it.
    """
    start = start or _FROM_NOTHING
    tops, top_of = np.unique([c[0] if c else "" for c in visitors.categories], return_inverse=True)
    by_top = np.zeros((len(visitors), len(tops)))
    np.add.at(by_top.T, top_of, visitors.shares.T)
    fold = np.random.default_rng(seed).integers(0, N_FOLDS, len(visitors))
    n = len(visitors)
    n_declared = sum(bool(b.interests) for b in visitors.basics)
    declared = {w: np.zeros(n) for w in _DECLARED_WEIGHTS}
    segmented = {w: np.zeros(n) for w in _SEGMENT_WEIGHTS}
    for k in range(N_FOLDS):
        known, tested = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        log_lift = _declared_log_lift(visitors, known, start)
        segments = _segments(visitors, known, by_top, tops, start)
        for i in tested.tolist():
            has = _has_declared(visitors, i).astype(np.float64)
            of_top = _segment_scores(segments, visitors.segments[i], tops)
            for w in _DECLARED_WEIGHTS:
                declared[w][i] = _gain(visitors.shares[i], mass, w * log_lift * has)
            for w in _SEGMENT_WEIGHTS:
                segmented[w][i] = _gain(visitors.shares[i], mass, w * of_top[top_of])
    everybody = np.arange(n)
    has_declared = np.array([bool(b.interests) for b in visitors.basics], np.bool_)
    weight, of_declared = _trusted(declared, has_declared, seed, start.declared_weight)
    all_of_them = np.ones(n, np.bool_)
    segment_weight, of_segments = _trusted(segmented, all_of_them, seed, start.segment_weight)
    segments = _segments(visitors, everybody, by_top, tops, start) if segment_weight else {}
    report = {
        "n_visitors": n,
        "n_declared": n_declared,
        "declared": of_declared,
        "segments": of_segments,
        "strength": _strengths(visitors, by_top),
    }
    log_lift = _declared_log_lift(visitors, everybody, start)
    return Lifts(log_lift, weight, segment_weight, segments, report)


def _trusted(
    gains: dict[float, Floats], mask: NDArray[np.bool_], seed: int, start_weight: float
) -> tuple[float, dict[str, Any]]:
    """The weight with the best mean gain of the masked visitors, 0 where it may be none.

    Where another shop gave it a weight, that weight stays until the gain is sure, and 0 comes only of a sure loss.
    """
    if mask.sum() < 2 * N_FOLDS:
        why = f"{int(mask.sum())} visitors say too little"
        return start_weight, {"weight": start_weight, ("start" if start_weight else "why_not"): why}
    weight = max(gains, key=lambda w: float(gains[w][mask].mean()))
    interval = paired_bootstrap(gains[weight][mask], np.zeros(int(mask.sum())), seed=seed)
    report: dict[str, Any] = {"weight": weight, "gain": interval.to_json()}
    if interval.low > 0:
        return weight, report
    if start_weight and interval.high >= 0:
        return start_weight, {**report, "weight": start_weight, "start": "the gain is not sure yet"}
    return 0.0, {**report, "weight": 0.0, "why_not": "its gain is not surely above zero"}


def _gain(shares: Floats, mass: Floats, lift: Floats) -> float:
    """Nats that one visitor's shares gain where categories are lifted so."""
    return float(shares @ lift - np.log(mass @ np.exp(lift) / mass.sum()))


def _has_declared(visitors: KnownVisitors, i: int) -> NDArray[np.bool_]:
    interests = visitors.basics[i].interests or ()
    return np.array([is_declared(c, interests) for c in visitors.categories], np.bool_)


def _declared_log_lift(
    visitors: KnownVisitors, known: NDArray[np.int64], start: NewcomerOrder
) -> float:
    """Log of how many times more often visitors turn to what they declared than everybody does."""
    overall = visitors.shares[known].mean(axis=0) if len(known) else np.zeros(0)
    theirs = expected = n = 0.0
    for i in known.tolist():
        if visitors.basics[i].interests:
            has = _has_declared(visitors, i)
            theirs += float(visitors.shares[i][has].sum())
            expected += float(overall[has].sum())
            n += 1
    if not expected:
        return start.declared_log_lift
    prior = _DECLARED_PRIOR * expected / n
    return float(np.log((theirs + prior * np.exp(start.declared_log_lift)) / (expected + prior)))


def _segments(
    visitors: KnownVisitors,
    known: NDArray[np.int64],
    by_top: Floats,
    tops: NDArray[np.str_],
    start: NewcomerOrder,
) -> Segments:
    """Values that the other shop knew and nobody here has keep its lifts."""
    segments: Segments = {
        d: {v: dict(t) for v, t in of.items()} for d, of in start.segments.items()
    }
    if not len(known):
        return segments
    overall = np.maximum(by_top[known].mean(axis=0), _LEAST)
    names = tops.tolist()
    for dimension in SEGMENT_DIMENSIONS:
        values, shares, number = _in_segments(visitors, known, by_top, dimension)
        strength = credibility_strength(shares, number, overall)
        if strength >= NEVER:
            continue
        n_of, sums = np.bincount(number), segment_sums(shares, number)
        learned = segments.setdefault(dimension, {})
        for j, value in enumerate(values):
            before = learned.get(value, {})
            expected = np.exp([before.get(top, 0.0) for top in names])
            lifts = shrunk_log_lifts(sums[j], float(n_of[j]), overall, strength, expected)
            learned[value] = {**before, **dict(zip(names, lifts.round(4).tolist(), strict=True))}
    return segments


def _in_segments(
    visitors: KnownVisitors, known: NDArray[np.int64], by_top: Floats, dimension: str
) -> tuple[list[str], Floats, NDArray[np.int64]]:
    """The values of a dimension, the shares of those who have one, and the number of each one's value."""
    rows = [i for i in known.tolist() if dimension in visitors.segments[i]]
    values, number = np.unique(
        np.array([visitors.segments[i][dimension] for i in rows], dtype=np.str_),
        return_inverse=True,
    )
    return values.tolist(), by_top[rows], number.astype(np.int64)


def _segment_scores(segments: Segments, theirs: dict[str, str], tops: NDArray[np.str_]) -> Floats:
    scores = np.zeros(len(tops))
    for dimension, value in theirs.items():
        lifts = segments.get(dimension, {}).get(value)
        if lifts:
            scores += np.array([lifts.get(top, 0.0) for top in tops.tolist()])
    return scores


def _strengths(visitors: KnownVisitors, by_top: Floats) -> dict[str, float]:
    """By dimension, how many visitors everybody weighs beside a segment: the larger, the less it says."""
    everybody = np.arange(len(visitors))
    if not len(everybody):
        return dict.fromkeys(SEGMENT_DIMENSIONS, NEVER)
    overall = np.maximum(by_top.mean(axis=0), _LEAST)
    found = {}
    for dimension in SEGMENT_DIMENSIONS:
        _, shares, number = _in_segments(visitors, everybody, by_top, dimension)
        strength = credibility_strength(shares, number, overall)
        found[dimension] = round(strength, 1)
    return found
