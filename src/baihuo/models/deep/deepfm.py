"""DeepFM: a weight for each value, the pairs of values by their vectors, and a perceptron over the same vectors.

Source: Guo, Tang, Ye, Li and He (2017), "DeepFM: a factorization-machine based neural network for CTR prediction".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from baihuo.models.deep.contract import DeepModel, DeepShape
from baihuo.models.deep.layers import Layers, Linear, output_layer, side_by_side, sum_over_pairs
from baihuo.models.deep.onnx_graph import OnnxGraph


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
        hidden = self.layers(side_by_side(vectors, numbers, self.dtype))
        deep: torch.Tensor = self.out(hidden.float()).squeeze(1)
        linear: torch.Tensor = self.linear(rows["weights"], numbers)
        return linear + sum_over_pairs(vectors) + deep

    def add_to(self, graph: OnnxGraph) -> str:
        """As nodes."""
        x = graph.side_by_side("vectors", self.shape.embedding_size)
        total = self.out.add_to(graph, self.layers.add_to(graph, x))
        total = graph.add("Add", total, self.linear.add_to(graph))
        if not self.shape.n_fields:
            return total
        vectors = graph.embedded("vectors")
        summed = graph.sum_over(vectors, [1])
        squares = graph.sum_over(graph.add("Mul", vectors, vectors), [1])
        pairs = graph.add("Sub", graph.add("Mul", summed, summed), squares)
        half = graph.constant(np.array(0.5, dtype=np.float32))
        pairs = graph.add("Mul", graph.sum_over(pairs, [1], keep=True), half)
        return graph.add("Add", total, pairs)


NETWORK = DeepFm
