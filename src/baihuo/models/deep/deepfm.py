"""DeepFM: a weight for each value, the pairs of values by their vectors, and a perceptron over the same vectors.

Source: Guo, Tang, Ye, Li and He (2017), "DeepFM: a factorization-machine based neural network for CTR prediction".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import (
    Dense,
    Layers,
    Linear,
    concatenated,
    output_layer,
    sum_over_pairs,
)
from baihuo.models.deep.shape import DeepShape


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
        self, tables: dict[str, torch.Tensor], *, joined: bool
    ) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
        """One product for the pairs, the first dense layer and, with one look-up, the weights of values."""
        if not self.shape.n_fields:
            return self, tables
        alone = tables["weights"] - 0.5 * tables["vectors"].square().sum(1, keepdim=True)
        if joined:
            return _FasterDeepFm(self, 1), {"vectors": torch.cat([tables["vectors"], alone], 1)}
        return _FasterDeepFm(self, 0), {"vectors": tables["vectors"], "alone": alone}


class _FasterDeepFm(torch.nn.Module):
    """The pairs are half of |sum of vectors|² less half of each |vector|². The latter is of the value, like its weight (``alone``); the sum of the
    vectors comes from the product of the first dense layer.
    """

    def __init__(self, network: DeepFm, n_alone: int) -> None:
        """``n_alone``: 1 where each vector has ``alone`` as its last number, else 0."""
        super().__init__()
        size, n_fields = network.shape.embedding_size, network.shape.n_fields
        layers: list[Any] = [*network.layers.dense, network.out]
        first, n_in = layers[0], n_fields * size
        self.widths = [first.out_features, size, 1]
        weight = torch.zeros(sum(self.widths), n_fields, size + n_alone)
        weight[: self.widths[0], :, :size] = first.weight[:, :n_in].unflatten(1, (n_fields, size))
        weight[self.widths[0] : -1, :, :size] = torch.eye(size)[:, None]
        weight[-1, :, size:] = 1
        sums = torch.zeros(size, network.shape.n_numbers)
        of_numbers = torch.cat([first.weight[:, n_in:], sums, network.linear.weight[None]])
        self.product = Dense(n_in + n_fields * n_alone + of_numbers.shape[1], sum(self.widths))
        with torch.no_grad():
            self.product.weight.copy_(torch.cat([weight.flatten(1), of_numbers], 1))
            constants = [first.bias, torch.zeros(size), network.linear.bias]
            self.product.bias.copy_(torch.cat(constants))
        self.layers = torch.nn.ModuleList(layers[1:])

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """As :meth:`DeepFm.forward`."""
        product = self.product(concatenated(rows["vectors"], numbers, numbers.dtype))
        deep, total, linear = product.split(self.widths, 1)
        for layer in self.layers:
            deep = layer(torch.relu(deep))
        output = (deep + linear).squeeze(1) + 0.5 * total.square().sum(1)
        return output + rows["alone"].sum((1, 2)) if "alone" in rows else output


NETWORK = DeepFm
