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

from baihuo.index.postings import FIELDS
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
_WEIGHTS = np.array([FIELD_WEIGHTS[f] for f in FIELDS], np.float32)


def weighted(fields: Floats) -> Floats:
    """BM25 of all fields: ``[fields, n]`` → ``[n]``."""
    return np.asarray(_WEIGHTS @ fields)


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
    relevance = _WORDS * _reciprocal_rank(bm25) + _COVERAGE * coverage
    if vectors is not None:
        relevance += _NEARNESS * _nearness(cosine)
        best = np.flatnonzero(is_live & (relevance > 0))
        if len(best) > _ECHO_OF:
            best = best[np.argpartition(-relevance[best], _ECHO_OF)[:_ECHO_OF]]
        if len(best):
            best = best[np.argsort(-relevance[best], kind="stable")]
            mean = (1 / np.log2(np.arange(2, len(best) + 2))) @ vectors[best]
            length = float(np.linalg.norm(mean))
            if length > 0:
                # Only the best by the other three: a second scan of all vectors would double the time.
                near = np.flatnonzero(relevance > 0)
                if len(near) > DEPTH:
                    near = near[np.argpartition(-relevance[near], DEPTH)[:DEPTH]]
                relevance[near] += _ECHO * _nearness(
                    vectors[near] @ (mean / length).astype(np.float32)
                )
    return relevance.astype(np.float32)


def _reciprocal_rank(bm25: Floats) -> Floats:
    """Equal scores get equal ranks; rows without any word get 0."""
    out = np.zeros(len(bm25), np.float32)
    found = np.flatnonzero(bm25 > 0)
    ordered = np.sort(bm25[found])
    above = len(found) - np.searchsorted(ordered, bm25[found], side="right")
    out[found] = _RANK_OFFSET / (_RANK_OFFSET + above)
    return out


def _nearness(cosine: Floats) -> Floats:
    depth = min(DEPTH, len(cosine))
    if not depth:
        return cosine
    low = float(np.partition(cosine, -depth)[-depth])
    high = float(cosine.max())
    if high <= low:
        return np.zeros_like(cosine)
    return np.clip((cosine - low) / (high - low), 0, None)
