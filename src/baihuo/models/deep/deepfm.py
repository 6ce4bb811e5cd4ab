"""DeepFM: a weight for each value, the pairs of values by their vectors, and a perceptron over the same vectors.

Source: Guo, Tang, Ye, Li and He (2017), "DeepFM: a factorization-machine based neural network for CTR prediction".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from baihuo.models.deep.contract import DeepModel, DeepShape
from baihuo.models.deep.layers import (
    Dense,
    Layers,
    Linear,
    concatenated,
    output_layer,
    sum_over_pairs,
)


class DeepFm(DeepModel):
    """The sum of a linear part, a factorisation machine and a perceptron."""

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        self.linear = Linear(shape.n_numbers)
        self.layers = Layers(shape.n_inputs, shape.layers, shape.dropout)
        self.out = output_layer((shape.n_inputs, *shape.layers)[-1])

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector and one weight a value."""
        return {"vectors": shape.embedding_size, "weights": 1}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """The sum of the three."""
        vectors = rows["vectors"]
        hidden = self.layers(concatenated(vectors, numbers, self.dtype))
        deep: torch.Tensor = self.out(hidden.float()).squeeze(1)
        linear: torch.Tensor = self.linear(rows["weights"], numbers)
        return linear + sum_over_pairs(vectors) + deep

    def faster(
        self, tables: dict[str, torch.Tensor]
    ) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
        """One product for the pairs and the first dense layer."""
        if not self.shape.n_fields:
            return self, tables
        alone = tables["weights"] - 0.5 * tables["vectors"].square().sum(1, keepdim=True)
        return _FasterDeepFm(self), {"vectors": tables["vectors"], "alone": alone}


class _FasterDeepFm(torch.nn.Module):
    """The pairs are half of |sum of vectors|² less half of each |vector|². The latter is of the value, like its weight (``alone``); the sum of the
    vectors comes from the product of the first dense layer.
    """

    def __init__(self, network: DeepFm) -> None:
        super().__init__()
        size, n_fields = network.shape.embedding_size, network.shape.n_fields
        first: Any = network.layers.dense[0] if len(network.layers.dense) else network.out
        rest = [*network.layers.dense, network.out][1:]
        self.widths = [first.out_features, size, 1]
        sums = torch.zeros(size + 1, first.in_features)
        sums[:size, : n_fields * size] = torch.eye(size).repeat(1, n_fields)
        sums[size, n_fields * size :] = network.linear.weight
        self.product = Dense(first.in_features, sum(self.widths))
        with torch.no_grad():
            self.product.weight.copy_(torch.cat([first.weight, sums]))
            constants = [first.bias, torch.zeros(size), network.linear.bias]
            self.product.bias.copy_(torch.cat(constants))
        self.layers = torch.nn.ModuleList(rest)

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """As :meth:`DeepFm.forward`."""
        product = self.product(concatenated(rows["vectors"], numbers, numbers.dtype))
        deep, total, linear = product.split(self.widths, 1)
        for layer in self.layers:
            deep = layer(torch.relu(deep))
        pairs = 0.5 * total.square().sum(1)
        return (deep + linear).squeeze(1) + rows["alone"].sum((1, 2)) + pairs


NETWORK = DeepFm
