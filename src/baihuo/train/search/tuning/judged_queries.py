"""Judged queries of an index, ranked under any weights and thresholds without reading or matching them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Surface
from baihuo.index import (
    Generation,
    RowVectors,
    SearchTuning,
    TextEvidence,
    Thresholds,
    answer_set,
    fuse,
)
from baihuo.train.search.relevance_eval import measures

Floats = NDArray[np.float64]
Gains = Mapping[str, Mapping[str, float]]
MEASURES = ("ndcg10", "ndcg10_judged", "judged10")
_MOST_QUERIES, _MOST_BYTES = 400, 1 << 30
_BYTES_A_ROW = 30  # of evidence, gain and mask


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One query, matched."""

    text: str
    gain: Floats  # [n] of every row
    is_judged: NDArray[np.bool_]  # [n]
    evidence: TextEvidence
    vectors: RowVectors | None


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """The rows that pass some thresholds, ascending, and the tier of each."""

    rows: NDArray[np.int32]
    tier: NDArray[np.int16]


class JudgedQueries:
    """Measures of every judged query under any tuning; each distinct tuning is computed once.

    Args:
        generation: the index; its own tuning is not applied to what is measured.
        gains: query → product id → gain, 0: looked at, and not good. What is not named was not looked at.
        thresholds: of the bundle.
        seed: of the draw, where there are more queries than memory or time allow.
    """

    def __init__(
        self, generation: Generation, gains: Gains, *, thresholds: Thresholds, seed: int = 7
    ) -> None:
        self._generation, self._thresholds = generation, thresholds
        most = min(_MOST_QUERIES, max(20, _MOST_BYTES // (_BYTES_A_ROW * generation.n)))
        known = generation.row_of
        texts = sorted(q for q, g in gains.items() if any(g[p] > 0 and p in known for p in g))
        if len(texts) > most:
            drawn = np.random.default_rng(seed).choice(len(texts), most, replace=False)
            texts = [texts[i] for i in sorted(drawn)]
        self._asked = [a for text in texts if (a := self._ask(text, gains[text])) is not None]
        self._answers: dict[tuple[float | None, float | None], list[_Answer]] = {}
        self._values: dict[SearchTuning, Floats] = {}

    def __len__(self) -> int:
        return len(self._asked)

    @property
    def texts(self) -> list[str]:
        """``[queries]``."""
        return [a.text for a in self._asked]

    @property
    def n_tried(self) -> int:
        """Distinct tunings that were measured."""
        return len(self._values)

    def values(self, tuning: SearchTuning) -> Floats:
        """``[queries, MEASURES]``: nDCG@10 of the whole page, where what nobody judged gains nothing; among the judged products
        alone; and the share of the first ten that was judged."""
        if tuning not in self._values:
            orders = self.orders(tuning)
            rows = [_measured(o, a) for o, a in zip(orders, self._asked, strict=True)]
            self._values[tuning] = np.array(rows).reshape(-1, len(MEASURES))
        return self._values[tuning]

    def goal(self, tuning: SearchTuning) -> Floats:
        """``[queries]``: the mean of the first two measures. The pool of judgements came from some order: the first favours
        orders like it, the second orders unlike it."""
        return np.asarray(self.values(tuning)[:, :2].mean(axis=1))

    def orders(self, tuning: SearchTuning) -> list[NDArray[np.int32]]:
        """The rows of each query, best first."""
        answers = self._answered(tuning)
        is_live = self._generation.is_live
        found = []
        for asked, answer in zip(self._asked, answers, strict=True):
            relevance = fuse(asked.evidence, asked.vectors, is_live, tuning.weights)[answer.rows]
            found.append(answer.rows[np.lexsort((-relevance, answer.tier))])
        return found

    def _ask(self, text: str, gains: Mapping[str, float]) -> _Asked | None:
        generation = self._generation
        match = generation.match(generation.limits(text).rest)
        if match is None or match.not_sold:
            return None
        gain, is_judged = np.zeros(generation.n), np.zeros(generation.n, np.bool_)
        for product_id, value in gains.items():
            if (row := generation.row_of.get(product_id)) is not None:
                gain[row], is_judged[row] = value, True
        has_vectors = match.encoder_name in generation.snapshot.segments[0].vectors
        vectors = generation.vectors(match.encoder_name) if has_vectors else None
        return _Asked(text, gain, is_judged, match.evidence, vectors)

    def _answered(self, tuning: SearchTuning) -> list[_Answer]:
        key = tuning.dense_probability, tuning.min_should_match
        if key not in self._answers:
            thresholds = tuning.thresholds(self._thresholds)
            self._answers[key] = [self._answer(a.text, thresholds) for a in self._asked]
        return self._answers[key]

    def _answer(self, text: str, thresholds: Thresholds) -> _Answer:
        query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
        answer = answer_set(self._generation, query, thresholds)
        order = np.argsort(answer.rows)
        return _Answer(answer.rows[order], answer.tier[order])


def untuned(generation: Generation) -> Generation:
    """The same index with the default weights and thresholds."""
    return Generation(
        generation.index_id, generation.snapshot, generation.encoders, generation.lexicon
    )


def _measured(order: NDArray[np.int32], asked: _Asked) -> tuple[float, float, float]:
    whole, among = measures(order, asked.gain, asked.is_judged)
    return whole, among, float(asked.is_judged[order[:10]].mean()) if len(order) else 0.0
