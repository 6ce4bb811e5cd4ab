"""Multi-layer perceptron over concatenated embeddings and numbers."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Layers, concatenated, output_layer
from baihuo.models.deep.shape import DeepShape


class Mlp(DeepModel):
    """Dense layers with ReLU, then one output."""

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        self.layers = Layers(shape.n_inputs, shape.layers, shape.dropout)
        self.out = output_layer((shape.n_inputs, *shape.layers)[-1])

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector a value."""
        return {"vectors": shape.embedding_size}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """The last layer in float32: log-odds of three digits are not enough to order rows."""
        hidden = self.layers(concatenated(rows["vectors"], numbers, self.dtype))
        total: torch.Tensor = self.out(hidden.float()).squeeze(1)
        return total


NETWORK = Mlp
