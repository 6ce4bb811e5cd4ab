"""Losses of a network's outputs against labels; each is a mean over rows or groups, weighted."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional as F

Loss = Callable[
    [torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None], torch.Tensor
]
"""Outputs, labels, weights or None, and the group of each row or None: all ``[rows]``."""


_LEAST = 1e-12  # of a sum of weights: where all are 0, the loss is


def binary(
    outputs: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    groups: torch.Tensor | None,
) -> torch.Tensor:
    """Cross-entropy of log-odds, in nats."""
    if weights is None:
        return F.binary_cross_entropy_with_logits(outputs, labels)
    return F.binary_cross_entropy_with_logits(
        outputs, labels, weight=weights / weights.mean().clamp_min(_LEAST)
    )


def squared(
    outputs: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    groups: torch.Tensor | None,
) -> torch.Tensor:
    """Mean squared error."""
    return _mean((outputs - labels).square(), weights)


def softmax(
    outputs: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    groups: torch.Tensor | None,
) -> torch.Tensor:
    """Cross-entropy of each group's labels, which share one unit, against the softmax of its outputs.

    Source: Cao, Qin, Liu, Tsai and Li (2007), ListNet with the top one.
    """
    assert groups is not None
    _, number = torch.unique_consecutive(groups, return_inverse=True)
    n_groups = int(number[-1]) + 1
    highest = outputs.new_full((n_groups,), -torch.inf)
    highest = highest.scatter_reduce(0, number, outputs.detach(), "amax")
    shifted = outputs - highest[number]
    total = outputs.new_zeros(n_groups).index_add(0, number, shifted.exp())
    labels = labels if weights is None else labels * weights
    mass = outputs.new_zeros(n_groups).index_add(0, number, labels)
    share = labels / mass.clamp_min(1e-12)[number]
    lost = -(share * (shifted - total.log()[number]))
    return lost.sum() / (mass > 0).sum().clamp_min(1)


def _mean(values: torch.Tensor, weights: torch.Tensor | None) -> torch.Tensor:
    return (
        values.mean()
        if weights is None
        else (values * weights).sum() / weights.sum().clamp_min(_LEAST)
    )


def loss_of(
    name: str,
    outputs: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    groups: torch.Tensor | None,
) -> torch.Tensor:
    """A loss by its name; of several outputs a row (``[rows, members]``) that of each, ``[members]``."""
    loss = LOSSES[name]
    if outputs.dim() == 1:
        return loss(outputs, labels, weights, groups)
    return torch.stack([loss(o, labels, weights, groups) for o in outputs.unbind(1)])


LOSSES: dict[str, Loss] = {
    "binary": binary,
    "squared": squared,
    "softmax": softmax,
}
