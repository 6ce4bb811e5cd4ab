"""What transforms add to the purchase ranker, on orders whose pattern is known."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.models.baskets import DAY_US, Baskets
from baihuo.train.purchases.learn import PurchaseTraining
from suites.features.purchase_columns import COLUMNS, LINES, MORE, ProductColumns
from suites.features.purchases import purchase_feature_report

WINDOW_US = 30 * DAY_US


@pytest.fixture(scope="module")
def lines() -> Baskets:
    """120 visitors of four tastes; a visit every ten days or so, four of their taste's ten products each time."""
    rng, made = np.random.default_rng(1), []
    for order in range(3000):
        visitor, day = int(rng.integers(120)), float(rng.random() * 300)
        for product in rng.choice(10, 4, replace=False):
            made.append((visitor, visitor % 4 * 10 + int(product), order, int(day * DAY_US)))
    columns = np.array(sorted(made, key=lambda line: line[3]), np.int64).T
    visitors, products, orders, at_us = columns
    n = len(visitors)
    return Baskets(
        visitors.astype(np.int32),
        products.astype(np.int32),
        orders,
        at_us,
        np.ones(n, np.float32),
        np.full(n, 500, np.float32),
        120,
        40,
    )


@pytest.fixture(scope="module")
def titles() -> list[str]:
    kinds = ("kettle red", "shoe blue", "lamp green", "cup white")
    return [f"{kinds[p // 10]} {p % 3}" for p in range(40)]


def test_products_of_one_taste_are_together(lines: Baskets, titles: list[str]) -> None:
    known = ProductColumns.before(lines, 301 * DAY_US, titles, WINDOW_US, seed=1)
    likeness = known.together @ known.together.T
    same = (np.arange(40) // 10)[:, None] == np.arange(40) // 10
    np.fill_diagonal(same, False)
    assert likeness[same].mean() > likeness[~same].mean() + 0.5


def test_the_share_that_bought_again_is_counted_in_the_past_alone(
    lines: Baskets, titles: list[str]
) -> None:
    cut_us = 200 * DAY_US
    past = lines.before(cut_us)
    known = ProductColumns.before(past, cut_us, titles, WINDOW_US, seed=1)
    pair = past.visitor * 40 + past.product
    older, newer = (
        pair[mask] for mask in (past.at_us < cut_us - WINDOW_US, past.at_us >= cut_us - WINDOW_US)
    )
    had = np.unique(older)
    again = np.isin(had, newer)
    of_3, prior = again[had % 40 == 3], again.mean()
    expected = (of_3.sum() + 20 * prior) / (len(of_3) + 20)
    assert known.rebought[3] == pytest.approx(expected, rel=1e-5)


def test_the_report_has_a_row_a_line_and_two_of_chance(lines: Baskets, titles: list[str]) -> None:
    base, gains = purchase_feature_report(
        lines,
        test_from_us=260 * DAY_US,
        titles=titles,
        n_seeds=1,
        threads=1,
        training=PurchaseTraining(n_windows=2, max_visitors=100),
    )
    assert [g.name for g in gains] == ["other seeds", "noise", *LINES, "all lines"]
    assert 0.5 < base["recall20"] <= 1
    assert all(g.recall20.low <= g.recall20.mid <= g.recall20.high for g in gains)
    assert gains[-1].n_columns == len(MORE) == len(COLUMNS) - base["n_columns"]
