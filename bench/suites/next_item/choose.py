"""Chooses the settings of a Transformer on visitors kept aside from the training part: the same draws for each fusion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

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
_CHOICES: dict[str, tuple[Any, ...]] = {
    "blocks": (1, 2),
    "dropout": (0.2, 0.4, 0.6),
    "rate": (1e-3, 3e-3),
    "decay": (0.01, 0.1),
    "smoothing": (0.0, 0.1),
    "batch": (64, 128),
}


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


def drawn(n: int, *, seed: int) -> list[Shape]:
    """So many settings, the usual ones first."""
    rng = np.random.default_rng(seed)
    found = [Shape()]
    while len(found) < n:
        one = {name: values[rng.integers(len(values))] for name, values in _CHOICES.items()}
        if Shape(**one) not in found:
            found.append(Shape(**one))
    return found


def choose(
    shapes: list[Shape],
    fusion: str,
    learned: Sequences,
    aside: Steps,
    texts: NDArray[np.float32],
    *,
    seed: int,
) -> Chosen:
    """The best of the settings by recall@10: the loss is at its best long before the order is."""
    best: Chosen | None = None
    for drawn_shape in shapes:
        shape = Shape(**{**asdict(drawn_shape), "fusion": fusion})
        found = looked_at(shape, learned, aside, texts, seed=seed)
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


def places_of(scores: NDArray[np.float32], came: NDArray[np.int32]) -> NDArray[np.int64]:
    """``[rows]``, 1 for the top: how many stand not below the item that came."""
    own = scores[np.arange(len(came)), came]
    return np.asarray((scores >= own[:, None]).sum(axis=1), dtype=np.int64)
