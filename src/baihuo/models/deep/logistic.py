"""Logistic regression: a weight for each value of each field, and one for each number."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Linear
from baihuo.models.deep.shape import DeepShape


class Logistic(DeepModel):
    """Sees each field alone: no pairs."""

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        self.linear = Linear(shape.n_numbers)

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One weight a value."""
        return {"weights": 1}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Their sum."""
        total: torch.Tensor = self.linear(rows["weights"], numbers)
        return total


NETWORK = Logistic
