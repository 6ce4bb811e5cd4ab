"""Logistic regression: a weight for each value of each field, and one for each number."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepNetwork, NetworkShape
from baihuo.models.deep.layers import output_layer
from baihuo.models.deep.onnx_graph import OnnxGraph


class Logistic(DeepNetwork):
    """Sees each field alone: no pairs."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__(shape)
        self.numbers = output_layer(shape.n_numbers)

    @staticmethod
    def tables(shape: NetworkShape) -> dict[str, int]:
        """One weight a value."""
        return {"weights": 1}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Their sum."""
        total: torch.Tensor = rows["weights"].sum((1, 2)) + self.numbers(numbers).squeeze(1)
        return total

    def add_to(self, graph: OnnxGraph) -> str:
        """As nodes."""
        return linear_part(graph, self.numbers)


def linear_part(graph: OnnxGraph, numbers: torch.nn.Linear) -> str:
    """The linear part of a network with a table ``weights``, as nodes: ``[rows, 1]``."""
    weight, bias = numbers.weight.detach().cpu().numpy(), numbers.bias.detach().cpu().numpy()
    terms = [graph.linear("numbers", weight, bias)] if graph.n_numbers else []
    if graph.n_fields:
        terms.append(graph.sum_over(graph.embedded("weights"), [1]))
    total = graph.add("Add", *terms) if len(terms) > 1 else terms[0]
    return total if graph.n_numbers else graph.add("Add", total, graph.constant(bias))


NETWORK = Logistic
