"""Prices of listings that their own events contradict."""

from __future__ import annotations

from collections import Counter

from baihuo.faults.dataset import Bed, Plant


def _against_events(bed: Bed, n: int) -> None:
    """The catalogue says fifteen times what every page and till said, or a fifteenth."""
    told = Counter(
        r["product_id"] for r in bed.events if bed.is_clean(r) and (r["price_minor"] or 0) > 0
    )
    often = bed.pick(
        "products",
        n,
        lambda r: bed.is_clean(r) and (r["price_minor"] or 0) >= 100 and told[r["product_id"]] >= 8,
    )
    for row in often:
        row["price_minor"] = int(row["price_minor"] * bed.rng.choice((1 / 15, 15, 18)))
        also = ("listing_price_outlier", "listing_price_in_wrong_unit")
        cells = ("price_minor", "product_id", "currency")
        bed.say("products", row, "listing_price_against_events", also=also, cells=cells)


PLANTS: tuple[Plant, ...] = (
    Plant(
        "a listing that its events contradict",
        ("listing_price_against_events",),
        False,
        _against_events,
    ),
)
