"""How a shop's searches are tuned: weights of the fused score and thresholds, in one file beside the index generations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from baihuo.core import BadInput
from baihuo.engine import written_whole
from baihuo.index.relevance import FusionWeights
from baihuo.index.thresholds import Thresholds

TUNED_FILE = "tuned_search.json"
"""In the folder of the generations: every generation that is opened from there is tuned by it."""
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


def read_tuning(index: Path) -> SearchTuning:
    """That of the shop, from the folder of its index generations; the defaults where it has none.

    Raises:
        BadInput: the file was changed by hand and cannot be used.
    """
    file = index / TUNED_FILE
    if not file.exists():
        return UNTUNED
    try:
        return SearchTuning.from_json(json.loads(file.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "delete it, which undoes the tuning, or run `baihuo tune search` again"
        raise BadInput(f"{file}: {error}", fix=fix) from error


def write_tuning(index: Path, tuning: SearchTuning) -> Path:
    """Write the file in one step, and return its path."""
    file = index / TUNED_FILE
    with written_whole(file) as part:
        part.write_text(json.dumps(tuning.to_json(), indent=1, ensure_ascii=False), "utf-8")
    return file


def _number(name: str, value: object, most: float = 100.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} is {value!r}, want a number from 0 to {most:g}")
    return float(value)
