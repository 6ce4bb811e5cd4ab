"""What a rater is asked next: the pairs whose judgement is expected to move the measurement most."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import grade_beliefs, judgement_value
from baihuo.evaluate.agreement import MISSING, prior_rater
from baihuo.labels.pool import Pool
from baihuo.labels.ratings import N_GRADES, Ratings

Stake = Literal["difference", "ours"]
LEASE_US = 15 * 60_000_000  # so long a pair that one rater looks at is not given to another
_RELEVANT = 2  # grades from here on are what the query means


@dataclass(frozen=True, slots=True)
class Question:
    """One pair to judge, and why it is asked."""

    query_text: str
    product_id: str
    position: int | None  # in our order; None: past its first rows
    position_bm25: int | None
    n_judged: int  # grades it has
    p_relevant: float  # estimated now: 0 … 1
    value: float  # variance of the measure that the answer is expected to take away
    why: str


def next_questions(
    pool: Pool,
    ratings: Ratings,
    rater: str,
    *,
    n: int = 10,
    stake: Stake = "difference",
    barred: Set[tuple[str, str]] = frozenset(),
) -> list[Question]:
    """The ``n`` most valuable pairs that this rater has not judged, those of a query together.

    Args:
        pool: What could be asked.
        ratings: What was judged, by all.
        rater: Who is asked; a rater who errs less is worth more on doubtful pairs.
        stake: What is measured: nDCG@10 of ours minus that of BM25, or ours alone.
        barred: (query, product) not to be asked: others look at them, or the rater could not say.
    """
    n_askable = len(pool)
    if not n_askable:
        return []
    pool = _with_judged(pool, ratings)
    grades = _grades(pool, ratings)
    places = np.where(
        (pool.ours > 0) & (pool.theirs > 0),
        np.minimum(pool.ours, pool.theirs),
        np.maximum(pool.ours, pool.theirs),
    )
    _, codes = np.unique(pool.queries.astype(str), return_inverse=True)
    beliefs, confusions = grade_beliefs(grades, codes, places, n_grades=N_GRADES)
    known = rater in ratings.raters
    mine = ratings.raters.index(rater) if known else -1
    confusion = confusions[mine] if known else prior_rater(N_GRADES)
    theirs = pool.theirs if stake == "difference" else None
    values = judgement_value(beliefs, confusion, codes, pool.ours, theirs)
    is_open = np.array(
        [(q, p) not in barred for q, p in zip(pool.queries, pool.products, strict=True)]
    )
    is_open[n_askable:] = False
    if known:
        is_open &= grades[:, mine] == MISSING
    open_rows = np.flatnonzero(is_open)
    best = open_rows[np.argsort(-values[open_rows], kind="stable")[:n]]
    first_of = {q: place for place, q in reversed(list(enumerate(codes[best])))}
    together = sorted(best.tolist(), key=lambda row: first_of[codes[row]])  # by value within one
    return [_question(pool, row, grades[row], beliefs[row], values[row]) for row in together]


def _with_judged(pool: Pool, ratings: Ratings) -> Pool:
    """What neither order shows but somebody judged is asked of nobody; the ideal order knows it."""
    shown, asked = set(zip(pool.queries, pool.products, strict=True)), set(pool.queries)
    pairs = zip(ratings.queries, ratings.products, strict=True)
    rest = [at for at, pair in enumerate(pairs) if pair[0] in asked and pair not in shown]
    nowhere = np.zeros(len(rest), np.int64)
    return Pool(
        np.concatenate([pool.queries, ratings.queries[rest]]),
        np.concatenate([pool.products, ratings.products[rest]]),
        np.concatenate([pool.ours, nowhere]),
        np.concatenate([pool.theirs, nowhere]),
    )


def _grades(pool: Pool, ratings: Ratings) -> NDArray[np.int64]:
    """``[pairs of the pool, raters]``."""
    at = {pair: n for n, pair in enumerate(zip(ratings.queries, ratings.products, strict=True))}
    grades = np.full((len(pool), len(ratings.raters)), MISSING, np.int64)
    for row, pair in enumerate(zip(pool.queries, pool.products, strict=True)):
        if (place := at.get(pair)) is not None:
            grades[row] = ratings.grades[place]
    return grades


def _question(
    pool: Pool,
    row: int,
    grades: NDArray[np.int64],
    beliefs: NDArray[np.float64],
    value: float,
) -> Question:
    ours, theirs = int(pool.ours[row]) or None, int(pool.theirs[row]) or None
    given = grades[grades != MISSING]
    p_relevant = float(beliefs[_RELEVANT:].sum())
    return Question(
        query_text=pool.queries[row],
        product_id=pool.products[row],
        position=ours,
        position_bm25=theirs,
        n_judged=len(given),
        p_relevant=round(p_relevant, 4),
        value=float(value),
        why=_why(ours, theirs, given.tolist(), p_relevant),
    )


def _why(ours: int | None, theirs: int | None, given: list[int], p_relevant: float) -> str:
    if not given:
        known = f"nobody judged it; like it are {p_relevant:.0%} relevant"
    elif len(set(given)) > 1:
        known = f"graded {' and '.join(str(g) for g in sorted(set(given)))}, {p_relevant:.0%} sure it is relevant"
    else:
        known = f"graded {given[0]} by {len(given)}, {p_relevant:.0%} sure it is relevant"
    shown = "; ".join(
        f"{name} shows it at {place}" if place else f"{name} does not show it"
        for name, place in (("our order", ours), ("BM25", theirs))
    )
    return f"{shown}; {known}"
