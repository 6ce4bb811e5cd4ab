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


def funnel(
    outputs: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    groups: torch.Tensor | None,
) -> torch.Tensor:
    """Cross-entropy of the first outcome and of both, on all rows, in nats.

    ``outputs``: log-odds ``[rows, 2]`` of the first, and of the second after it; ``labels``: 0, 1, or 2 for both.
    """
    first = F.binary_cross_entropy_with_logits(
        outputs[:, 0], (labels >= 1).float(), reduction="none"
    )
    log_both = F.logsigmoid(outputs).sum(1)
    # log(1 - p), exact also where p is near 0
    log_not = torch.log(-torch.expm1(log_both.clamp_max(-1e-6)))
    both = -torch.where(labels >= 2, log_both, log_not)
    return _mean(first + both, weights)


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
    """A loss by its name; of several outputs a row (``[rows, members]``) that of each, ``[members]``.

    The two outputs of ``funnel`` are of two outcomes, and have one loss.
    """
    loss = LOSSES[name]
    if outputs.dim() == 1 or name == "funnel":
        return loss(outputs, labels, weights, groups)
    return torch.stack([loss(o, labels, weights, groups) for o in outputs.unbind(1)])


def mass_of(
    name: str,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    groups: torch.Tensor | None,
) -> torch.Tensor:
    """What the mean of a loss is divided by: rows or groups, or their weights.

    The loss of some rows is that of its parts, each counted by its mass over the sum of these.
    """
    if name == "softmax":
        assert groups is not None
        _, number = torch.unique_consecutive(groups, return_inverse=True)
        n_groups = int(number[-1]) + 1 if len(number) else 0
        labels = labels if weights is None else labels * weights
        return (labels.new_zeros(n_groups).index_add(0, number, labels) > 0).sum()
    return labels.new_tensor(len(labels)) if weights is None else weights.sum()


LOSSES: dict[str, Loss] = {
    "binary": binary,
    "squared": squared,
    "softmax": softmax,
    "funnel": funnel,
}
