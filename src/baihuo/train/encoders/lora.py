"""Low-rank adapters: a layer stays as it is, and the product of two thin matrices is added to it.

Source: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models (2021). After training the product is added to the
layer's own weights, so what serves has the same size and speed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

RANK = 16


class LoraLinear(nn.Module):
    """A frozen linear layer and what is added to it."""

    def __init__(self, layer: nn.Linear, rank: int = RANK) -> None:
        super().__init__()
        self.layer = layer
        layer.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, layer.in_features) / layer.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        added = functional.linear(functional.linear(x, self.down), self.up)
        whole: Tensor = self.layer(x) + added
        return whole

    def merged(self) -> nn.Linear:
        """One layer that does the same."""
        with torch.no_grad():
            self.layer.weight += self.up @ self.down
        return self.layer


def add_adapters(model: nn.Module) -> int:
    """Put adapters beside every linear layer, in place, and freeze all else. Returns how many."""
    model.requires_grad_(False)
    found = [
        (parent, name, layer)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if isinstance(layer, nn.Linear)
    ]
    for parent, name, layer in found:
        parent.add_module(name, LoraLinear(layer))
    return len(found)


def merge_adapters(model: nn.Module) -> None:
    """Add what was learned to the layers, in place, and leave no adapter."""
    found = [
        (parent, name, layer)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if isinstance(layer, LoraLinear)
    ]
    for parent, name, layer in found:
        parent.add_module(name, layer.merged())
