"""Optimisers that change weights in place: the same formula for a dense layer and for the touched rows of a table.

Rows that a batch did not touch keep their weights and their moments, as in :class:`torch.optim.SparseAdam`: a step costs
what the batch costs, not what the vocabulary costs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch

Tensor: TypeAlias = torch.Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimiser(ABC):
    """A formula. ``l2``: the slope of a penalty added to the gradient."""

    l2: float = 0.0
    n_moments = 0

    @abstractmethod
    def move(
        self, weights: Tensor, slopes: Tensor, moments: Sequence[Tensor], rate: float, step: int
    ) -> None:
        """Change weights and moments, of one shape, in place.

        Args:
            slopes: Of the loss; may be overwritten.
            step: 1 at the first.
        """

    def penalise(self, weights: Tensor, slopes: Tensor) -> Tensor:
        """Slopes with those of the penalty."""
        return slopes.add_(weights, alpha=self.l2) if self.l2 else slopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sgd(Optimiser):
    """Plain gradient descent."""

    n_moments = 0

    def move(
        self, weights: Tensor, slopes: Tensor, moments: Sequence[Tensor], rate: float, step: int
    ) -> None:
        """``w -= rate * slope``."""
        weights.add_(self.penalise(weights, slopes), alpha=-rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam(Optimiser):
    """Source: Kingma and Ba (2015); ``decoupled``: AdamW, Loshchilov and Hutter (2019)."""

    decay: float = 0.9
    square_decay: float = 0.999
    epsilon: float = 1e-8
    decoupled: bool = False
    n_moments = 2

    def move(
        self, weights: Tensor, slopes: Tensor, moments: Sequence[Tensor], rate: float, step: int
    ) -> None:
        """Corrected for the start by the number of all steps, also where a row is rare."""
        if self.decoupled:
            weights.mul_(1 - rate * self.l2)
        else:
            slopes = self.penalise(weights, slopes)
        mean, square = moments
        mean.lerp_(slopes, 1 - self.decay)
        square.mul_(self.square_decay).addcmul_(slopes, slopes, value=1 - self.square_decay)
        # epsilon stands beside the corrected root, so it is scaled with it
        root = (1 - self.square_decay**step) ** 0.5
        torch.sqrt(square, out=slopes).add_(self.epsilon * root)
        weights.addcdiv_(mean, slopes, value=-rate * root / (1 - self.decay**step))


def optimiser_named(name: str, *, l2: float = 0.0) -> Optimiser:
    """One of ``adam``, ``adamw``, ``sgd``.

    Raises:
        ValueError: another name.
    """
    if name == "sgd":
        return Sgd(l2=l2)
    if name in ("adam", "adamw"):
        return Adam(l2=l2, decoupled=name == "adamw")
    raise ValueError(f"no optimiser is named {name!r}; there are adam, adamw, sgd")
