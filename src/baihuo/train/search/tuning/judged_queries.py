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
_BYTES_A_ROW = 40  # of evidence, gains and masks


@dataclass(frozen=True, slots=True, eq=False)
class _Gains:
    """Of every row of the index, for one query."""

    gain: Floats  # [n]
    is_judged: NDArray[np.bool_]  # [n]

    def measured(self, order: NDArray[np.int32]) -> tuple[float, float, float]:
        """:data:`MEASURES` of an order; NaN for the first two where no row is good."""
        share = float(self.is_judged[order[:10]].mean()) if len(order) else 0.0
        if not self.gain.any():
            return float("nan"), float("nan"), share
        return *measures(order, self.gain, self.is_judged), share


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One query, matched."""

    text: str
    all_graders: _Gains
    people: _Gains | None  # None: as all
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
        people: the part of ``gains`` that people gave, where a model gave others; None: ``gains`` is one graders' work.
        seed: of the draw, where there are more queries than memory or time allow; those of people come first.
    """

    def __init__(
        self,
        generation: Generation,
        gains: Gains,
        *,
        thresholds: Thresholds,
        people: Gains | None = None,
        seed: int = 7,
    ) -> None:
        self._generation, self._thresholds = generation, thresholds
        most = min(_MOST_QUERIES, max(20, _MOST_BYTES // (_BYTES_A_ROW * generation.n)))
        known = generation.row_of
        texts = sorted(q for q, g in gains.items() if any(g[p] > 0 and p in known for p in g))
        if len(texts) > most:
            rng = np.random.default_rng(seed)
            first = [q in (people or {}) for q in texts]
            drawn = sorted(range(len(texts)), key=lambda i: (not first[i], rng.random()))[:most]
            texts = [texts[i] for i in sorted(drawn)]
        asked = (
            self._ask(q, gains[q], None if people is None else people.get(q, {})) for q in texts
        )
        self._asked = [a for a in asked if a is not None]
        self._answers: dict[tuple[float | None, float | None], list[_Answer]] = {}
        self._values: dict[SearchTuning, Floats] = {}  # [queries, 2, MEASURES]: all graders, people

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
        return self._measured(tuning)[:, 0]

    def values_of_people(self, tuning: SearchTuning) -> Floats:
        """The same by people's gains alone; the first two are NaN for queries without a good product by people."""
        return self._measured(tuning)[:, 1]

    def goal(self, tuning: SearchTuning) -> Floats:
        """``[queries]``: the mean of the first two measures. The pool of judgements came from some order: the first favours
        orders like it, the second orders unlike it."""
        return np.asarray(self.values(tuning)[:, :2].mean(axis=1))

    def orders(self, tuning: SearchTuning) -> list[NDArray[np.int32]]:
        """The rows of each query, best first."""
        answers = self._answered(tuning)
        is_live = self._generation.snapshot.is_live
        found = []
        for asked, answer in zip(self._asked, answers, strict=True):
            fused = fuse(asked.evidence, asked.vectors, is_live, tuning.weights)
            relevance = asked.evidence.spread(fused, len(is_live))[answer.rows]
            found.append(answer.rows[np.lexsort((-relevance, answer.tier))])
        return found

    def _measured(self, tuning: SearchTuning) -> Floats:
        if tuning not in self._values:
            rows = []
            for order, asked in zip(self.orders(tuning), self._asked, strict=True):
                by_all = asked.all_graders.measured(order)
                rows.append(
                    (by_all, by_all if asked.people is None else asked.people.measured(order))
                )
            self._values[tuning] = np.array(rows, np.float64).reshape(-1, 2, len(MEASURES))
        return self._values[tuning]

    def _ask(
        self, text: str, gains: Mapping[str, float], people: Mapping[str, float] | None
    ) -> _Asked | None:
        generation = self._generation
        match = generation.match(generation.limits(text).rest)
        if match is None or match.not_sold:
            return None
        has_vectors = match.encoder_name in generation.snapshot.segments[0].vectors
        vectors = generation.vectors(match.encoder_name) if has_vectors else None
        by_people = None if people is None else self._gains_of(people)
        return _Asked(text, self._gains_of(gains), by_people, match.evidence, vectors)

    def _gains_of(self, gains: Mapping[str, float]) -> _Gains:
        n, row_of = self._generation.n, self._generation.row_of
        gain, is_judged = np.zeros(n), np.zeros(n, np.bool_)
        for product_id, value in gains.items():
            if (row := row_of.get(product_id)) is not None:
                gain[row], is_judged[row] = value, True
        return _Gains(gain, is_judged)

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


class OfPeople:
    """The queries with a good product by people, measured by their gains alone: what :func:`nested` asks of queries."""

    def __init__(self, judged: JudgedQueries, present: SearchTuning) -> None:
        self._judged = judged
        self.rows: NDArray[np.intp] = np.flatnonzero(
            ~np.isnan(judged.values_of_people(present)[:, 0])
        )

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, tuning: SearchTuning) -> Floats:
        """``[queries of people, MEASURES]``."""
        return self._judged.values_of_people(tuning)[self.rows]

    def goal(self, tuning: SearchTuning) -> Floats:
        """``[queries of people]``: the mean of the first two measures."""
        return np.asarray(self.values(tuning)[:, :2].mean(axis=1))
