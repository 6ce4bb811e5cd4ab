"""Thresholds of answer sets, stored in the bundle: how many terms must match, and the lowest cosine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Calibration:
    """P(relevant | cosine) as a logistic curve: ``1 / (1 + exp(-(slope · cosine + intercept)))``."""

    slope: float
    intercept: float

    def cosine_at(self, probability: float) -> float:
        """The cosine whose probability is ``probability`` (0 to 1, ends excluded)."""
        return (math.log(probability / (1 - probability)) - self.intercept) / self.slope


DEFAULT_CALIBRATIONS = {
    # Logistic fit on the 2,288 judged pairs of the Icecat queries, relevant from grade 2. The pool came
    # from a lexical engine, so for products without the terms the curve is somewhat optimistic.
    "minilm": Calibration(slope=12.2, intercept=-5.4),
    # Logistic fit on two sets of Chinese titles that count alike: the 526 most frequent product words of 6,998 titles
    # (title_ner), relevant where the title's marked product is the same word, and 28 kinds of 6,454 titles of clothes,
    # relevant where the title has the word. Synonyms count as irrelevant, so the curve is somewhat pessimistic.
    "multilingual": Calibration(slope=21.8, intercept=-11.4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Stored in the bundle as ``thresholds.json`` (:meth:`to_json`, :meth:`from_json`)."""

    dense_probability: float = 0.35  # τ: P(relevant) that a product without the terms must reach
    max_rows: int = 10_000  # a larger answer set is cut to the best, and its total is "at least"
    min_should_match: float = 0.75  # share of the query terms, rounded up, for three or more terms
    calibrations: Mapping[str, Calibration] = field(
        default_factory=lambda: dict(DEFAULT_CALIBRATIONS)
    )
    cosines: Mapping[str, float] = field(default_factory=dict)
    """By encoder, the threshold learned from judgements; replaces τ and the curve."""

    def cosine(self, encoder_name: str) -> float:
        """The lowest cosine of ``encoder_name`` that matches; 2 (never) if it is not calibrated."""
        if encoder_name in self.cosines:
            return self.cosines[encoder_name]
        calibration = self.calibrations.get(encoder_name)
        return 2.0 if calibration is None else calibration.cosine_at(self.dense_probability)

    def words_needed(self, n_words: int) -> int:
        """How many of ``n_words`` must match before relaxation: two of two, three of four."""
        return n_words if n_words <= 2 else math.ceil(self.min_should_match * n_words)

    @property
    def key(self) -> tuple[object, ...]:
        """A hashable value, equal for equal thresholds; a key for caches."""
        curves = tuple((k, c.slope, c.intercept) for k, c in sorted(self.calibrations.items()))
        learned = tuple(sorted(self.cosines.items()))
        return self.dense_probability, self.max_rows, self.min_should_match, curves, learned

    def to_json(self) -> dict[str, object]:
        """A JSON object; the inverse of :meth:`from_json`."""
        return {
            "dense_probability": self.dense_probability,
            "max_rows": self.max_rows,
            "min_should_match": self.min_should_match,
            "calibrations": {k: [c.slope, c.intercept] for k, c in self.calibrations.items()},
            "cosines": dict(self.cosines),
        }

    @staticmethod
    def from_json(stored: Mapping[str, object]) -> Thresholds:
        """The inverse of :meth:`to_json`; missing names get their defaults."""
        known = {
            k: stored[k]
            for k in ("dense_probability", "max_rows", "min_should_match")
            if k in stored
        }
        pairs = stored.get("calibrations")
        if isinstance(pairs, Mapping):
            known["calibrations"] = {k: Calibration(*v) for k, v in pairs.items()}
        if isinstance(learned := stored.get("cosines"), Mapping):
            known["cosines"] = {str(k): float(v) for k, v in learned.items()}
        return Thresholds(**known)  # type: ignore[arg-type]
