"""Prices of listings that their own events contradict."""

from __future__ import annotations

from collections import Counter

from baihuo.faults.dataset import Dataset, Faults

FAULTS = Faults()


@FAULTS.add(
    "a listing that its events contradict",
    "listing_price_against_events",
    is_certain=False,
    needs="products with a price and eight priced events or more",
)
def _against_events(dataset: Dataset, n: int) -> None:
    """The catalogue says fifteen times what every page and till has, or a fifteenth."""
    n_priced = Counter(
        r["product_id"]
        for r in dataset.events
        if dataset.is_clean(r) and (r["price_minor"] or 0) > 0
    )
    often = dataset.pick(
        "products",
        n,
        when=lambda r: (r["price_minor"] or 0) >= 100 and n_priced[r["product_id"]] >= 8,
    )
    for row in often:
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice((1 / 15, 15, 18)))
        also = ("listing_price_outlier", "listing_price_in_wrong_unit")
        cells = ("price_minor", "product_id", "currency")
        dataset.label(row, "listing_price_against_events", also=also, cells=cells)
