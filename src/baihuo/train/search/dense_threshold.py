"""The dense threshold, learned from judgements: the cosine from which a product without the typed words is an answer.

An answer set holds products with the words, and products near in meaning; τ and a curve say how near. Where people
judged enough pairs *without* the words, the cut with the best F1 replaces them, if on held-out queries its F1 is
higher and searches are no worse. ``docs/decisions/0024`` has what else was tried: a calibrated curve has the smaller
log-loss and makes searches worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Surface
from baihuo.evaluate import Interval, interval, paired_bootstrap, resampled_sums
from baihuo.index import Generation, Thresholds, answer_set, lexical_core
from baihuo.train.search.relevance_eval import gains_of, measures

Floats = NDArray[np.float64]
Grades = Mapping[str, Mapping[str, int]]
RELEVANT = 2  # grades from here on
MIN_QUERIES, MIN_PAIRS, MIN_OF_EACH = 30, 100, 20  # fewer: a cut would be a guess
_MAX_SEARCHED = 300  # queries that searches are compared on


@dataclass(frozen=True, slots=True, eq=False)
class DensePairs:
    """Judged pairs whose product lacks the words, of one encoder."""

    cosines: Floats  # [pairs]
    is_relevant: NDArray[np.bool_]  # [pairs]
    queries: NDArray[np.str_]  # [pairs]


@dataclass(frozen=True, slots=True)
class DenseThreshold:
    """Thresholds for the bundle, and what was learned or why not, by encoder."""

    thresholds: Thresholds
    report: dict[str, Any] = field(default_factory=dict)


def fit_dense_threshold(
    generation: Generation, grades: Grades, *, thresholds: Thresholds | None = None, seed: int = 7
) -> DenseThreshold:
    """Cuts by encoder, where enough was judged and they are better on held-out queries.

    Each query is evaluated with the cut of all the others. Better means: F1 over pairs without the words is
    higher, and the mean of both nDCG@10 of :func:`baihuo.train.evaluate_search` no lower, in the middle.

    Args:
        generation: The index that was judged.
        grades: Query → product id → grade.
        thresholds: The thresholds without judgements; None: the defaults.
        seed: Of the intervals.
    """
    default = thresholds or Thresholds()
    cuts, report = dict(default.cosines), {}
    for encoder, pairs in dense_pairs(generation, grades, default).items():
        summary = _counts(pairs)
        report[encoder] = summary
        if why := _too_few(summary):
            summary["why"] = why
            continue
        cut = best_cut(pairs.cosines, pairs.is_relevant)
        summary |= {"cosine": cut, "cosine_default": default.cosine(encoder)}
        summary |= _cross_validated(generation, grades, default, encoder, pairs, seed)
        summary["is_used"] = (
            summary["f1"] > summary["f1_default"] and summary["ndcg_gain"]["mid"] >= 0
        )
        summary["why"] = (
            "on held-out queries its F1 is higher and searches are no worse"
            if summary["is_used"]
            else "on held-out queries its F1 is no higher: the default stays"
            if summary["f1"] <= summary["f1_default"]
            else "its F1 is higher, but on held-out queries searches are worse: the default stays"
        )
        if summary["is_used"]:
            cuts[encoder] = cut
    return DenseThreshold(replace(default, cosines=cuts), report)


def dense_pairs(
    generation: Generation, grades: Grades, thresholds: Thresholds
) -> dict[str, DensePairs]:
    """The judged pairs that the dense threshold decides about, by the encoder of the query."""
    by_encoder: dict[str, list[tuple[float, bool, str]]] = {}
    snapshot = generation.snapshot
    for text, by_id in sorted(grades.items()):
        match = generation.match(text, snapshot)
        if match is None:
            continue
        core, _ = lexical_core(match, snapshot, thresholds)
        for product_id, grade in by_id.items():
            row = snapshot.row_of.get(product_id)
            # A cosine of exactly 0 is a product without a vector: the cosine says nothing about it.
            if row is None or core[row]:
                continue
            cosine = float(match.cosines.of(np.array([row]))[0])
            if cosine != 0:
                pair = cosine, grade >= RELEVANT, text
                by_encoder.setdefault(match.encoder_name, []).append(pair)
    return {
        encoder: DensePairs(*(np.array(column) for column in zip(*pairs, strict=True)))
        for encoder, pairs in by_encoder.items()
    }


def best_cut(cosines: Floats, is_relevant: NDArray[np.bool_]) -> float:
    """The cosine from which calling pairs relevant has the highest F1: half way to the next pair.

    Raises:
        ValueError: no pair is relevant.
    """
    if not is_relevant.any():
        raise ValueError("no pair is relevant: there is no cut to find")
    order = np.argsort(-cosines, kind="stable")
    descending = cosines[order]
    n_right = np.cumsum(is_relevant[order])
    f1 = 2 * n_right / (np.arange(1, len(order) + 1) + is_relevant.sum())
    is_last = np.append(descending[1:] < descending[:-1], True)  # equal cosines are cut together
    at = int(np.where(is_last, f1, -1.0).argmax())
    below = descending[at + 1] if at + 1 < len(order) else descending[at] - 0.02
    return float((descending[at] + below) / 2)


def _cross_validated(
    generation: Generation,
    grades: Grades,
    default_thresholds: Thresholds,
    encoder: str,
    pairs: DensePairs,
    seed: int,
) -> dict[str, Any]:
    """F1 and nDCG where each query is judged by the cut of the others, beside the default's."""
    default_cut, overall_cut = (
        default_thresholds.cosine(encoder),
        best_cut(pairs.cosines, pairs.is_relevant),
    )
    cut_of: dict[str, float] = {}
    counts = []
    for query in np.unique(pairs.queries):
        is_query = pairs.queries == query
        others = pairs.is_relevant[~is_query]
        cut_of[str(query)] = (
            best_cut(pairs.cosines[~is_query], others) if others.any() else default_cut
        )
        counts.append(
            [
                *_counts_at(pairs, is_query, cut_of[str(query)]),
                *_counts_at(pairs, is_query, default_cut)[:2],
            ]
        )
    sums = np.array(counts, np.float64)
    f1 = _f1(sums.sum(axis=0))
    drawn = _f1(resampled_sums(sums, seed=seed, n_resamples=2000).T)
    gain = interval(float(f1[0] - f1[1]), drawn[0] - drawn[1], 0.95)
    return {
        "f1": float(f1[0]),
        "f1_default": float(f1[1]),
        "f1_gain": _to_dict(gain),
        "ndcg_gain": _to_dict(
            _search_gain(generation, grades, default_thresholds, encoder, cut_of, overall_cut, seed)
        ),
    }


