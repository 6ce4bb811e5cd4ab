"""TabM: several predictions of one perceptron, which sees the inputs with other signs for each; beside a linear part.

Each member scales the inputs by its own weights (a field at first by 1 or -1), shares the dense layers with the others and
has an output of its own. Members are fitted each by its own loss and averaged when they predict: most of what an ensemble gains, for one
table of embeddings and one set of layers.

Source: Gorishniy, Kotelnikov and Babenko (2025), "TabM: advancing tabular deep learning with parameter-efficient
ensembling", the variant TabM-mini; the linear part as in Cheng et al. (2016), "Wide & deep learning for recommender systems".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from baihuo.models.deep.contract import DeepModel, DeepShape
from baihuo.models.deep.layers import Layers, Linear, side_by_side
from baihuo.models.deep.onnx_graph import OnnxGraph

_OUT_STD = 0.01  # outputs start near 0


class TabM(DeepModel):
    """A linear part, and members that share a perceptron."""

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        n, m = shape.n_members, (shape.n_inputs, *shape.layers)[-1]
        self.linear = Linear(shape.n_numbers)
        self.scale = torch.nn.Parameter(_signs(shape))
        self.layers = Layers(shape.n_inputs, shape.layers, shape.dropout)
        self.weight = torch.nn.Parameter(torch.randn(n, m) * _OUT_STD)
        self.bias = torch.nn.Parameter(torch.zeros(n))

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector and one weight a value."""
        return {"vectors": shape.embedding_size, "weights": 1}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """In training ``[rows, members]``, else their mean ``[rows]``."""
        x = side_by_side(rows["vectors"], numbers, self.dtype)
        scaled = (x[:, None, :] * self.scale.to(self.dtype)).flatten(0, 1)
        hidden = self.layers(scaled).float().view(len(x), self.shape.n_members, -1)
        linear = self.linear(rows["weights"], numbers)
        members: torch.Tensor = (hidden * self.weight).sum(2) + self.bias + linear[:, None]
        return members if self.training else members.mean(1)

    def add_to(self, graph: OnnxGraph) -> str:
        """As nodes."""
        n, shape = self.shape.n_members, self.shape
        x = graph.side_by_side("vectors")
        x = graph.reshaped(x, -1, 1, shape.n_inputs)
        x = graph.add("Mul", x, graph.constant(_array(self.scale)[None]))
        x = self.layers.add_to(graph, graph.reshaped(x, -1, shape.n_inputs))
        x = graph.reshaped(x, -1, n, self.weight.shape[1])
        x = graph.sum_over(
            graph.add("Mul", x, graph.constant(_array(self.weight)[None] / n)), [1, 2]
        )
        x = graph.reshaped(x, -1, 1)
        x = graph.add("Add", x, graph.constant(_array(self.bias).mean(keepdims=True)))
        return graph.add("Add", x, self.linear.add_to(graph))


def _signs(shape: DeepShape) -> torch.Tensor:
    """``[members, inputs]``: 1 or -1, the same for all numbers of a vector."""
    signs = torch.randint(0, 2, (shape.n_members, shape.n_fields + shape.n_numbers)) * 2.0 - 1
    vectors = signs[:, : shape.n_fields].repeat_interleave(shape.embedding_size, 1)
    return torch.cat([vectors, signs[:, shape.n_fields :]], 1)


def _array(weight: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(weight.detach().cpu().numpy(), dtype=np.float32)


NETWORK = TabM
