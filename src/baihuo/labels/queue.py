"""Active learning: chooses the pairs whose judgements are expected to improve the metric most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, Query, Surface, no_progress
from baihuo.engine import Tables, sql_file
from baihuo.evaluate import MISSING, grade_beliefs, judgement_value, prior_rater
from baihuo.index import Generation, Thresholds, answer_set
from baihuo.labels.ratings import N_GRADES, Ratings, query_key

Objective = Literal["difference", "ours"]
LEASE_US = 15 * 60_000_000  # a pair given to one rater is not given to another for this long
_RELEVANT = 2  # grades from here on count as relevant


@dataclass(frozen=True, slots=True)
class Question:
    """One pair to judge, and why it was chosen."""

    query_text: str
    product_id: str
    position: int | None  # in our ranking; None: below its first results
    position_bm25: int | None
    n_judged: int  # number of grades so far
    p_relevant: float  # estimated now: 0 … 1
    value: float  # expected reduction of the variance of the metric
    why: str


def next_questions(
    pool: Pool,
    ratings: Ratings,
    rater: str,
    *,
    n: int = 10,
    objective: Objective = "difference",
    excluded: Set[tuple[str, str]] = frozenset(),
) -> list[Question]:
    """Return the ``n`` most valuable pairs that this rater has not judged, grouped by query.

    Args:
        pool: The pairs that can be judged.
        ratings: The judgements of all raters.
        rater: The rater; accurate ones are worth more on uncertain pairs.
        stake: The metric: our nDCG@10 minus that of BM25, or ours alone.
        barred: (query, product) to leave out: leased by others, or the rater could not say.
    """
    n_candidates = len(pool)
    if not n_candidates:
        return []
    pool = _with_judged(pool, ratings)
    grades = _grades(pool, ratings)
    positions = np.where(
        (pool.ours > 0) & (pool.theirs > 0),
        np.minimum(pool.ours, pool.theirs),
        np.maximum(pool.ours, pool.theirs),
    )
    _, codes = np.unique(pool.queries.astype(str), return_inverse=True)
    beliefs, confusions = grade_beliefs(grades, codes, positions, n_grades=N_GRADES)
    known = rater in ratings.raters
    mine = ratings.raters.index(rater) if known else -1
    confusion = confusions[mine] if known else prior_rater(N_GRADES)
    theirs = pool.theirs if objective == "difference" else None
    values = judgement_value(beliefs, confusion, codes, pool.ours, theirs)
    is_open = np.array(
        [(q, p) not in excluded for q, p in zip(pool.queries, pool.products, strict=True)]
    )
    is_open[n_candidates:] = False
    if known:
        is_open &= grades[:, mine] == MISSING
    open_rows = np.flatnonzero(is_open)
    best = open_rows[np.argsort(-values[open_rows], kind="stable")[:n]]
    first_of = {q: rank for rank, q in reversed(list(enumerate(codes[best])))}
    together = sorted(best.tolist(), key=lambda row: first_of[codes[row]])  # by value within one
    return [_question(pool, row, grades[row], beliefs[row], values[row]) for row in together]


def _with_judged(pool: Pool, ratings: Ratings) -> Pool:
    """Append judged pairs outside the rankings: they are not asked again, but count in the ideal order."""
    pool_pairs, pool_queries = set(zip(pool.queries, pool.products, strict=True)), set(pool.queries)
    pairs = zip(ratings.queries, ratings.products, strict=True)
    rest = [
        at for at, pair in enumerate(pairs) if pair[0] in pool_queries and pair not in pool_pairs
    ]
    no_position = np.zeros(len(rest), np.int64)
    return Pool(
        np.concatenate([pool.queries, ratings.queries[rest]]),
        np.concatenate([pool.products, ratings.products[rest]]),
        np.concatenate([pool.ours, no_position]),
        np.concatenate([pool.theirs, no_position]),
    )


def _grades(pool: Pool, ratings: Ratings) -> NDArray[np.int64]:
    """``[pairs of the pool, raters]``."""
    row_of = {pair: n for n, pair in enumerate(zip(ratings.queries, ratings.products, strict=True))}
    grades = np.full((len(pool), len(ratings.raters)), MISSING, np.int64)
    for row, pair in enumerate(zip(pool.queries, pool.products, strict=True)):
        if (index := row_of.get(pair)) is not None:
            grades[row] = ratings.grades[index]
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
        known = f"not judged yet; {p_relevant:.0%} of similar pairs are relevant"
    elif len(set(given)) > 1:
        known = f"graded {' and '.join(str(g) for g in sorted(set(given)))}, {p_relevant:.0%} sure it is relevant"
    else:
        known = f"graded {given[0]} by {len(given)}, {p_relevant:.0%} sure it is relevant"
    shown = "; ".join(
        f"{name} shows it at {position}" if position else f"{name} does not show it"
        for name, position in (("our ranking", ours), ("BM25", theirs))
    )
    return f"{shown}; {known}"


# The pairs to judge: results of two rankings for frequent queries.


Rows = NDArray[np.int64]
DEPTH = 20  # of each ranking: twice the depth of nDCG@10
N_QUERIES = 100

_FREQUENT_QUERIES = sql_file(__file__, "frequent_queries")


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Pairs of a query and a product in the results of a ranking; rows of a query are consecutive."""

    queries: NDArray[np.object_]  # [pairs]
    products: NDArray[np.object_]  # [pairs]
    ours: Rows  # [pairs], 1-based position in our ranking; 0: below :data:`DEPTH`
    theirs: Rows  # [pairs], the same in BM25 alone

    def __len__(self) -> int:
        return len(self.queries)


