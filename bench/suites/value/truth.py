"""What planted dirt truly costs: models learned from the clean log and from the log with one kind, tested on the shop's future."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.engine import DuckTables
from baihuo.evaluate import Interval, bootstrap_mean
from baihuo.valuation.interests import (
    Fold,
    fit_clicks,
    impressions,
    inputs,
    interest_scores,
    interest_test,
    losses,
)
from baihuo.valuation.rows import CLICK, PURCHASE, EventRows, read_events, read_products
from suites.value.plant import Planted
from suites.value.shop import CleanShop, write_checked

METRICS = ("ndcg", "log_loss", "money", "skill")
Costs = dict[str, Interval]


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """On the shop's future; in an order that does not depend on what was learned."""

    ndcg: NDArray[np.float64]  # [visitors]
    money: NDArray[np.float64]  # [visitors]
    loss: NDArray[np.float64]  # [impressions]
    clickers: NDArray[np.str_]  # [impressions]
    is_clicked: NDArray[np.float64]  # [impressions]


def true_costs(work: Path, shop: CleanShop, planted: list[Planted]) -> dict[str, Costs]:
    """By kind and metric, with 95% intervals; above 0: the models are worse with it."""
    clean = _scores(work / "clean", shop, None)
    share = clean.is_clicked.mean()
    gain = -(share * np.log(share) + (1 - share) * np.log(1 - share)) - clean.loss.mean()
    costs = {}
    for kind in planted:
        dirty = _scores(work / kind.name, shop, kind)
        ndcg = bootstrap_mean(clean.ndcg - dirty.ndcg, seed=1, n_resamples=500)
        loss = bootstrap_mean(
            dirty.loss - clean.loss, seed=1, clusters=clean.clickers, n_resamples=500
        )
        money = bootstrap_mean(clean.money - dirty.money, seed=1, n_resamples=500)
        by_ndcg, by_loss = 0.5 / float(np.nanmean(clean.ndcg)), 0.5 / float(gain)
        wide = np.hypot((ndcg.high - ndcg.low) * by_ndcg, (loss.high - loss.low) * by_loss) / 2
        mid = ndcg.mid * by_ndcg + loss.mid * by_loss
        skill = Interval(mid, mid - wide, mid + wide)
        costs[kind.name] = dict(zip(METRICS, (ndcg, loss, money, skill), strict=True))
    return costs


def shown(cost: Interval) -> float:
    """The cost; 0 where its interval holds 0: the order of kinds that cost nothing is chance."""
    return 0.0 if cost.low <= 0 <= cost.high else cost.mid


def _spent(
    rows: EventRows, tested: NDArray[np.bool_], prices: NDArray[np.float64], fold: Fold
) -> sparse.csr_matrix:
    """``[visitors, products]``: minor units by what each event was: purchases in full, clicks and carts by the purchases that an
    event of their type leads to. The estimate has none of this: it counts turns."""
    _, from_us, until_us = fold
    chosen = tested & (rows.event >= CLICK) & (rows.product >= 0) & (rows.visitor >= 0)
    chosen &= (rows.at_us >= from_us) & (rows.at_us < until_us)
    visitors, row = np.unique(rows.visitor[chosen], return_inverse=True)
    product, event = rows.product[chosen], rows.event[chosen]
    n = np.bincount(event, minlength=PURCHASE + 1)
    share = np.minimum(1.0, n[PURCHASE] / np.maximum(n, 1))[event]
    price = np.where(np.isnan(rows.price[chosen]), prices[product], rows.price[chosen])
    spent = np.nan_to_num(price) * np.where(event == PURCHASE, rows.quantity[chosen], 1.0) * share
    shape = (len(visitors), len(rows.product_ids))
    return sparse.csr_matrix((spent, (row, product)), shape=shape)


def _scores(work: Path, shop: CleanShop, kind: Planted | None) -> _Scores:
    gone = {id(row) for row in kind.instead_of} if kind else set()
    log = [row for row in shop.log if id(row) not in gone] + (kind.rows if kind else [])
    folder = write_checked(work, replace(shop, log=log + shop.future), [])
    rows = read_events(DuckTables(threads=1), folder, [])
    products = read_products(folder / "products.parquet", rows.product_ids)
    cut = min(row["received_at_us"] for row in shop.future)
    fold = (cut, cut, int(rows.at_us.max()) + 1)
    is_future, learned = rows.at_us >= cut, rows.at_us < cut
    test = interest_test(rows, is_future, products.price, fold)
    test = replace(test, money=_spent(rows, is_future, products.price, fold))
    scored = interest_scores(rows, learned, test)
    past, seen = impressions(rows, learned), impressions(rows, is_future)
    model = fit_clicks(inputs(rows, products, past), past.is_clicked)
    loss = losses(model, inputs(rows, products, seen), seen.is_clicked)
    names = np.array(rows.visitor_ids)
    by_name, by_row = np.argsort(names[test.visitors]), np.argsort(rows.name[seen.row])
    return _Scores(
        scored.ndcg[by_name],
        scored.money[by_name],
        loss[by_row],
        names[rows.visitor[seen.row]][by_row],
        seen.is_clicked[by_row],
    )
