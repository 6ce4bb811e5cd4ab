"""Data values against all orders in which rows could come, and the budget against all choices."""

from __future__ import annotations

from itertools import combinations, permutations
from math import factorial

import numpy as np
import pytest

from baihuo.valuation import balanced, best_within, knn_shapley, value_of_groups


def by_all_orders(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, of_test: np.ndarray, k: int
) -> np.ndarray:
    """Shapley's definition, one order at a time."""

    def worth(rows: list[int]) -> float:
        total = 0.0
        for x, y in zip(test, of_test, strict=True):
            nearest = sorted(rows, key=lambda i: ((train[i] - x) ** 2).sum())[:k]
            total += sum(labels[i] == y for i in nearest) / k
        return total / len(test)

    values = np.zeros(len(train))
    for order in permutations(range(len(train))):
        before, present = 0.0, []
        for row in order:
            present.append(row)
            values[row] += worth(present) - before
            before = worth(present)
    return values / factorial(len(train))


@pytest.mark.parametrize(("n", "k"), [(6, 3), (3, 5), (5, 1)])
def test_values_are_those_of_all_orders(n: int, k: int) -> None:
    rng = np.random.default_rng(n)
    train, labels = rng.normal(size=(n, 2)), rng.integers(0, 2, n)
    test, of_test = rng.normal(size=(3, 2)), rng.integers(0, 2, 3)
    found = knn_shapley(train, labels, test, of_test, k=k)
    np.testing.assert_allclose(found, by_all_orders(train, labels, test, of_test, k), atol=1e-6)


def test_a_flipped_label_is_worth_least() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(-3, 1, (40, 2)), rng.normal(3, 1, (40, 2))])
    y = np.repeat([0, 1], 40)
    dirty = y.copy()
    dirty[7] = 1
    values = knn_shapley(x, dirty, x + 0.01, y, k=5, weights=balanced(y))
    assert values.argmin() == 7
    assert values[7] < 0


def test_no_row_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 training rows"):
        knn_shapley(np.zeros((0, 2)), np.zeros(0), np.zeros((1, 2)), np.zeros(1))


def test_rows_of_a_visitor_are_worth_their_sum() -> None:
    found = value_of_groups(np.array([1.0, -2.0, 0.5]), np.array(["a", "b", "a"]))
    assert found.tolist() == [1.5, -2.0, 1.5]


def test_the_budget_is_spent_as_the_best_of_all_choices_would() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        values = rng.normal(1, 2, 7).tolist()
        minutes = rng.integers(0, 20, 7).astype(float).tolist()
        chosen = best_within(values, minutes, budget_minutes=30)
        best = max(
            sum(values[i] for i in some)
            for n in range(8)
            for some in combinations(range(7), n)
            if sum(minutes[i] for i in some) <= 30
        )
        assert sum(minutes[i] for i in chosen) <= 30
        assert sum(values[i] for i in chosen) == pytest.approx(best)
        assert all(values[i] > 0 for i in chosen)
