"""DeepFM: a weight for each value, the pairs of values by their vectors, and a perceptron over the same vectors.

Source: Guo, Tang, Ye, Li and He (2017), "DeepFM: a factorization-machine based neural network for CTR prediction".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.models.deep.contract import DeepModel, DeepShape
from baihuo.models.deep.layers import (
    Dense,
    Layers,
    Linear,
    concatenated,
    output_layer,
    sum_over_pairs,
)
from baihuo.models.deep.onnx_graph import OnnxGraph

Floats = NDArray[np.float32]


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

    def add_to(self, graph: OnnxGraph) -> str:
        """As nodes: one look-up and one product for the linear part, the pairs and the first dense layer.

        The pairs are half of |sum of vectors|² less half of each |vector|², and the latter is of the value, like its weight: one extra
        column has both. The first product also sums vectors and that column.
        """
        if not self.shape.n_fields:
            x = graph.concatenated("vectors")
            deep = self.out.add_to(graph, self.layers.add_to(graph, x))
            return graph.add("Add", deep, self.linear.add_to(graph))
        if graph.has_more_than_rows:
            x = graph.concat_numbers(_with_alone(graph), self.shape.embedding_size + 1)
        else:
            squares = np.square(graph.values("vectors")).sum(1, keepdims=True)
            x = graph.concatenated("vectors", graph.values("weights") - 0.5 * squares)
        dense = [layer for layer in (*self.layers.dense, self.out) if isinstance(layer, Dense)]
        weight, bias = self._first_product(dense[0])
        widths = [len(bias) - self.shape.embedding_size - 1, self.shape.embedding_size, 1]
        deep, summed, linear = graph.split(graph.linear(x, weight, bias), widths)
        for layer in dense[1:]:
            deep = layer.add_to(graph, graph.add("Relu", deep), is_hidden=layer is not self.out)
        half = graph.constant(np.array(0.5, dtype=np.float32))
        length = graph.sum_over(graph.add("Mul", summed, summed), [1], keep=True)
        pairs = graph.add("Mul", length, half)
        return graph.add("Add", graph.add("Add", deep, linear), pairs)

    def _first_product(self, dense: Dense) -> tuple[Floats, Floats]:
        """Extend a dense layer over vectors and numbers by the extra column, with rows that sum vectors and that column."""
        size, n_fields, n_numbers = (
            self.shape.embedding_size,
            self.shape.n_fields,
            self.shape.n_numbers,
        )
        weight, bias = (p.detach().cpu().numpy() for p in (dense.weight, dense.bias))
        wide = np.zeros((len(bias) + size + 1, n_fields, size + 1), dtype=np.float32)
        wide[: len(bias), :, :size] = weight[:, : n_fields * size].reshape(-1, n_fields, size)
        wide[len(bias) : -1, :, :size] = np.eye(size)[:, None, :]
        wide[-1, :, size] = 1
        of_numbers = np.zeros((len(wide), n_numbers), dtype=np.float32)
        of_numbers[: len(bias)] = weight[:, n_fields * size :]
        of_numbers[-1] = self.linear.weight.detach().cpu().numpy()
        constant = self.linear.bias.detach().cpu().numpy()
        product = np.concatenate([wide.reshape(len(wide), -1), of_numbers], 1)
        return product, np.concatenate([bias, np.zeros(size, np.float32), constant])


def _with_alone(graph: OnnxGraph) -> str:
    """Append to each vector its own part of the sum: its weight minus half of |vector|². ``[rows, fields, width + 1]``.

    Texts and histories are not in a table: their column is computed for each row.
    """
    embedded = graph.embedded("vectors")
    squares = graph.sum_over(graph.add("Mul", embedded, embedded), [2], keep=True)
    half = graph.add("Mul", squares, graph.constant(np.array(0.5, dtype=np.float32)))
    own_part = graph.add("Sub", graph.embedded("weights"), half)
    return graph.add("Concat", embedded, own_part, axis=2)


NETWORK = DeepFm
