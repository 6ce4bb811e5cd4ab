"""The model of clicks: logistic regression on product, category, brand, surface and position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.special import expit

from baihuo.valuation.products import ProductColumns
from baihuo.valuation.rows import CLICK, IMPRESSION, EventRows

_POSITIONS = 30  # further down counts as the last
_L2 = 1.0  # of one weight, per row
_STEPS = 80
Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Fold: TypeAlias = tuple[int, int, int]


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
