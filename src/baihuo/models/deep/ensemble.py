"""Several networks side by side, each with tables and a loss of its own; they predict by the mean of their outputs.

They start from other random weights, and may be of other kinds: what each has learned by chance is not in the mean.

Source: Lakshminarayanan, Pritzel and Blundell (2017), "Simple and scalable predictive uncertainty estimation using deep ensembles".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from baihuo.models.deep.contract import IS_THERE, DeepModel, DeepShape
from baihuo.models.deep.onnx_graph import OnnxGraph
from baihuo.models.deep.registry import deep_model, kinds_named, single_deep_model


class Ensemble(torch.nn.Module):
    """Networks by name, ``each`` of every kind."""

    def __init__(self, name: str, shape: DeepShape, each: int) -> None:
        """New networks, by the global generator of torch.

        Raises:
            ValueError: no network has such a name.
        """
        super().__init__()
        self.shape = shape
        kinds = [kind for _ in range(each) for kind in kinds_named(name)]
        self.networks = torch.nn.ModuleList(single_deep_model(kind, shape) for kind in kinds)
        self.tables = {
            f"{number}.{table}": width
            for number, kind in enumerate(kinds)
            for table, width in deep_model(kind).tables(shape).items()
        }

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """In training ``[rows, networks]``, else their mean ``[rows]``."""
        outputs = []
        for number, network in enumerate(self.networks):
            own = {
                table.partition(".")[2]: vectors
                for table, vectors in rows.items()
                if table.partition(".")[0] == str(number)
            }
            if IS_THERE in rows:
                own[IS_THERE] = rows[IS_THERE]
            outputs.append(network(own, numbers))
        together = torch.stack(outputs, 1)
        return together if self.training else together.mean(1)

    def add_to(self, graph: OnnxGraph) -> str:
        """As nodes."""
        total = ""
        for number, network in enumerate(self.networks):
            with graph.tables_of(f"{number}."):
                output = network.add_to(graph)
            total = graph.add("Add", total, output) if total else output
        share = np.array(1 / len(self.networks), dtype=np.float32)
        return graph.add("Mul", total, graph.constant(share))


def build_deep_model(
    name: str, shape: DeepShape, *, each: int = 1, dtype: torch.dtype = torch.float32
) -> tuple[torch.nn.Module, dict[str, int]]:
    """A network, or several as one, and the tables that it looks up: name to the width of a row.

    Args:
        name: Of a network, or of several joined by ``+``.
        each: How many of each.
        dtype: Of the large products.

    Raises:
        ValueError: no network has such a name.
    """
    module: torch.nn.Module
    if each == 1 and len(kinds_named(name)) == 1:
        module, tables = single_deep_model(name, shape), deep_model(name).tables(shape)
    else:
        module = Ensemble(name, shape, each)
        tables = module.tables
    for part in module.modules():
        if isinstance(part, DeepModel):
            part.dtype = dtype
    return module, tables
