"""One number a row: how well it answers the typed words. Search orders by it until clicks are learned.

Four kinds of evidence, each 0 to 1, are added with fixed weights:

- **words**: reciprocal rank by BM25 over weighted fields (``60 / (60 + products above)``). The rank and
  not the score, because BM25 has no scale: its best is 4 for one query and 40 for the next;
- **coverage**: the share of the typed words that are in the product, by idf;
- **nearness**: the cosine with the words, from 0 at the :data:`DEPTH`-th nearest to 1 at the nearest,
  because what a cosine of 0.5 means differs from query to query;
- **echo**: the same with the mean vector of the best few by the first three, which knows more about
  what was meant than two typed words (pseudo-relevance feedback, Rocchio 1971).

Weights are round numbers out of the flat middle of a coarse grid, looked at on the judged queries of
``bench/search_icecat.py``: the whole grid lies within 0.014 of each other, all of it above plain
reciprocal rank fusion. See ``docs/log.md`` for how far that may be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from baihuo.index.snapshot import RowVectors

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
DEPTH = 1_000  # of the nearest: what lies beyond is not near at all
_WORDS, _COVERAGE, _NEARNESS, _ECHO = 1.0, 1.0, 1.5, 0.5
_RANK_OFFSET = 60.0  # Cormack, Clarke and Büttcher (2009)
_ECHO_OF = 5  # products whose mean vector is the echo's, weighted by 1 / log2(1 + position)


def fuse(
    bm25: Floats, coverage: Floats, cosine: Floats, vectors: RowVectors | None, is_live: Mask
) -> Floats:
    """Relevance of every row, ``[n]``, 0 (nothing speaks for it) to 4.

    A row's number depends on the whole index and the words, never on filters or on which rows are
    asked about.

    Args:
        bm25: of the weighted fields; 0: none of the words.
        coverage: 0 to 1.
        cosine: with the words.
        vectors: of the products in the words' space; None: no dense evidence.
        is_live: removed rows are not echoed.
    """
    # In place where it can be: arrays over all rows are large, and the cache is small.
    relevance = _reciprocal_rank(bm25)
    relevance *= _WORDS
    relevance += _COVERAGE * coverage
    if vectors is not None:
        near = _nearness(cosine)
        near *= _NEARNESS
        relevance += near
        # Only the best by these three: a second scan of all vectors would double the time.
        best = _best(relevance, np.flatnonzero(is_live & (relevance > 0)), DEPTH)
        first = _best(relevance, best, _ECHO_OF)
        first = first[np.argsort(-relevance[first], kind="stable")]
        if len(first):
            mean = (1 / np.log2(np.arange(2, len(first) + 2))) @ vectors[first]
            length = float(np.linalg.norm(mean))
            if length > 0:
                echo = vectors.cosines(best, (mean / length).astype(np.float32))
                relevance[best] += _ECHO * _nearness(echo)
    return relevance


def _best(relevance: Floats, rows: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    """The ``k`` most relevant of ``rows``, in no order."""
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
    # Looked up in ascending order: at random it costs three times as much.
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