def frequent_queries(tables: Tables, events: Path, *, n: int = N_QUERIES) -> list[str]:
    """The most frequent queries, by number of pages; empty without a log.

    ``events`` is a Parquet file, or a folder of them.
    """
    if not (events.is_file() or any(events.glob("*.parquet"))):
        return []
    # More than needed: "Phone" and "phone " are one query.
    rows = tables.sql(_FREQUENT_QUERIES(n_queries=4 * n), events=events).to_pylist()
    counts: dict[str, int] = {}
    for row in rows:
        key = query_key(row["query_text"])
        counts[key] = counts.get(key, 0) + int(row["n"])
    return sorted(counts, key=lambda q: (-counts[q], q))[:n]


def make_pool(
    generation: Generation,
    queries: Iterable[str],
    thresholds: Thresholds | None = None,
    *,
    depth: int = DEPTH,
    progress: Progress = no_progress,
) -> Pool:
    """The first ``depth`` products of our answer set and of plain BM25, for each query."""
    wanted = list(dict.fromkeys(key for q in queries if (key := query_key(q))))
    pairs: list[tuple[str, str, int, int]] = []
    for n_done, text in enumerate(wanted, start=1):
        ours, theirs = _orders(generation, text, thresholds or Thresholds(), depth)
        positions: dict[int, list[int]] = {}
        for side, order in enumerate((ours, theirs)):
            for position, row in enumerate(order, start=1):
                positions.setdefault(int(row), [0, 0])[side] = position
        pairs += [(text, str(generation.product_ids[r]), a, b) for r, (a, b) in positions.items()]
        progress("answer queries", n_done, len(wanted))
    names = np.empty((2, len(pairs)), object)
    for at, pair in enumerate(pairs):
        names[:, at] = pair[:2]
    numbers = np.array([pair[2:] for pair in pairs], np.int64).reshape(-1, 2)
    return Pool(names[0], names[1], numbers[:, 0], numbers[:, 1])


def _orders(
    generation: Generation, text: str, thresholds: Thresholds, depth: int
) -> Sequence[NDArray[np.int32]]:
    query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    ours = answer_set(generation, query, thresholds).rows[:depth]
    matches = generation.match(text)
    if matches is None:
        return ours, ours[:0]
    scores = np.where(generation.snapshot.is_live, matches.bm25, 0.0)
    best = np.argsort(-scores, kind="stable")[:depth].astype(np.int32)
    return ours, best[scores[best] > 0]
