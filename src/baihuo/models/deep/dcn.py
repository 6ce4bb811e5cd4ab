"""DCN-V2: cross layers in parallel with a perceptron.

Source: Wang, Shivanna, Cheng, Jain, Lin, Hong and Chi (2021), "DCN V2: improved deep and cross network", equation 1,
parallel structure.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Dense, Layers, concatenated, output_layer
from baihuo.models.deep.shape import DeepShape


class Crosses(torch.nn.Module):
    """``x_next = x_first * (W x + b) + x``: each layer adds one degree to the polynomial of the inputs."""

    def __init__(self, n_in: int, n_crosses: int) -> None:
        super().__init__()
        self.crosses = torch.nn.ModuleList(Dense(n_in, n_in) for _ in range(n_crosses))
        for cross in self.crosses:
            torch.nn.init.xavier_normal_(cross.weight)
            torch.nn.init.zeros_(cross.bias)

    def forward(self, first: torch.Tensor) -> torch.Tensor:
        """``[rows, n_in]`` to the same shape."""
        x = first
        for cross in self.crosses:
            x = torch.addcmul(x, first, cross(x))
        return x


class Dcn(DeepModel):
    """Cross layers and a perceptron over the same inputs, then one output of both."""

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        self.crosses = Crosses(shape.n_inputs, shape.n_crosses)
        self.layers = Layers(shape.n_inputs, shape.layers, shape.dropout)
        self.out = output_layer(shape.n_inputs + (shape.n_inputs, *shape.layers)[-1])

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector a value."""
        return {"vectors": shape.embedding_size}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Run both, then one output."""
        x = concatenated(rows["vectors"], numbers, self.dtype)
        both = torch.cat([self.crosses(x).float(), self.layers(x).float()], 1)
        total: torch.Tensor = self.out(both).squeeze(1)
        return total


NETWORK = Dcn
