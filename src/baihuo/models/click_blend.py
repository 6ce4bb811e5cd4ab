"""Clicks, by trees and network together: the sum of their scores, which have about the same spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from baihuo.models.contract import (
    Blend,
    Examples,
    Files,
    FitContext,
    Model,
    ModelSpec,
    Prediction,
)


@dataclass(frozen=True, slots=True, eq=False)
class ClickBlend(Blend):
    """The sum of its parts' scores. It has nothing of its own to learn, and claims no probability."""

    parts: Mapping[str, Model]
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        read = dict.fromkeys(c for part in self.parts.values() for c in part.columns)
        object.__setattr__(self, "columns", tuple(read))

    def blended(self, answers: Mapping[str, Prediction]) -> Prediction:
        """Scores added up."""
        first, *others = (answers[name].scores for name in self.parts)
        total = first
        for scores in others:
            total = total + scores
        return Prediction(total)

    def files(self) -> Files:
        """What it adds up, for people: the parts keep their own files."""
        return {"blend.json": {"sum_of": list(self.parts)}}


def fit(train: Examples, validation: Examples | None, context: FitContext) -> ClickBlend:
    """Of parts that are already fitted."""
    return ClickBlend(context.parts)


def open_files(files: Files, parts: Mapping[str, Model]) -> ClickBlend:
    """Of parts that are already opened."""
    return ClickBlend(parts)


MODEL = ModelSpec(
    name="both", learns="clicks", fit=fit, open=open_files, made_of=("trees", "network")
)
