"""Stock figures that sales contradict, that nobody updated, or that nobody can have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from baihuo.faults.attributes.reading import by_category
from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_DAY_US = 86_400_000_000
_STOCK = ("product_id", "stock_units", "updated_at_us")


def _last_us(dataset: Dataset) -> int:
    return max((r["received_at_us"] for r in dataset.events), default=0)


def _sales(dataset: Dataset) -> dict[str, list[Row]]:
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase":
            sold[row["product_id"]].append(row)
    return sold


def _kept(dataset: Dataset) -> Counter[str]:
    """Units of each product that were bought and not cancelled."""
    units: Counter[str] = Counter()
    for row in dataset.events:
        if row["event_type"] in ("purchase", "cancel"):
            sign = 1 if row["event_type"] == "purchase" else -1
            units[row["product_id"]] += sign * (row["quantity"] or 1)
    return units


def _count_stock(dataset: Dataset) -> bool:
    """Stock as a shop keeps it that counts every week: no fault, but what stale figures stand out from.

    Nothing counted as sold out was sold since. Answers whether the dataset has stock and sales at all.
    """
    end_us, sold = _last_us(dataset), _sales(dataset)
    rows = [
        r
        for r in dataset.products
        if id(r) not in dataset.cells and r.get("stock_units") is not None
    ]
    if not rows or not sold:
        return False
    for row in rows:
        if end_us - (row.get("updated_at_us") or 0) < 10 * _DAY_US:
            continue
        row["updated_at_us"] = end_us - int(dataset.rng.uniform(2, 9) * _DAY_US)
        since = [
            e for e in sold.get(row["product_id"], ()) if e["received_at_us"] > row["updated_at_us"]
        ]
        row["stock_units"] = max(row["stock_units"], sum(e["quantity"] or 1 for e in since))
    return True


def _sell_out(units: Callable[[Dataset, int], int], check: str) -> Callable[[Dataset, int], None]:
    """A figure of long ago, and sales that go on."""

    def apply(dataset: Dataset, n: int) -> None:
        if not _count_stock(dataset):
            return
        sold, kept, end_us = _sales(dataset), _kept(dataset), _last_us(dataset)

        def fits(row: Row) -> bool:
            sales = sold.get(row["product_id"], ())
            return (
                dataset.is_clean(row)
                and row.get("stock_units") is not None
                and len(sales) >= 2
                and kept[row["product_id"]] >= 4
            )

        # what sells is scarce in a small shop: half is left for the other faults that need it
        for row in dataset.pick(
            "products", min(n, -(-sum(map(fits, dataset.products)) // 2)), fits
        ):
            sales = sorted(sold[row["product_id"]], key=lambda e: e["received_at_us"])
            row["updated_at_us"] = sales[0]["received_at_us"] - dataset.rng.randint(1, 5 * _DAY_US)
            row["stock_units"] = units(dataset, kept[row["product_id"]])
            is_old = end_us - row["updated_at_us"] > 40 * _DAY_US
            dataset.label(
                "products", row, check, also=("stale_stock",) if is_old else (), cells=_STOCK
            )
            for sale in sales:
                dataset.reserve(sale)

    return apply


def _forget(dataset: Dataset, n: int) -> None:
    """The feed stopped carrying the product: its figure is months old."""
    if not _count_stock(dataset):
        return
    sold = _sales(dataset)
    categories = by_category(dataset, 30)
    for rows in list(categories.values()):
        few = [r for r in rows if dataset.is_clean(r) and r.get("stock_units") is not None]
        for row in dataset.rng.sample(few, min(len(few), max(1, n // len(categories)))):
            row["updated_at_us"] -= int(dataset.rng.uniform(50, 400) * _DAY_US)
            n_sold = sum(e["quantity"] or 1 for e in sold.get(row["product_id"], ()))
            row["stock_units"] = max(row["stock_units"], n_sold)
            dataset.label("products", row, "stale_stock", cells=_STOCK)


def _absurd_units(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "products",
        n,
        lambda r: dataset.is_clean(r) and bool(r.get("stock_units")) and bool(r.get("category")),
    ):
        row["stock_units"] = dataset.rng.choice((10**5, 10**6, 10**8)) + dataset.rng.randrange(
            10**5
        )
        dataset.label("products", row, "absurd_stock", cells=_STOCK)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "stock none, sales go on",
        ("sold_without_stock",),
        False,
        _sell_out(lambda dataset, sold: 0, "sold_without_stock"),
        needs="products with stock and at least four units sold",
    ),
    Fault(
        "stock few, sales go on",
        ("sold_beyond_stock",),
        False,
        _sell_out(
            lambda dataset, sold: max(1, (sold - 3) // dataset.rng.randint(2, 6)),
            "sold_beyond_stock",
        ),
        needs="products with stock and at least four units sold",
    ),
    Fault(
        "stock forgotten",
        ("stale_stock",),
        False,
        _forget,
        needs="categories of 30 products with stock, and sales",
    ),
    Fault(
        "stock absurd",
        ("absurd_stock",),
        False,
        _absurd_units,
        needs="products with stock and a category",
    ),
)
