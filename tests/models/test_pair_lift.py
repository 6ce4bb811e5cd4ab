"""Lift of pairs in baskets, on shops whose truth is plain."""

from __future__ import annotations

import numpy as np

from baihuo.models import Baskets, PairLift

NOW_US = 1_700_000_000_000_000


def shop(orders: list[list[int]], n_products: int) -> Baskets:
    lines = [(order, product) for order, products in enumerate(orders) for product in products]
    order, product = (np.array(column) for column in zip(*lines, strict=True))
    n = len(lines)
    return Baskets(
        order.astype(np.int32),
        product.astype(np.int32),
        order.astype(np.int64),
        np.full(n, NOW_US - 1, np.int64),
        np.ones(n, np.float32),
        np.full(n, 100, np.float32),
        len(orders),
        n_products,
    )


def beside(fitted: PairLift, product: int) -> list[int]:
    return [int(other) for other in fitted.neighbours.nearest(product)[0]]


def test_what_everybody_buys_goes_with_nothing_however_often_it_is_there() -> None:
    """Product 0 is in 60% of all orders, whatever else; 1 and 2 are bought together in a third of the orders of 1."""
    rng = np.random.default_rng(3)
    orders = []
    for n in range(2_000):
        cart = [0] if rng.random() < 0.6 else []
        cart.append(1 if n % 10 == 0 else 3 + n % 17)
        if n % 10 == 0 and rng.random() < 1 / 3:
            cart.append(2)
        orders.append(cart)
    fitted = PairLift.fit(shop(orders, 20), at_us=NOW_US)
    assert beside(fitted, 1)[0] == 2
    strongest = fitted.neighbours.weights.toarray()
    assert strongest[1, 2] > 5 * strongest[1:, 0].max()


def test_independent_baskets_of_any_size_have_hardly_a_pair() -> None:
    """Sizes of 1 to 40: large baskets have every pair, which says nothing."""
    rng = np.random.default_rng(4)
    share = 1 / np.arange(3, 63)
    orders = [
        rng.choice(
            60, int(rng.choice([1, 2, 5, 40])), replace=False, p=share / share.sum()
        ).tolist()
        for _ in range(1_500)
    ]
    weights = PairLift.fit(shop(orders, 60), at_us=NOW_US).neighbours.weights
    assert (
        weights.nnz < 0.05 * 60 * 59
    )  # of all pairs, most of which are together in hundreds of baskets
    together = [[*order, 7, 9] if n % 20 == 0 else order for n, order in enumerate(orders)]
    planted = PairLift.fit(
        shop([sorted(set(order)) for order in together], 60), at_us=NOW_US
    ).neighbours.weights
    assert planted[7].argmax() == 9
    assert planted[9].argmax() == 7


def test_kinds_that_go_together_lend_their_lift_to_products_that_nobody_paired() -> None:
    """Phones 0-9 go with cases 10-19; phone 9 was never bought with anything, and buyers of phones compare phones."""
    rng = np.random.default_rng(5)
    orders = []
    for n in range(1_200):
        if n % 2:  # who buys neither
            orders.append(sorted({20 + int(i) for i in rng.integers(30, size=1 + n % 3)}))
            continue
        phone = n // 2 % 10
        cart = [phone]
        if phone != 9 and rng.random() < 0.3:
            cart.append(10 + int(rng.integers(10)))
        if rng.random() < 0.5:
            cart.append((phone + 1) % 9 if phone != 9 else 9)
        cart += [20 + int(rng.integers(30))] if rng.random() < 0.2 else []
        orders.append(sorted(set(cart)))
    kinds = np.array([0] * 10 + [1] * 10 + [2 + i // 5 for i in range(30)])
    with_kinds = PairLift.fit(shop(orders, 50), at_us=NOW_US, kinds=kinds)
    assert {int(kinds[p]) for p in beside(with_kinds, 9)[:10]} == {1}
    alone = PairLift.fit(shop(orders, 50), at_us=NOW_US)
    assert not {int(kinds[p]) for p in beside(alone, 9)} & {1}


def test_nothing_is_seen_from_the_time_on_and_no_product_goes_with_itself() -> None:
    world = shop([[0, 1], [0, 1], [0, 1], [2], [3], [2, 3]] * 20, 4)
    assert PairLift.fit(world, at_us=NOW_US - 1).neighbours.weights.nnz == 0
    fitted = PairLift.fit(world, at_us=NOW_US)
    assert beside(fitted, 0) == [1]
    assert fitted.neighbours.weights.diagonal().sum() == 0
    one = shop([[0]], 1)
    assert PairLift.fit(one, at_us=NOW_US).neighbours.weights.nnz == 0
