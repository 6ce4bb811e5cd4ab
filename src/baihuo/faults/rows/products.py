"""Listings that cannot stand: without a title, with half a file in it, listed twice, priced in another unit."""

from __future__ import annotations

from collections import defaultdict

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault


def _no_title(dataset: Dataset, n: int) -> None:
    """A new listing of which only the number was sent."""
    for row in dataset.pick("products", n, dataset.is_clean):
        new = {
            **row,
            "product_id": dataset.new_id("untitled"),
            "codes": [],
            "title_en": dataset.rng.choice(
                (None, "", " ", "null", "N/A", "test", "待补充", "暂无")
            ),
            "title_zh": None,
        }
        dataset.label("products", dataset.add("products", new), "no_title")


def _huge_listing(dataset: Dataset, n: int) -> None:
    """An unclosed quote: half of the file stands in one title."""
    for row in dataset.pick(
        "products", n, lambda r: dataset.is_clean(r) and bool(r.get("title_en"))
    ):
        long = (row["title_en"] + "\n") * (200_000 // len(row["title_en"]))
        new = {**row, "product_id": dataset.new_id("huge"), "codes": [], "title_en": long}
        dataset.label("products", dataset.add("products", new), "huge_listing")


def _same_listing(dataset: Dataset, n: int) -> None:
    """Sent twice, with a number of its own each time."""
    events: dict[str | None, list[Row]] = defaultdict(list)
    for event in dataset.events:
        events[event["product_id"]].append(event)
    for row in dataset.pick(
        "products",
        n,
        lambda r: dataset.is_clean(r) and bool(r.get("title_en") or r.get("title_zh")),
    ):
        new = {**row, "product_id": dataset.new_id("zz-again"), "codes": []}
        dataset.reserve(row)
        also = (
            *("near_duplicate", "likely_duplicate", "missing_attribute", "shared_picture"),
            "variant_against_product",  # the ids of its variants are those of the first listing
        )
        dataset.label("products", dataset.add("products", new), "same_listing", also=also, on=[row])
        dataset.excuse("products", row, *also, "same_listing")
        for event in events[row["product_id"]]:
            dataset.excuse("events", event, "merged_product", "product_twice")


def _listing_in_cents(dataset: Dataset, n: int) -> None:
    """The price of the listing is a hundred times that of all its sales."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["price_minor"]:
            sold[row["product_id"]].append(row)
    also = ("listing_price_outlier", "listing_price_against_events")
    for row in dataset.pick(
        "products",
        n,
        lambda r: (
            dataset.is_clean(r) and bool(r.get("price_minor")) and len(sold[r["product_id"]]) >= 3
        ),
    ):
        row["price_minor"] *= 100
        dataset.label(
            "products",
            row,
            "listing_price_in_wrong_unit",
            also=also,
            cells=("price_minor", "product_id", "currency"),
        )


FAULTS: tuple[Fault, ...] = (
    Fault("only a number", ("no_title",), True, _no_title, needs="products"),
    Fault(
        "half a file in a title",
        ("huge_listing",),
        True,
        _huge_listing,
        needs="products with an English title",
    ),
)

CONTRADICTED: tuple[Fault, ...] = (
    Fault("listed twice", ("same_listing",), True, _same_listing, needs="products with a title"),
    Fault(
        "a listing in cents",
        ("listing_price_in_wrong_unit",),
        False,
        _listing_in_cents,
        needs="products with a price and three priced purchases or more",
    ),
)
