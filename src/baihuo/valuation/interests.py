"""The model of interests: nearest products and popularity, tested on visitors' next products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.special import expit

from baihuo.evaluate import ndcg_by_query
from baihuo.models import Baskets, ItemKnn, Popularity
from baihuo.valuation.rows import CLICK, IMPRESSION, PURCHASE, EventRows, ProductColumns

# The model of clicks: logistic regression on product, category, brand, surface and position.


_POSITIONS = 30  # further down counts as the last
_L2 = 1.0  # of one weight, per row
_STEPS = 80
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Impressions:
    """Impressions, one for each page and product."""

    row: NDArray[np.int64]  # [impressions], of the events
    is_clicked: Floats  # [impressions], 0 or 1


@dataclass(frozen=True, slots=True, eq=False)
class ClickModel:
    """Weights of one-hot inputs, the constant last."""

    weights: Floats


def impressions(rows: EventRows, chosen: Mask) -> Impressions:
    """The impressions among chosen rows, with whether a chosen click followed on the same page."""
    has_page = chosen & (rows.page >= 0) & (rows.product >= 0)
    key = rows.page * len(rows.product_ids) + rows.product
    seen = np.flatnonzero(has_page & (rows.event == IMPRESSION))
    _, first = np.unique(key[seen], return_index=True)
    seen = seen[np.sort(first)]
    clicked = np.isin(key[seen], key[has_page & (rows.event == CLICK)])
    return Impressions(seen, clicked.astype(np.float64))


def inputs(rows: EventRows, products: ProductColumns, seen: Impressions) -> sparse.csr_matrix:
    """``[impressions, inputs]``, one-hot: product, category, brand, surface with position, and a 1."""
    product = rows.product[seen.row]
    place = np.clip(rows.position[seen.row], -1, _POSITIONS) + 1
    columns, width = [], 0
    category = np.unique(products.category, return_inverse=True)[1]
    brand = np.unique(products.brand, return_inverse=True)[1]
    surface = (rows.surface[seen.row] + 1) * (_POSITIONS + 2) + place
    sizes = (
        len(products.category),
        len(products.category),
        len(products.category),
        (rows.n_surfaces + 1) * (_POSITIONS + 2),
        1,
    )
    of_rows = (product, category[product], brand[product], surface, np.zeros_like(product))
    for values, size in zip(of_rows, sizes, strict=True):
        columns.append(values + width)
        width += size
    indices = np.stack(columns, axis=1).ravel()
    indptr = np.arange(0, len(indices) + 1, len(columns))
    return sparse.csr_matrix((np.ones(len(indices)), indices, indptr), (len(product), width))


def fit_clicks(
    x: sparse.csr_matrix, is_clicked: Floats, start: ClickModel | None = None
) -> ClickModel:
    """Fit by L-BFGS with L2, from ``start`` if given, which only saves steps.

    Args:
        x: ``[rows, inputs]``, the constant last, which is not regularised.
        is_clicked: ``[rows]``, 0 or 1.
    """
    n, width = x.shape
    penalty = np.full(width, _L2 / max(n, 1))
    penalty[-1] = 0.0
    first = np.zeros(width)
    if start is not None:
        first = start.weights
    else:
        share = (is_clicked.sum() + 1) / (n + 2)
        first[-1] = np.log(share / (1 - share))
    turned = x.T.tocsr()

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = x @ weights
        value = float(
            (np.logaddexp(0, odds) - is_clicked * odds).mean() + 0.5 * penalty @ weights**2
        )
        return value, turned @ ((expit(odds) - is_clicked) / n) + penalty * weights

    found = optimize.minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return ClickModel(np.asarray(found.x, np.float64))


def losses(model: ClickModel, x: sparse.csr_matrix, is_clicked: Floats) -> Floats:
    """``[rows]``: log-loss in nats."""
    odds = x @ model.weights
    return np.asarray(np.logaddexp(0, odds) - is_clicked * odds, np.float64)


K = 20  # positions of the tested page
MAX_PRODUCTS = 6_000  # the most frequent; the model has a number for each pair
_AT_ONCE = 2_000  # visitors scored at a time
Mask: TypeAlias = NDArray[np.bool_]
Fold: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class InterestTest:
    """Products of each tested visitor in a fold."""

    visitors: NDArray[np.int64]  # [visitors]
    gains: sparse.csr_matrix  # [visitors, products]: 1 click, 2 cart, 3 purchase
    turns: sparse.csr_matrix  # [visitors, products]: number of turns
    money: sparse.csr_matrix  # [visitors, products]: minor units, of a piece a turn
    fold: Fold


@dataclass(frozen=True, slots=True, eq=False)
class InterestScores:
    """By tested visitor."""

    ndcg: Floats  # [visitors], 0 to 1
    turns: Floats  # [visitors]: turns to products found on the page, discounted by position
    money: Floats  # [visitors]: the same at the price of each, minor units


def interest_test(rows: EventRows, believed: Mask, prices: Floats, fold: Fold) -> InterestTest:
    """Return the test of a fold's active visitors.

    Args:
        believed: ``[rows]`` that may be tested on.
        prices: ``[products]`` of the catalogue, for purchases without one; minor units.
    """
    _, from_us, until_us = fold
    tested = believed & _is_interest(rows) & (rows.at_us >= from_us) & (rows.at_us < until_us)
    visitors, row = np.unique(rows.visitor[tested], return_inverse=True)
    shape = (len(visitors), len(rows.product_ids))
    product, event = rows.product[tested], rows.event[tested]
    gains = np.asarray(event - CLICK + 1, np.float64)
    best = _largest(row, product, gains, shape)
    price = np.where(np.isnan(rows.price[tested]), prices[product], rows.price[tested])
    turns = sparse.csr_matrix((np.ones(len(row)), (row, product)), shape=shape)
    money = sparse.csr_matrix((np.nan_to_num(price), (row, product)), shape=shape)
    return InterestTest(visitors, best, turns, money, fold)


def interest_scores(rows: EventRows, learned: Mask, test: InterestTest) -> InterestScores:
    """Learn from ``learned`` rows before the fold, and test on its visitors."""
    cut_us = test.fold[0]
    chosen = learned & _is_interest(rows) & (rows.at_us < cut_us)
    n_products = len(rows.product_ids)
    counted = np.bincount(rows.product[chosen], minlength=n_products)
    kept = np.sort(np.argsort(-counted, kind="stable")[:MAX_PRODUCTS])
    kept = kept[counted[kept] > 0]
    number = np.full(n_products, -1, np.int64)
    number[kept] = np.arange(len(kept))
    chosen &= number[rows.product] >= 0
    baskets = _baskets(rows, chosen, number, len(kept))
    knn, popular = ItemKnn.fit(baskets, at_us=cut_us), Popularity.fit(baskets, at_us=cut_us)
    share = popular.buyers / max(popular.buyers.max(initial=0.0), 1e-9)
    owned = baskets.matrix()
    ndcg, turns, money = [], [], []
    for start in range(0, len(test.visitors), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        scores = knn.neighbours.scores_of(owned[test.visitors[some]])
        scores = scores + 0.01 * share  # ties, and visitors without a history
        best = _best(scores, K)
        gains = _at(test.gains[some][:, kept], best)
        ideal = _padded(test.gains[some], K)
        ndcg.append(ndcg_by_query(gains, k=K, ideal=ideal))
        discount = 1 / np.log2(np.arange(best.shape[1]) + 2)
        turns.append((_at(test.turns[some][:, kept], best) * discount).sum(axis=1))
        money.append((_at(test.money[some][:, kept], best) * discount).sum(axis=1))
    return InterestScores(*(np.concatenate(one or [np.zeros(0)]) for one in (ndcg, turns, money)))


def _is_interest(rows: EventRows) -> Mask:
    return np.asarray((rows.event >= CLICK) & (rows.product >= 0) & (rows.visitor >= 0))


def _baskets(rows: EventRows, chosen: Mask, number: NDArray[np.int64], n_products: int) -> Baskets:
    n = int(chosen.sum())
    return Baskets(
        visitor=rows.visitor[chosen].astype(np.int32),
        product=number[rows.product[chosen]].astype(np.int32),
        order=np.zeros(n, np.int64),
        at_us=rows.at_us[chosen],
        quantity=np.ones(n, np.float32),
        price=np.full(n, np.nan, np.float32),
        n_visitors=len(rows.visitor_ids),
        n_products=n_products,
    )


def purchases_a_turn(rows: EventRows, believed: Mask) -> float:
    """Purchases for each click, cart or purchase, at most 1: many clicks predict sales better than few purchases."""
    n = np.bincount(rows.event[believed & _is_interest(rows)], minlength=PURCHASE + 1)
    return float(n[PURCHASE] / max(n.sum(), 1))


def _largest(
    row: NDArray[np.int64], column: NDArray[np.int64], values: Floats, shape: tuple[int, int]
) -> sparse.csr_matrix:
    order = np.lexsort((values, column, row))
    key = row[order] * shape[1] + column[order]
    last = np.append(key[1:] != key[:-1], True)[: len(key)]
    rows_, columns = row[order][last], column[order][last]
    return sparse.csr_matrix((values[order][last], (rows_, columns)), shape=shape)


def _best(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    k = min(k, scores.shape[1])
    top = np.argpartition(-scores, k - 1, axis=1)[:, :k] if k else np.zeros((len(scores), 0), int)
    order = np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable")
    return np.take_along_axis(top, order, 1)


def _at(values: sparse.csr_matrix, places: NDArray[np.int64]) -> Floats:
    return np.take_along_axis(np.asarray(values.toarray(), np.float64), places, 1)


def _padded(gains: sparse.csr_matrix, k: int) -> Floats:
    """``[visitors, k]``: the largest gains of each row."""
    found = np.zeros((gains.shape[0], k))
    for row in range(gains.shape[0]):
        mine = np.sort(gains.data[gains.indptr[row] : gains.indptr[row + 1]])[::-1][:k]
        found[row, : len(mine)] = mine
    return found
