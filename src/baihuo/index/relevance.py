"""The relevance score of each row for a query. Search sorts by it until a click model is trained.

Scores, each 0 to 1, are added with fixed weights:

- **BM25**: reciprocal rank by BM25 over weighted fields (``60 / (60 + products above)``). The rank, not
  the score, because BM25 has no fixed scale: the best score is 4 for one query and 40 for another;
- **coverage**: the idf-weighted share of the query terms that the product has;
- **nearness**: the cosine with the query, scaled to 0 at the :data:`DEPTH`-th nearest and 1 at the nearest,
  because the meaning of a cosine of 0.5 differs between queries;
- **kind**: how surely it is the kind of product that the query asks for (:mod:`baihuo.index.query_kind`);
- **pseudo-relevance feedback** (Rocchio 1971): nearness to the mean vector of the best few by the
  others, which represents the intent better than two typed words.

The weights are round numbers from the flat middle of a coarse grid search on the judged queries of
``bench/search_icecat.py``: all results of the grid are within 0.014, and all are above plain
reciprocal rank fusion. See ``docs/log.md`` for the limits of that evidence.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from baihuo.index.row_vectors import RowVectors

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

FIELD_WEIGHTS: Mapping[str, float] = {
    "title_en": 3.0,
    "title_zh": 3.0,
    "brand": 2.0,
    "model": 2.0,
    "category": 2.0,
    "attributes": 1.0,
    "description": 1.0,
    "codes": 5.0,
}
DEPTH = 1_000  # nearest rows; those beyond get nearness 0
_BM25, _COVERAGE, _NEARNESS, _FEEDBACK = 1.0, 1.0, 1.5, 0.5
_COVERAGE_OF_A_KIND = (
    2.0  # among products of the kind, a wish that is met is worth more than nearness
)
_KIND = 6.0  # as much as all of these: another kind of product never comes before the right one
_RANK_OFFSET = 60.0  # Cormack, Clarke and Büttcher (2009)
_FEEDBACK_DEPTH = 5  # products in the mean vector, weighted by 1 / log2(1 + position)


def fuse(
    bm25: Floats,
    coverage: Floats,
    cosine: Floats,
    vectors: RowVectors | None,
    is_live: Mask,
    kind: Floats | None,
) -> Floats:
    """Relevance of every row, ``[n]``, from 0 (no evidence) to 4, or to 12 where a kind is asked for.

    It depends on the whole index and the query text, not on filters or on a selection of rows.

    Args:
        bm25: over the weighted fields; 0: no term matches.
        coverage: 0 to 1.
        cosine: with the query; the nearest rows have it, others may have 0.
        vectors: vectors of the products in the space of the query; None: no semantic score.
        is_live: removed rows give no feedback.
        kind: how surely each row is of the kind asked for, 0 to 1; None: the query does not surely name one.
    """
    # In place where possible: arrays over all rows are large.
    relevance = _reciprocal_rank(bm25)
    relevance *= _BM25
    relevance += (_COVERAGE if kind is None else _COVERAGE_OF_A_KIND) * coverage
    if kind is not None:
        relevance += _KIND * kind
    if vectors is not None:
        near = _nearness(cosine)
        near *= _NEARNESS
        relevance += near
        # Feedback only for the best by these: a second scan of all vectors would double the time.
        best = _best(relevance, np.flatnonzero(is_live & (relevance > 0)), DEPTH)
        first = _best(relevance, best, _FEEDBACK_DEPTH)
        first = first[np.argsort(-relevance[first], kind="stable")]
        if len(first):
            mean = (1 / np.log2(np.arange(2, len(first) + 2))) @ vectors[first]
            length = float(np.linalg.norm(mean))
            if length > 0:
                feedback = vectors.cosines(best, (mean / length).astype(np.float32))
                relevance[best] += _FEEDBACK * _nearness(feedback)
    return relevance


def _best(relevance: Floats, rows: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    """The ``k`` most relevant of ``rows``, unordered."""
    if len(rows) <= k:
        return rows
    return rows[np.argpartition(-relevance[rows], k)[:k]]


def _reciprocal_rank(bm25: Floats) -> Floats:
    """Equal scores get equal ranks; rows without any word get 0."""
    out = np.zeros(len(bm25), np.float32)
    found = np.flatnonzero(bm25 > 0)
    scores = bm25[found]
    order = np.argsort(scores)
    ordered = scores[order]
    # Lookups in ascending order: in random order they take three times as long.
    above = len(found) - np.searchsorted(ordered, ordered, side="right")
    out[found[order]] = _RANK_OFFSET / (_RANK_OFFSET + above)
    return out


def _nearness(cosine: Floats) -> Floats:
    depth = min(DEPTH, len(cosine))
    if not depth:
        return cosine.copy()
    low = float(np.partition(cosine, -depth)[-depth])
    high = float(cosine.max())
    if high <= low:
        return np.zeros_like(cosine)
    near = cosine - np.float32(low)
    near *= np.float32(1 / (high - low))
    np.maximum(near, 0, out=near)
    return near
