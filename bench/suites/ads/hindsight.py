"""The most that hindsight could have made of a world's auctions: liquid welfare, exactly or by its dual bound.

Maximise over allocations x, and in each auction every place once and every candidate once at most,
``sum_j min(B_j, sum_i w_ij x_ij)``, where w is what an impression is truly worth to the advertiser (Dobzinski and Paes Leme 2014).
With a price 1 - b_j on each budget, any b in [0, 1] gives an upper bound by weak duality,
``sum_i best(b_j w_ij) + sum_j B_j (1 - b_j)``, whose minimum is the optimum of the linear programme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from suites.ads.world import EXAMINATION, World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Hindsight:
    """Of one day."""

    bound: float  # no allocation is worth more
    reached: float  # an allocation that is worth so much
    prices: Floats  # b of each campaign: below 1 where its budget binds


def dual_bound(rows: NDArray[np.intp], worth: Floats, budgets: Floats, n_steps: int) -> Hindsight:
    """Bound the optimum of one day.

    Args:
        rows: ``[auctions, candidates]``, of campaigns.
        worth: The same shape; of an impression that is looked at; 0: may not be shown.
        budgets: ``[campaigns]``.
        n_steps: Of the descent. The bound holds after any number of them.
    """
    b = np.ones(len(budgets))
    best_bound, reached, best = np.inf, 0.0, b
    for step in range(n_steps):
        scores = worth * b[rows]
        order = np.argpartition(-scores, len(EXAMINATION) - 1, axis=1)[:, : len(EXAMINATION)]
        top = np.take_along_axis(scores, order, axis=1)
        rank = np.argsort(-top, axis=1)
        order = np.take_along_axis(order, rank, axis=1)
        won = np.take_along_axis(worth, order, axis=1) * EXAMINATION
        paced = np.take_along_axis(top, rank, axis=1) * EXAMINATION
        value = np.bincount(
            np.take_along_axis(rows, order, axis=1).ravel(), won.ravel(), len(budgets)
        )
        bound = float(paced.sum() + (budgets * (1 - b)).sum())
        if bound < best_bound:
            best_bound, best = bound, b
        reached = max(reached, float(np.minimum(value, budgets).sum()))
        pull = np.log(np.maximum(budgets, 1e-9) / np.maximum(value, 1e-9))
        b = np.minimum(b * np.exp(np.clip(pull, -1, 1) * 0.5 / (1 + step / 10)), 1.0)
    return Hindsight(best_bound, reached, best)


def exactly(rows: NDArray[np.intp], worth: Floats, budgets: Floats) -> float:
    """Solve the linear programme by HiGHS; for some ten thousand auctions at most."""
    n, n_candidates = rows.shape
    n_places, n_campaigns = len(EXAMINATION), len(budgets)
    size = n * n_candidates * n_places
    auction, candidate, place = np.unravel_index(np.arange(size), (n, n_candidates, n_places))
    gain = worth[auction, candidate] * EXAMINATION[place]
    x = np.flatnonzero(gain > 0)
    auction, candidate, place, gain = auction[x], candidate[x], place[x], gain[x]
    columns, n_x = np.arange(len(x)), len(x)
    # Rows: each place once; each candidate once; u_j <= what j is given. Columns: x, then u.
    first, second = n * n_places, n * n_places + n * n_candidates
    at = np.concatenate(
        [
            auction * n_places + place,
            first + auction * n_candidates + candidate,
            second + rows[auction, candidate],
            second + np.arange(n_campaigns),
        ]
    )
    across = np.concatenate([columns, columns, columns, n_x + np.arange(n_campaigns)])
    cells = np.concatenate([np.ones(2 * n_x), -gain, np.ones(n_campaigns)])
    limits = np.concatenate([np.ones(second), np.zeros(n_campaigns)])
    solved = linprog(
        np.concatenate([np.zeros(n_x), -np.ones(n_campaigns)]),
        A_ub=coo_array((cells, (at, across)), shape=(second + n_campaigns, n_x + n_campaigns)),
        b_ub=limits,
        bounds=np.column_stack(
            [np.zeros(n_x + n_campaigns), np.concatenate([np.ones(n_x), budgets])]
        ),
        method="highs",
    )
    if not solved.success:
        raise RuntimeError(solved.message)
    return float(-solved.fun)


def of_days(world: World, n_steps: int = 60) -> list[Hindsight]:
    """Bound each day of a world."""
    days: list[Hindsight] = []
    rows: list[NDArray[np.intp]] = []
    worth: list[Floats] = []
    for tick in world.ticks():
        there = world.present(tick.start)[tick.rows] & (tick.rows >= 0)
        willing = world.willing(tick.rows, tick.p_click, tick.p_purchase)
        rows.append(np.maximum(tick.rows, 0))
        worth.append(np.where(there, willing * tick.p_click, 0.0))
        if (tick.start + 1e-6) // 24 == len(days) and len(rows) == 24 * 12:
            days.append(
                dual_bound(np.concatenate(rows), np.concatenate(worth), world.budgets, n_steps)
            )
            rows, worth = [], []
    return days
