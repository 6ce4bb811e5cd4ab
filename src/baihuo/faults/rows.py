"""Rows that cannot stand: no title, a time to come, one instant for many clicks, sales and listings that
contradict each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from baihuo.faults.dataset import DAY_US, MINUTE_US, OFF_PAGE, Dataset, Faults, Row

FAULTS = Faults()


@FAULTS.add("only a number", "no_title", needs="products")
def _no_title(dataset: Dataset, n: int) -> None:
    """A new listing of which only the number was sent."""
    for row in dataset.pick("products", n):
        new = {
            **row,
            "product_id": dataset.new_id("untitled"),
            "codes": [],
            "title_en": dataset.rng.choice(
                (None, "", " ", "null", "N/A", "test", "待补充", "暂无")
            ),
            "title_zh": None,
        }
        dataset.label(dataset.add(new), "no_title")


@FAULTS.add("half a file in a title", "huge_listing", needs="products with an English title")
def _huge_listing(dataset: Dataset, n: int) -> None:
    """An unclosed quote: half of the file stands in one title."""
    for row in dataset.pick("products", n, when=lambda r: r.get("title_en")):
        long = (row["title_en"] + "\n") * (200_000 // len(row["title_en"]))
        new = {**row, "product_id": dataset.new_id("huge"), "codes": [], "title_en": long}
        dataset.label(dataset.add(new), "huge_listing")


@FAULTS.add("a time to come", "not_yet", needs="clicks (and at least four rows for each fault)")
def _not_yet(dataset: Dataset, n: int) -> None:
    """Milliseconds read as seconds, or a year mistyped."""
    end_us = _end_us(dataset)
    for row in dataset.pick("events", n // 4, "click"):
        at_us = end_us + dataset.rng.randint(400, 400_000) * DAY_US
        new = dataset.copy(
            row,
            "later",
            query_id=None,
            session_id=None,
            surface=None,
            occurred_at_us=at_us,
            received_at_us=at_us,
        )
        dataset.label(new, "not_yet", also=("too_late", "from_the_future"))


def _end_us(dataset: Dataset) -> int:
    return max((r["received_at_us"] for r in dataset.events if dataset.is_clean(r)), default=0)


@FAULTS.add("the time of the export", "frozen_time", needs="clicks with times to the second")
def _frozen(dataset: Dataset, n: int) -> None:
    """An exporter that writes the time of the export on every click of a visitor."""
    clicks = dataset.clean("events", "click")
    for like in dataset.some(clicks, max(1, n // 12)):
        at_us, visitor = (
            like["received_at_us"] + dataset.rng.randint(1, 999_999),
            dataset.new_id("export"),
        )
        if at_us % MINUTE_US == 0:
            continue
        for row in dataset.some(clicks, 30):
            new = dataset.copy(
                row,
                "frozen",
                **OFF_PAGE,
                visitor_id=visitor,
                platform=like.get("platform"),
                session_id=None,
                occurred_at_us=at_us,
                received_at_us=at_us,
            )
            dataset.label(new, "frozen_time", also=("flood", "bot"))


@FAULTS.add(
    "cancelled twice",
    "cancel_of_more_than_bought",
    needs="purchases, more than four days before the log ends, of what the visitor bought once",
)
def _cancelled_twice(dataset: Dataset, n: int) -> None:
    """The second cancel of an order that was one unit."""
    until_us = _end_us(dataset) - 4 * DAY_US
    times = Counter((r["visitor_id"], r["product_id"], r["event_type"]) for r in dataset.events)
    for row in dataset.pick("events", n, "purchase"):
        who = row["visitor_id"], row["product_id"]
        if (
            times[*who, "purchase"] != 1
            or times[*who, "cancel"]
            or row["received_at_us"] > until_us
        ):
            continue
        leans_on = [row]  # the second is one too many only beside the first
        for days in (1, 2):
            late_us = days * DAY_US + dataset.rng.randint(0, DAY_US // 3)
            cancel = dataset.copy(
                row, "cancel", late_us, **OFF_PAGE, event_type="cancel", session_id=None
            )
            dataset.reserve(cancel)
            if days == 2:
                dataset.label(cancel, "cancel_of_more_than_bought", on=leans_on)
            leans_on.append(cancel)
        dataset.reserve(row)


@FAULTS.add(
    "an order of somebody else",
    "purchase_before_view",
    needs="purchases, and impressions or clicks",
)
def _unseen(dataset: Dataset, n: int) -> None:
    """The export gave an order the wrong visitor: nobody of that name had seen the product."""
    seen: dict[str, set[str]] = defaultdict(set)
    for row in dataset.events:
        seen[row["visitor_id"]].add(row["product_id"])
    views = sum(r["event_type"] in ("impression", "click") for r in dataset.events)
    if (
        views < len(dataset.events) // 10
    ):  # a log of orders: a few views of other faults are no views
        return
    known = {r["visitor_id"] for r in dataset.events if dataset.is_clean(r)}
    visitors = sorted(v for v in known if v.strip() and len(seen[v]) > 3)
    for row in dataset.pick("events", n // 4 if visitors else 0, "purchase"):
        other = dataset.rng.choice(visitors)
        view = {**row, "visitor_id": other, "event_type": "impression"}
        is_lost = dataset.is_near_gap(view, row["occurred_at_us"], DAY_US)
        if row["product_id"] not in seen[other] and not is_lost:
            new = dataset.copy(
                row,
                "order",
                **OFF_PAGE,
                visitor_id=other,
                session_id=None,
                order_id=dataset.new_id("order"),
            )
            dataset.label(new, "purchase_before_view")


@FAULTS.add("listed twice", "same_listing", needs="products with a title")
def _same_listing(dataset: Dataset, n: int) -> None:
    """Sent twice, with a number of its own each time."""
    events: dict[str | None, list[Row]] = defaultdict(list)
    for event in dataset.events:
        events[event["product_id"]].append(event)
    for row in dataset.pick("products", n, when=lambda r: r.get("title_en") or r.get("title_zh")):
        new = {**row, "product_id": dataset.new_id("zz-again"), "codes": []}
        dataset.reserve(row)
        also = (
            *("near_duplicate", "likely_duplicate", "shared_picture"),
            "variant_against_product",  # the ids of its variants are those of the first listing
        )
        dataset.label(dataset.add(new), "same_listing", also=also, on=[row])
        dataset.excuse(row, *also, "same_listing")
        for event in events[row["product_id"]]:
            dataset.excuse(event, "merged_product", "product_twice")


@FAULTS.add(
    "a listing in cents",
    "listing_price_in_wrong_unit",
    is_certain=False,
    needs="products with a price and three priced purchases or more",
)
def _listing_in_cents(dataset: Dataset, n: int) -> None:
    """The price of the listing is a hundred times that of all its sales."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["price_minor"]:
            sold[row["product_id"]].append(row)
    also = ("listing_price_outlier", "listing_price_against_events")
    for row in dataset.pick(
        "products", n, when=lambda r: r.get("price_minor") and len(sold[r["product_id"]]) >= 3
    ):
        row["price_minor"] *= 100
        dataset.label(
            row,
            "listing_price_in_wrong_unit",
            also=also,
            cells=("price_minor", "product_id", "currency"),
        )
