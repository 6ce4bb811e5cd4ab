"""Is the adapted encoder better? Asked of products that training never saw, with the vectors that would serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.encode import Encoder, Vectors
from baihuo.evaluate import Interval, paired_bootstrap
from baihuo.train.encoders.pairs import KINDS, Kind, Pair, PairWriter

ALL = "all"
_SEED = 7  # of the intervals
_LEAST_QUESTIONS = 20  # of a kind: every kind counts alike, and a handful must not
_ASKED_NEAR, _TEXTS_NEAR = 50, 200  # questions and texts whose cosines are counted
_TIE = 1e-5  # cosines nearer than this are equal: a vector depends a little on its batch


@dataclass(frozen=True, slots=True)
class KindResult:
    """The mean reciprocal rank of the right product before and after, and the difference."""

    n: int
    before: float
    after: float
    difference: Interval

    def to_json(self) -> dict[str, Any]:
        """As written into ``adapted.json``."""
        return {
            "n": self.n,
            "before": round(self.before, 5),
            "after": round(self.after, 5),
            "difference": {k: round(v, 5) for k, v in self.difference.to_json().items()},
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found, by kind of pair and over all."""

    by_kind: Mapping[str, KindResult]
    is_better: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        """As written into ``adapted.json``."""
        of_kinds = {k: r.to_json() for k, r in self.by_kind.items()}
        return {"is_better": self.is_better, "why": self.why, "reciprocal_rank": of_kinds}


class Encodes(Protocol):
    """An encoder, served or in training."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``[texts, dim]`` of length 1."""
        ...


class Judge:
    """Questions about products held back, and the products among which the right one must be found.

    Args:
        writer: of all products.
        held_back: rows that training does not see.
        others: rows beside which they are looked for.
        seed: of the questions.
    """

    def __init__(
        self, writer: PairWriter, held_back: Sequence[int], others: Sequence[int], *, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        self._texts = [writer.texts[r] for r in (*held_back, *others)]
        self._place = {r: i for i, r in enumerate((*held_back, *others))}
        drawn = {k: [writer.draw(r, k, rng) for r in held_back] for k in KINDS}
        found: dict[Kind, list[Pair]] = {k: [p for p in drawn[k] if p is not None] for k in KINDS}
        self._pairs = {k: pairs for k, pairs in found.items() if len(pairs) >= _LEAST_QUESTIONS}

    @property
    def counts(self) -> dict[str, int]:
        """Questions of each kind."""
        return {k: len(pairs) for k, pairs in self._pairs.items()}

    def ranks(
        self, encoder: Encoder, task: str = "judge", progress: Progress = no_progress
    ) -> dict[str, NDArray[np.float64]]:
        """By kind, ``[questions]``: 1 / rank of the right product. Products that a query fits as well do not count."""

        def of_task(_: str, n_done: int, n_total: int) -> None:
            progress(task, n_done, n_total)

        texts = encoder.encode([t.text for t in self._texts], progress=of_task)
        found: dict[str, NDArray[np.float64]] = {}
        for kind, pairs in self._pairs.items():
            queries = encoder.encode([p.query for p in pairs])
            answers = texts
            if kind == "description":
                answers = encoder.encode(
                    [t.description or t.text for t in self._texts],
                    progress=lambda _, done, total: progress(f"{task}: descriptions", done, total),
                )
            found[kind] = np.array(
                [self._reciprocal_rank(p, q, answers) for p, q in zip(pairs, queries, strict=True)]
            )
        return found

    def near_share(self, encoder: Encodes, cosine: float) -> float:
        """The share of wrong pairs of a question and a text whose cosine is at least ``cosine``, the threshold of what is near.

        An encoder may order texts well and have another scale: with all cosines above the threshold, every product answers
        every search.
        """
        every = [p for pairs in self._pairs.values() for p in pairs]
        asked = every[:: max(1, len(every) // _ASKED_NEAR)]
        texts = self._texts[:: max(1, len(self._texts) // _TEXTS_NEAR)]
        cosines = (
            encoder.encode([p.query for p in asked]) @ encoder.encode([t.text for t in texts]).T
        )
        is_wrong = np.array([[not p.terms <= t.terms for t in texts] for p in asked])
        return float((cosines[is_wrong] >= cosine).mean()) if is_wrong.any() else 0.0

    def compare(
        self, before: Mapping[str, NDArray[np.float64]], after: Mapping[str, NDArray[np.float64]]
    ) -> Verdict:
        """The verdict on two results of :meth:`ranks`: better over all, and surely worse in no kind."""
        results: dict[str, KindResult] = {k: _result(before[k], after[k]) for k in self._pairs}
        owners = np.concatenate([[p.row for p in self._pairs[k]] for k in self._pairs])
        # Every kind counts alike: what is asked most often would else decide alone.
        weights = np.concatenate([np.full(len(before[k]), 1 / len(before[k])) for k in self._pairs])
        weights *= len(weights) / weights.sum()
        flat = [np.concatenate([of[k] for k in self._pairs]) * weights for of in (before, after)]
        results[ALL] = _result(flat[0], flat[1], owners)
        worse = [k for k, r in results.items() if r.difference.high < 0]
        low = results[ALL].difference.low
        if worse:
            why = f"it is surely worse at {', '.join(worse)}"
        elif low <= 0:
            why = f"the gain is not sure: the interval begins at {low:+.4f}"
        else:
            why = f"better on {len(set(owners))} products held back"
        return Verdict(results, not worse and low > 0, why)

    def _reciprocal_rank(self, pair: Pair, query: Vectors, answers: Vectors) -> float:
        cosines = answers @ query
        place = self._place[pair.row]
        rank = 1.0
        for i in np.flatnonzero(cosines >= cosines[place] - _TIE):
            if i != place and not pair.terms <= self._texts[i].terms:
                # Of texts that an encoder cannot tell apart, half stand before the right one.
                rank += 1.0 if cosines[i] > cosines[place] + _TIE else 0.5
        return 1 / rank


def _result(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    clusters: NDArray[Any] | None = None,
) -> KindResult:
    interval = paired_bootstrap(after, before, seed=_SEED, clusters=clusters)
    return KindResult(len(before), float(before.mean()), float(after.mean()), interval)
