"""Optimisers that change weights in place: the same formula for a dense layer and for the touched rows of a table.

Rows that a batch did not touch keep their weights and their moments, as in :class:`torch.optim.SparseAdam`: a step costs
what the batch costs, not what the vocabulary costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

_DECAY, _SQUARE_DECAY, _EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Optimiser:
    """``adam`` (Kingma and Ba 2015), ``adamw``, with decoupled decay (Loshchilov and Hutter 2019), or ``sgd``, plain gradient descent.

    ``l2``: the slope of a penalty added to the gradient; of ``adamw`` the decay.
    """

    name: str
    l2: float = 0.0

    @property
    def n_moments(self) -> int:
        """How many arrays beside the weights it keeps."""
        return 0 if self.name == "sgd" else 2

    def move(
        self,
        weights: torch.Tensor,
        slopes: torch.Tensor,
        moments: Sequence[torch.Tensor],
        rate: float,
        step: int,
    ) -> None:
        """Change weights and moments, of one shape, in place. Adam is corrected for the start by the number of all steps, also where a
        row is rare.

        Args:
            slopes: Of the loss; may be overwritten.
            step: 1 at the first.
        """
        if self.name == "adamw":
            weights.mul_(1 - rate * self.l2)
        elif self.l2:
            slopes.add_(weights, alpha=self.l2)
        if self.name == "sgd":
            weights.add_(slopes, alpha=-rate)
            return
        mean, square = moments
        mean.lerp_(slopes, 1 - _DECAY)
        square.mul_(_SQUARE_DECAY).addcmul_(slopes, slopes, value=1 - _SQUARE_DECAY)
        # epsilon stands beside the corrected root, so it is scaled with it
        root = (1 - _SQUARE_DECAY**step) ** 0.5
        torch.sqrt(square, out=slopes).add_(_EPSILON * root)
        weights.addcdiv_(mean, slopes, value=-rate * root / (1 - _DECAY**step))
