"""Several networks with separate tables and losses, which predict by the mean of their outputs.

They start from different random weights, and may be of different kinds: the mean averages out their noise. With ``stacking`` it is
weighted, with a constant.

Source: Lakshminarayanan, Pritzel and Blundell (2017), "Simple and scalable predictive uncertainty estimation using deep ensembles";
Breiman (1996), "Stacked regressions".
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.registry import deep_model, kinds_named, single_deep_model
from baihuo.models.deep.shape import IS_THERE, DeepShape


class Ensemble(torch.nn.Module):
    """Networks by name, ``each`` of every kind."""

    def __init__(self, name: str, shape: DeepShape, each: int, together: str = "mean") -> None:
        """Make new networks, by the global generator of torch. ``together``: how they predict.

        Raises:
            ValueError: no network has such a name.
        """
        super().__init__()
        self.shape, self.together = shape, together
        kinds = [kind for _ in range(each) for kind in kinds_named(name)]
        self.networks = torch.nn.ModuleList(single_deep_model(kind, shape) for kind in kinds)
        self.tables = {
            f"{number}.{table}": width
            for number, kind in enumerate(kinds)
            for table, width in deep_model(kind).tables(shape).items()
        }
        if together == "stacking":  # fitted elsewhere: not trained here
            shares, constant = torch.full((len(kinds),), 1 / len(kinds)), torch.zeros(1)
            self.shares = torch.nn.Parameter(shares, requires_grad=False)
            self.constant = torch.nn.Parameter(constant, requires_grad=False)

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """In training ``[rows, networks]``, each of which has a loss; else the one output ``[rows]``."""
        outputs = self.each(rows, numbers)
        if self.training:
            return outputs
        if self.together == "stacking":
            return outputs @ self.shares + self.constant
        return outputs.mean(1)

    def each(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """The output of each, ``[rows, networks]``."""
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
        return torch.stack(outputs, 1)

    def faster(
        self, tables: dict[str, torch.Tensor], *, joined: bool
    ) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
        """Each as fast as it can be."""
        found: dict[str, torch.Tensor] = {}
        for number, network in enumerate(self.networks):
            own = {n.partition(".")[2]: t for n, t in tables.items() if n.startswith(f"{number}.")}
            self.networks[number], own = network.faster(own, joined=joined)
            found |= {f"{number}.{name}": table for name, table in own.items()}
        return self, found


def build_deep_model(
    name: str,
    shape: DeepShape,
    *,
    each: int = 1,
    dtype: torch.dtype = torch.float32,
    together: str = "mean",
) -> tuple[torch.nn.Module, dict[str, int]]:
    """Build a network or an ensemble, with its tables: name to the width of a row.

    Args:
        name: Of a network, or of several joined by ``+``.
        each: How many of each.
        dtype: Of the large products.
        together: How several predict: ``mean`` or ``stacking``.

    Raises:
        ValueError: no network has such a name.
    """
    module: torch.nn.Module
    if each == 1 and len(kinds_named(name)) == 1:
        module, tables = single_deep_model(name, shape), deep_model(name).tables(shape)
    else:
        module = Ensemble(name, shape, each, together)
        tables = module.tables
    for part in module.modules():
        if isinstance(part, DeepModel):
            part.dtype = dtype
    return module, tables
