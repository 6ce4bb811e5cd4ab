"""What a bundle fixes about answer sets: how many words must match, how near is near enough."""

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
    # from a lexical engine, so for a product without the words the curve is somewhat hopeful.
    "minilm": Calibration(slope=12.2, intercept=-5.4),
    # 526 product words of 6,998 Chinese titles (title_ner) against all titles, relevant where the title's
    # marked product is the same word. Synonyms count as wrong there, so the curve is somewhat strict.
    "multilingual": Calibration(slope=11.0, intercept=-5.6),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Kept in the bundle as ``thresholds.json`` (:meth:`to_json`, :meth:`from_json`)."""

    dense_probability: float = 0.35  # τ: a neighbour without the words must be this likely relevant
    max_rows: int = 10_000  # past it an answer set is cut to the best and its total is "at least"
    min_should_match: float = 0.75  # share of a query's words, rounded up, from three words on
    calibrations: Mapping[str, Calibration] = field(
        default_factory=lambda: dict(DEFAULT_CALIBRATIONS)
    )
    cosines: Mapping[str, float] = field(default_factory=dict)
    """By encoder, near enough as learned from judgements: takes the place of τ and the curve."""

    def cosine(self, encoder_name: str) -> float:
        """The smallest cosine of ``encoder_name`` that is near enough; 2 (never) if not calibrated."""
        if encoder_name in self.cosines:
            return self.cosines[encoder_name]
        calibration = self.calibrations.get(encoder_name)
        return 2.0 if calibration is None else calibration.cosine_at(self.dense_probability)

    def words_needed(self, n_words: int) -> int:
        """How many of ``n_words`` must match before any relaxation: both of two, three of four."""
        return n_words if n_words <= 2 else math.ceil(self.min_should_match * n_words)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal thresholds, and hashable: for caches."""
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
        """What :meth:`to_json` made; names that are not there keep their defaults."""
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
