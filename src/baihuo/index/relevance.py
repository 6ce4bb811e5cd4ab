"""The relevance score of each row for a query. Search sorts by it until a click model is trained.

Scores, each 0 to 1, are added with fixed weights:

- **BM25**: reciprocal rank by BM25 over weighted fields (``60 / (60 + products above)``). The rank, not
  the score, because BM25 has no fixed scale: the best score is 4 for one query and 40 for another;
- **description**: the same by BM25 of the description alone: what title and description both say is surer;
- **coverage**: the idf-weighted share of the query terms that the product has;
- **nearness**: the cosine with the query, scaled to 0 at the :data:`DEPTH`-th nearest and 1 at the nearest,
  because the meaning of a cosine of 0.5 differs between queries;
- **kind**: how surely it is the kind of product that the query asks for (:mod:`baihuo.index.kind_match`);
- **pseudo-relevance feedback** (Rocchio 1971): nearness to the mean vector of the best few by the
  others, which represents the intent better than two typed words;
- **neighbours**: the mean relevance of the products nearest to it among the best (Diaz 2005): like products answer alike.

The weights are round numbers from the flat middle of coarse searches on the judged queries of
``bench/search_icecat.py``, whose ``--ablation`` says what each is worth and what choosing them gains on queries that took no
part in it. ``baihuo tune search`` chooses those of a shop (:mod:`baihuo.index.search_tuning`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index.fast_order import ascending, n_above
from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.row_vectors import RowVectors, spread

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
_RANK_OFFSET = 60.0  # Cormack, Clarke and Büttcher (2009)
_FEEDBACK_DEPTH = 5  # products in the mean vector, weighted by 1 / log2(1 + position)
_SMOOTHED, _NEIGHBOURS = 200, 5  # the most relevant rows, and the nearest of these to each


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """How much each score counts. ``kind`` is as much as all others: another kind of product never comes before the right one."""

    bm25: float = 1.0
    description: float = 0.25
    coverage: float = 2.0  # a wish that is met is worth more than nearness
    nearness: float = 1.5
    feedback: float = 0.5
    neighbours: float = 0.5  # shared by the words: of many words, neighbours lack some
    kind: float = 6.0
    called: float = 1.0  # a title that names the kind, in a catalogue without categories


@dataclass(frozen=True, slots=True, eq=False)
class TextEvidence:
    """What words and vectors say for one query of the rows of which they say anything, ``[rows]`` each."""

    rows: NDArray[np.intp]  # ascending; of all others nothing is said
    bm25: Floats  # over the weighted fields; 0: no term matches
    described: Floats  # BM25 in descriptions alone
    coverage: Floats  # 0 to 1
    near: Floats  # of :func:`nearness` to the query
    n_words: int  # of the query
    kind: Floats | None  # how surely it is of the kind asked for; None: none is surely asked for
    called: Floats | None = None  # the same where titles alone can say it; None: categories do, too

    def spread(self, values: NDArray[Any], n: int) -> NDArray[Any]:
        """``[n]`` with one value of each of ``rows`` in its place, 0 elsewhere."""
        return spread(self.rows, values, n)


def fuse(
    evidence: TextEvidence,
    vectors: RowVectors | None,
    is_live: Mask,
    weights: FusionWeights,
) -> Floats:
    """Relevance of each row of ``evidence``, ``[rows]``, from 0 (no evidence) to 5.75, or to 11.75 where a kind is asked for; 1 more
    where titles alone say the kind.

    It depends on the whole index and the query text, not on filters or on a selection of rows.

    Args:
        vectors: vectors of the products in the space of the query; None: no semantic score.
        is_live: ``[n]`` removed rows give no feedback.
    """
    kind = evidence.kind
    relevance = _reciprocal_rank(evidence.bm25)
    relevance *= weights.bm25
    relevance += np.float32(weights.coverage) * evidence.coverage
    if kind is not None:
        relevance += np.float32(weights.kind) * kind
    if vectors is not None:
        relevance += evidence.near * np.float32(weights.nearness)
        # Feedback only for the best by these: a second scan of all vectors would double the time.
        best = np.flatnonzero(is_live.take(evidence.rows) & (relevance > 0))
        best = best if len(best) <= DEPTH else best.take(_first(relevance.take(best), DEPTH))
        rows, scores = evidence.rows.take(best), relevance.take(best)
        taken = vectors.taken(rows)  # read once, for feedback and for neighbours
        scores += np.float32(weights.feedback) * _feedback(scores, rows, vectors, taken)
        around = _first(scores, _SMOOTHED)
        shared = np.float32(weights.neighbours / max(evidence.n_words, 1))
        scores[around] += shared * _of_neighbours(scores[around], taken.take(around))
        relevance[best] = scores
    described = _reciprocal_rank(evidence.described)
    described *= weights.description
    relevance += described
    if evidence.called is not None:
        relevance += np.float32(weights.called) * evidence.called
    return relevance


def _feedback(
    relevance: Floats, best: NDArray[np.intp], vectors: RowVectors, taken: Int8Vectors
) -> Floats:
    """Nearness of the rows ``best`` to the mean vector of the first few: ``[best]``. ``relevance`` and ``taken`` are theirs."""
    first = _first(relevance, _FEEDBACK_DEPTH)
    first = first[np.argsort(-relevance[first], kind="stable")]
    if not len(first):
        return np.zeros(0, np.float32)
    mean = (1 / np.log2(np.arange(2, len(first) + 2))) @ vectors[best[first]]
    length = float(np.linalg.norm(mean))
    if length == 0:
        return np.zeros(len(best), np.float32)
    return nearness(taken.dot((mean / length).astype(np.float32)), len(best))


def _of_neighbours(relevance: Floats, vectors: Int8Vectors) -> Floats:
    """The mean relevance of the vectors nearest to each among them, as a share of the highest: ``[vectors]``. Of equally near
    ones the first count."""
    n = len(relevance)
    if n <= _NEIGHBOURS:
        return np.zeros(n, np.float32)
    cosines = vectors.gram()
    each, total = np.arange(n), np.zeros(n, np.float32)
    nearest = each
    for _ in range(_NEIGHBOURS):  # five times the largest: a third of the time of a partition
        cosines[each, nearest] = -2.0  # at first oneself, then who was counted
        nearest = cosines.argmax(axis=1)
        total += relevance[nearest]
    total /= np.float32(_NEIGHBOURS) * relevance.max()
    return total


def _first(scores: Floats, k: int) -> NDArray[np.intp]:
    """The places of the ``k`` highest scores, unordered."""
    return np.arange(len(scores)) if len(scores) <= k else np.argpartition(-scores, k)[:k]


def _reciprocal_rank(bm25: Floats) -> Floats:
    """Equal scores get equal ranks; rows without any word get 0."""
    out = np.zeros(len(bm25), np.float32)
    found = np.flatnonzero(bm25 > 0)
    if not len(found):
        return out
    scores = bm25.take(found)
    order = ascending(scores)
    out[found.take(order)] = _RANK_OFFSET / (_RANK_OFFSET + n_above(scores.take(order)))
    return out


def nearness(cosines: Floats, n: int) -> Floats:
    """Some cosines, of which the highest is 1 and the :data:`DEPTH`-th of all is 0, as are those below: ``[cosines]``.

    Args:
        cosines: those that are known.
        n: how many there are; those that are not known are 0.
    """
    if not len(cosines):
        return cosines.copy()
    depth, n_unknown, n_above_0 = min(DEPTH, n), n - len(cosines), np.count_nonzero(cosines > 0)
    high, low = float(cosines.max()), 0.0
    if n_unknown:
        high = max(high, 0.0)
    if not n_above_0 < depth <= n_above_0 + n_unknown:
        depth -= n_unknown if depth > n_above_0 else 0
        low = float(np.partition(cosines, -depth)[-depth])
    if high <= low:
        return np.zeros_like(cosines)
    near = cosines - np.float32(low)
    near *= np.float32(1 / (high - low))
    np.maximum(near, 0, out=near)
    return near
