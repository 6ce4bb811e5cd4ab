"""Shapley values of any function: the formula over all orders, and what they must sum to."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from baihuo.models import shapley


def worth(known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Two inputs count only together, one alone, and one not at all."""
    a, b, c, _ = known.T.astype(float)
    return 3 * a * b + 2 * c + 1


def test_they_are_the_mean_of_what_an_input_adds_over_all_orders_in_which_inputs_become_known() -> (
    None
):
    expected, orders = np.zeros(4), list(permutations(range(4)))
    for order in orders:
        known = np.zeros((1, 4), dtype=bool)
        for one in order:
            before = worth(known)[0]
            known[0, one] = True
            expected[one] += (worth(known)[0] - before) / len(orders)
    found = shapley(worth, 4, n_orders=400)
    assert found == pytest.approx(expected, abs=0.1)
    assert found == pytest.approx([1.5, 1.5, 2, 0], abs=0.1)


@pytest.mark.parametrize("n_orders", [1, 2, 32])
def test_they_sum_to_the_difference_whatever_orders_are_drawn(n_orders: int) -> None:
    found = shapley(worth, 4, n_orders=n_orders)
    assert found.sum() == pytest.approx(5)
    assert (
        found[0] == found[1] == 1.5
    )  # an order and its reverse share an interaction of two evenly
    assert found[3] == 0
