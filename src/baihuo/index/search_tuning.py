"""How a shop's searches are tuned: weights of the fused score and thresholds. The bundle stores it (:mod:`baihuo.bundle.search`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from baihuo.index.relevance import FusionWeights
from baihuo.index.thresholds import Thresholds

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTuning:
    """What ``baihuo tune search`` may change; None leaves a threshold as the bundle has it."""

    weights: FusionWeights = field(default_factory=FusionWeights)
    dense_probability: float | None = None
    min_should_match: float | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)
    """Who judged, when, and what it gained: for people, not read by searches."""

    def thresholds(self, of_bundle: Thresholds) -> Thresholds:
        """The thresholds of a bundle with what was tuned in their place."""
        if self.min_should_match is not None:
            of_bundle = replace(of_bundle, min_should_match=self.min_should_match)
        if self.dense_probability is None:
            return of_bundle
        return replace(of_bundle, dense_probability=self.dense_probability, cosines={})

    def changes(self, present: SearchTuning) -> dict[str, list[float | None]]:
        """Name → value in ``present``, value here, of all that differ."""
        before, after = present._values(), self._values()
        return {k: [before[k], after[k]] for k in before if before[k] != after[k]}

    def _values(self) -> dict[str, float | None]:
        return {
            **asdict(self.weights),
            "dense_probability": self.dense_probability,
            "min_should_match": self.min_should_match,
        }

    def to_json(self) -> dict[str, Any]:
        """The inverse of :meth:`from_json`."""
        return {
            "format": _FORMAT,
            "weights": asdict(self.weights),
            "dense_probability": self.dense_probability,
            "min_should_match": self.min_should_match,
            "provenance": dict(self.provenance),
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> SearchTuning:
        """The inverse of :meth:`to_json`. Weights that a later version added have their defaults.

        Raises:
            ValueError: another format, an unknown weight, or a value that is no number of 0 or more.
        """
        if stored.get("format") != _FORMAT:
            raise ValueError(f"format {stored.get('format')!r}, want {_FORMAT}")
        known = {f.name for f in fields(FusionWeights)}
        if unknown := set(stored["weights"]) - known:
            raise ValueError(f"unknown weight {sorted(unknown)[0]!r}")
        weights = {name: _number(name, value) for name, value in stored["weights"].items()}
        limits = {
            name: None if stored.get(name) is None else _number(name, stored[name], most=1.0)
            for name in ("dense_probability", "min_should_match")
        }
        return SearchTuning(
            weights=FusionWeights(**weights), **limits, provenance=stored.get("provenance", {})
        )


UNTUNED = SearchTuning()
"""The defaults."""


def _number(name: str, value: object, most: float = 100.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} is {value!r}, want a number from 0 to {most:g}")
    return float(value)
