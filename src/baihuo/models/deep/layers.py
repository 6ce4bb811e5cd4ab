"""Shared parts of networks: dense layers in a chosen precision, concatenated embeddings, the sum over pairs."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F


class Dense(torch.nn.Linear):
    """``x @ weight.T + bias`` in the precision of ``x``; the weights themselves stay float32."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[rows, n_in]`` to ``[rows, n_out]``."""
        return F.linear(x, self.weight.to(x.dtype), self.bias.to(x.dtype))


class Layers(torch.nn.Module):
    """Dense, ReLU, dropout for each size."""

    def __init__(self, n_in: int, sizes: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.dense = torch.nn.ModuleList(
            Dense(a, b) for a, b in zip((n_in, *sizes), sizes, strict=False)
        )
        for layer in self.dense:
            torch.nn.init.xavier_normal_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
        self.dropout = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[rows, n_in]`` to ``[rows, last size]``."""
        for layer in self.dense:
            x = F.relu(layer(x), inplace=True)
            if self.dropout:
                x = F.dropout(x, self.dropout, self.training)
        return x


class Linear(torch.nn.Module):
    """A weight for each value (looked up), one for each number, and a constant; all 0 at the start."""

    def __init__(self, n_numbers: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(n_numbers))
        self.bias = torch.nn.Parameter(torch.zeros(1))

    def forward(self, weights: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """``[rows, fields, 1]`` and ``[rows, numbers]`` to ``[rows]``."""
        return weights.sum((1, 2)) + numbers @ self.weight + self.bias


def output_layer(n_in: int) -> Dense:
    """Make a layer to one output, which starts near 0 for any input."""
    layer = Dense(n_in, 1)
    torch.nn.init.normal_(layer.weight, std=0.01)
    torch.nn.init.zeros_(layer.bias)
    return layer


def concatenated(embedded: torch.Tensor, numbers: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """``[rows, fields, width]`` and ``[rows, numbers]`` to ``[rows, fields * width + numbers]`` in ``dtype``."""
    flat = embedded.flatten(1)
    return torch.cat([flat.to(dtype), numbers.to(dtype)], 1)


class _SumOverPairs(torch.autograd.Function):
    """The sum over all pairs of fields of their dot product, without a tensor of pairs.

    With s the sum of the vectors: half of |s|² minus half of the sum of |v|²; its slope at v is s - v.
    """

    @staticmethod
    def forward(ctx: Any, vectors: torch.Tensor) -> torch.Tensor:
        total = vectors.sum(1)
        flat = vectors.flatten(1)
        ctx.save_for_backward(vectors, total)
        squares = torch.linalg.vector_norm(flat, dim=1).square()
        return 0.5 * (torch.linalg.vector_norm(total, dim=1).square() - squares)

    @staticmethod
    def backward(ctx: Any, *slopes: torch.Tensor) -> torch.Tensor:
        vectors, total = ctx.saved_tensors
        return (total[:, None, :] - vectors).mul_(slopes[0][:, None, None])


def sum_over_pairs(vectors: torch.Tensor) -> torch.Tensor:
    """``[rows, fields, width]`` to ``[rows]``: the second-order term of a factorisation machine.

    Source: Rendle (2010), equation 5.
    """
    total: torch.Tensor = _SumOverPairs.apply(vectors)
    return total
