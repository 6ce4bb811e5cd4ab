"""Products that are no answer to a query, for learning relevance: a log of good pages never showed one.

Three kinds, each marked:

- ``sampled``: in the answer set of the real retrieval and not shown, spread over its ranks;
- ``mined``: a word of the query is in them, and they are not in the answer set;
- ``random``: any product.

Nobody judged them. Products of a category that shoppers clicked for the query may be good answers, so ``mined`` and
``random`` ones are of other categories. ``sampled`` ones may be of it: some are good answers that nobody saw, but the
others are how the model learns that a missing colour or size matters (see docs/decisions/0024).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Surface
from baihuo.index import Generation, Thresholds, answer_set

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeSampling:
    """How many of each kind a query gets, at most."""

    n_sampled: int = 24
    n_sampled_of_kind: int = 24  # of a clicked category: they teach what else makes an answer good
    n_mined: int = 12
    n_random: int = 6
    clicked_share: float = 0.1  # of a query's clicks, to call their category clicked


@dataclass(frozen=True, slots=True, eq=False)
class Negatives:
    """Negatives of one query."""

    rows: Rows  # [n] of the index, distinct
    origin: NDArray[np.str_]  # [n] "sampled", "mined" or "random"


def clicked_kinds(
    generation: Generation, clicked: Rows, n_clicks: NDArray[np.float64], *, share: float
) -> NDArray[np.int32]:
    """Codes of the categories that have at least ``share`` of the clicks."""
    codes = generation.snapshot.category_code[clicked]
    known = codes >= 0
    if not known.any():
        return np.empty(0, np.int32)
    names, number = np.unique(codes[known], return_inverse=True)
    counts = np.bincount(number, n_clicks[known])
    return np.asarray(names[counts >= share * counts.sum()], np.int32)


def negatives(
    generation: Generation,
    query_text: str,
    *,
    known: Rows,
    kinds: NDArray[np.int32],
    thresholds: Thresholds,
    sampling: NegativeSampling,
    rng: np.random.Generator,
) -> Negatives:
    """Draw the negatives of one query.

    Args:
        known: Products that were shown or judged: never drawn.
        kinds: Categories of relevant products, from :func:`clicked_kinds`.
    """
    answer = answer_set(generation, _search(query_text), thresholds)
    is_free = generation.snapshot.is_live.copy()
    is_free[known] = False
    is_of_kind = np.isin(generation.snapshot.category_code, kinds)
    found = answer.rows[is_free[answer.rows]]
    of_kind = is_of_kind[found]
    sampled = _spread(found[~of_kind], sampling.n_sampled)
    same = _spread(found[of_kind], sampling.n_sampled_of_kind)
    is_free[answer.rows] = False
    is_free[is_of_kind] = False
    match = generation.match(generation.limits(query_text).rest)
    shared = np.empty(0, np.int64) if match is None else np.flatnonzero((match.bm25 > 0) & is_free)
    mined = _drawn(shared, sampling.n_mined, rng)
    is_free[mined] = False
    anything = _drawn(np.flatnonzero(is_free), sampling.n_random, rng)
    parts = (
        (sampled, "sampled"),
        (same, "sampled"),
        (mined, "mined"),
        (anything, "random"),
    )
    return Negatives(
        np.concatenate([rows for rows, _ in parts]).astype(np.int32),
        np.concatenate([np.full(len(rows), origin) for rows, origin in parts]),
    )


def _search(query_text: str) -> Query:
    return Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=query_text)


def _spread(rows: Rows, n: int) -> Rows:
    """``n`` of ``rows``, evenly over their order."""
    if len(rows) <= n:
        return rows
    return rows[np.linspace(0, len(rows) - 1, n).astype(np.intp)]


def _drawn(rows: NDArray[np.int64], n: int, rng: np.random.Generator) -> Rows:
    chosen = rows if len(rows) <= n else rng.choice(rows, n, replace=False)
    return chosen.astype(np.int32)
