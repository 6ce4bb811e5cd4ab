"""Choose what to fix first in few hours: the most valuable set of kinds."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np


def best_within(
    values: Sequence[float], minutes: Sequence[float], *, budget_minutes: float
) -> list[int]:
    """Return the most valuable items within a budget: 0/1 knapsack, exact to whole minutes (each rounded up). Items without a positive
    value are left out.

    Returns:
        Their numbers, most value an hour first.

    Raises:
        ValueError: lengths differ, or a time or the budget is negative.

    >>> best_within([60, 100, 120], [10, 20, 30], budget_minutes=50)
    [1, 2]
    """
    if len(values) != len(minutes) or min(minutes, default=0) < 0 or budget_minutes < 0:
        raise ValueError("each value needs a time, and no time is below 0")
    budget = int(min(budget_minutes, sum(map(ceil, minutes))))
    costs = [ceil(m) for m in minutes]
    best = np.zeros(budget + 1)
    takes = []  # by item: at which budgets it is taken
    for value, cost in zip(values, costs, strict=True):
        taken = np.zeros(budget + 1, bool)
        if value > 0 and cost <= budget:
            with_it = np.concatenate([np.full(cost, -np.inf), best[: budget + 1 - cost] + value])
            taken = with_it > best
            best = np.where(taken, with_it, best)
        takes.append(taken)
    left, chosen = budget, []
    for item in range(len(values) - 1, -1, -1):
        if takes[item][left]:
            chosen.append(item)
            left -= costs[item]
    return sorted(chosen, key=lambda i: (-values[i] / max(minutes[i], 1e-9), i))
