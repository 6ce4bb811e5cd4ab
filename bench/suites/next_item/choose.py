"""Chooses the settings of a Transformer on visitors kept aside from the training part: the same tries for each fusion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.models import Sequences
from suites.next_item.transformer import Shape, Transformer, fit_transformer, scores_of

K = 10
_EVERY, _MOST_EPOCHS, _PATIENCE = (
    4,
    48,
    3,
)  # looked at every 4 epochs; ended after 3 looks without a better one
TRIED = (
    Shape(),
    Shape(blocks=2, dropout=0.2),
    Shape(blocks=2, batch=64),
    Shape(rate=3e-3, decay=0.1),
    Shape(dropout=0.2, smoothing=0.1),
)
"""Settings that are tried, for each fusion."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Histories, what came after each, and whose they are."""

    histories: Sequences
    came: NDArray[np.int32]
    visitors: list[str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Settings, and for how many epochs; ``recall10`` on the visitors kept aside."""

    shape: Shape
    epochs: int
    recall10: float


def with_fusion(shape: Shape, fusion: str) -> Shape:
    """The same with another way of texts."""
    return replace(shape, fusion=fusion)


def choose(
    shapes: Iterable[Shape],
    fusion: str,
    learned: Sequences,
    aside: Steps,
    texts: NDArray[np.float32],
    *,
    seed: int,
) -> Chosen:
    """The best of the settings by recall@10: the loss is at its best long before the order is."""
    best: Chosen | None = None
    for shape in shapes:
        found = looked_at(with_fusion(shape, fusion), learned, aside, texts, seed=seed)
        if best is None or found.recall10 > best.recall10:
            best = found
    assert best is not None
    return best


def looked_at(
    shape: Shape, learned: Sequences, aside: Steps, texts: NDArray[np.float32], *, seed: int
) -> Chosen:
    """One fit with its best number of epochs."""
    looks: list[tuple[float, int]] = []

    def after(epoch: int, model: Transformer) -> bool:
        if epoch % _EVERY == 0:
            places = places_of(scores_of(model, aside.histories), aside.came)
            looks.append((float((places <= K).mean()), epoch))
        since = [recall for recall, _ in looks[-_PATIENCE:]]
        return len(looks) > _PATIENCE and max(since) < max(looks)[0]

    fit_transformer(learned, texts, shape, epochs=_MOST_EPOCHS, seed=seed, after=after)
    recall, epoch = max(looks, key=lambda look: look[0])
    return Chosen(shape, epoch, recall)


def places_of(
    scores: NDArray[np.float32] | NDArray[np.float64], came: NDArray[np.int32]
) -> NDArray[np.int64]:
    """``[rows]``, 1 for the top: how many stand not below the item that came."""
    own = scores[np.arange(len(came)), came]
    return np.asarray((scores >= own[:, None]).sum(axis=1), dtype=np.int64)