def _search_gain(
    generation: Generation,
    grades: Grades,
    default_thresholds: Thresholds,
    encoder: str,
    cut_of: Mapping[str, float],
    overall_cut: float,
    seed: int,
) -> Interval:
    """Mean of both nDCG@10 by the cuts minus that by the default, over judged queries."""
    ndcg_pairs: list[tuple[float, float]] = []
    for text, by_id in sorted(grades.items()):
        if len(ndcg_pairs) == _MAX_SEARCHED:
            break
        gain, is_judged = gains_of(generation, by_id)
        match = generation.match(text)
        if match is None or match.encoder_name != encoder or not gain.any():
            continue
        query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
        cut = replace(
            default_thresholds,
            cosines={**default_thresholds.cosines, encoder: cut_of.get(text, overall_cut)},
        )
        scores = [
            float(np.mean(measures(answer_set(generation, query, t).rows, gain, is_judged)))
            for t in (cut, default_thresholds)
        ]
        ndcg_pairs.append((scores[0], scores[1]))
    if not ndcg_pairs:
        return Interval(0.0, 0.0, 0.0)
    ours, theirs = np.array(ndcg_pairs).T
    return paired_bootstrap(ours, theirs, seed=seed)


def _counts_at(pairs: DensePairs, mask: NDArray[np.bool_], cut: float) -> tuple[int, int, int]:
    """Right among the admitted, admitted, relevant in all."""
    is_admitted, is_relevant = pairs.cosines[mask] >= cut, pairs.is_relevant[mask]
    return int((is_admitted & is_relevant).sum()), int(is_admitted.sum()), int(is_relevant.sum())


def _f1(sums: Floats) -> Floats:
    """``[2, …]``, ours and the default's, of rows: right, admitted, relevant, right, admitted."""
    right, admitted, relevant, right_default, admitted_default = sums
    ours = 2 * right / np.maximum(admitted + relevant, 1)
    theirs = 2 * right_default / np.maximum(admitted_default + relevant, 1)
    return np.stack([ours, theirs])


def _counts(pairs: DensePairs) -> dict[str, Any]:
    return {
        "n_queries": len(np.unique(pairs.queries)),
        "n_pairs": len(pairs.cosines),
        "n_relevant": int(pairs.is_relevant.sum()),
        "is_used": False,
    }


def _too_few(summary: Mapping[str, Any]) -> str | None:
    of_each = min(summary["n_relevant"], summary["n_pairs"] - summary["n_relevant"])
    is_enough = (
        summary["n_queries"] >= MIN_QUERIES
        and summary["n_pairs"] >= MIN_PAIRS
        and of_each >= MIN_OF_EACH
    )
    if is_enough:
        return None
    return (
        f"it takes {MIN_QUERIES} queries and {MIN_PAIRS} judged pairs without the words, {MIN_OF_EACH} of them "
        f"relevant and {MIN_OF_EACH} not: the default stays"
    )


def _to_dict(value: Interval) -> dict[str, float]:
    return {"mid": value.mid, "low": value.low, "high": value.high}
