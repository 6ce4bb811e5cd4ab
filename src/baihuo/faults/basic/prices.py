"""Prices in another unit, or far from all others."""

from __future__ import annotations

from collections import defaultdict

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault


def _wrong_units(dataset: Dataset, n: int) -> None:
    """In a few of a product's sales: where most are wrong nobody can say which are."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["price_minor"] and dataset.is_clean(row):
            sold[row["product_id"]].append(row)  # a flood of orders is no sale
    often = sorted(p for p, rows in sold.items() if len(rows) >= 8)
    few = [r for p in often for r in dataset.rng.sample(sold[p], len(sold[p]) // 6)]
    for row in dataset.rng.sample(few, min(n, len(few))):
        row["price_minor"] *= 100
        dataset.label(
            "events", row, "price_in_wrong_unit", cells=("price_minor", "product_id", "currency")
        )


def _far_prices(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "events", n, lambda r: dataset.is_clean(r) and bool(r.get("price_minor"))
    ):
        factors = (0.002, 0.05, 17, 30, 800) if row["price_minor"] >= 1_000 else (17, 30, 800)
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice(factors))
        dataset.label(
            "events", row, "price_outlier", cells=("price_minor", "product_id", "currency")
        )


def _wholesale(dataset: Dataset, n: int) -> None:
    """Many pieces at a fraction of the price, one line of what sells often: no fault, and no check may report it."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["product_id"] and dataset.is_clean(row):
            sold[row["product_id"]].append(row)
    often = sorted(p for p, rows in sold.items() if len(rows) >= 8)
    for product in dataset.rng.sample(often, min(n, len(often))):
        row, usual = (
            dataset.rng.choice(sold[product]),
            max(r["quantity"] or 1 for r in sold[product]),
        )
        if (row["price_minor"] or 0) >= 100 and usual <= 500:
            row["quantity"] = usual * dataset.rng.randint(20, 60)
            row["price_minor"] = int(row["price_minor"] * dataset.rng.uniform(0.04, 0.09))
            dataset.reserve(row)


def _far_listings(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "products", n, lambda r: dataset.is_clean(r) and bool(r.get("price_minor"))
    ):
        # a cent instead of a pound is another unit, and no outlier
        factors = (0.0002, 2_000, 5_000) if row["price_minor"] >= 10_000 else (2_000, 5_000)
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice(factors))
        dataset.label(
            "products",
            row,
            "listing_price_outlier",
            also=("listing_price_in_wrong_unit", "listing_price_against_events"),
            cells=("price_minor", "product_id", "currency"),
        )


FAULTS: tuple[Fault, ...] = (
    Fault(
        "price in another unit",
        ("price_in_wrong_unit",),
        False,
        _wrong_units,
        needs="products with eight priced purchases or more",
    ),
    Fault("price far off", ("price_outlier",), False, _far_prices, needs="events with a price"),
    Fault(
        "a wholesale line",
        ("price_outlier",),
        False,
        _wholesale,
        needs="products with eight priced purchases or more",
    ),
    Fault(
        "listing far off",
        ("listing_price_outlier",),
        False,
        _far_listings,
        needs="products with a price",
    ),
)
