"""Clicks, by trees and network together: the sum of their scores, which have about the same spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from baihuo.models.contract import (
    Blend,
    Examples,
    Files,
    FitContext,
    Model,
    ModelSpec,
    Prediction,
    json_of,
)


@dataclass(frozen=True, slots=True, eq=False)
class ClickBlend(Blend):
    """The weighted sum of its parts' scores. It gives no probability."""

    parts: Mapping[str, Model]
    weights: Mapping[str, float] = field(default_factory=dict)  # by part; default 1
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        read = dict.fromkeys(c for part in self.parts.values() for c in part.columns)
        object.__setattr__(self, "columns", tuple(read))

    def blended(self, answers: Mapping[str, Prediction]) -> Prediction:
        """Scores added up."""
        total = np.zeros(0)
        for number, name in enumerate(self.parts):
            scores = answers[name].scores * self.weights.get(name, 1.0)
            total = scores if number == 0 else total + scores
        return Prediction(total)

    def files(self) -> Files:
        """Return the weights; the parts have separate files."""
        return {"blend.json": {"sum_of": list(self.parts), "weights": dict(self.weights)}}


def fit(train: Examples, validation: Examples | None, context: FitContext) -> ClickBlend:
    """Sum fitted parts. Weights that newer pages find gained nothing (docs/decisions/0027)."""
    return ClickBlend(context.parts)


def open_files(files: Files, parts: Mapping[str, Model]) -> ClickBlend:
    """Open a blend of opened parts."""
    return ClickBlend(parts, json_of(files, "blend.json").get("weights", {}))


MODEL = ModelSpec(
    name="both", learns="clicks", fit=fit, open=open_files, made_of=("trees", "network")
)
