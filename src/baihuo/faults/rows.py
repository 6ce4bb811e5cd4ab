"""Rows that cannot stand: no title, a time not yet come, one instant for many clicks, sales and
listings that contradict each other."""

from __future__ import annotations

from collections import Counter, defaultdict

from baihuo.faults.dataset import Bed, Plant, Row

_DAY_US, _MINUTE_US = 86_400_000_000, 60_000_000


def _end_us(bed: Bed) -> int:
    return max((r["received_at_us"] for r in bed.events if bed.is_clean(r)), default=0)


def _no_title(bed: Bed, n: int) -> None:
    """A new listing of which only the number was sent."""
    for row in bed.pick("products", n, bed.is_clean):
        new = {
            **row,
            "product_id": bed.new_id("untitled"),
            "codes": [],
            "title_en": bed.rng.choice((None, "", " ")),
            "title_zh": None,
        }
        bed.say("products", bed.add("products", new), "no_title")


def _huge_listing(bed: Bed, n: int) -> None:
    """An unclosed quote: half of the file stands in one title."""
    for row in bed.pick("products", n, lambda r: bed.is_clean(r) and bool(r.get("title_en"))):
        long = (row["title_en"] + "\n") * (200_000 // len(row["title_en"]))
        new = {**row, "product_id": bed.new_id("huge"), "codes": [], "title_en": long}
        bed.say("products", bed.add("products", new), "huge_listing")


def _not_yet(bed: Bed, n: int) -> None:
    """Milliseconds read as seconds, or a year mistyped."""
    end_us = _end_us(bed)
    for row in bed.pick("events", n // 4, lambda r: bed.is_clean(r) and r["event_type"] == "click"):
        at_us = end_us + bed.rng.randint(400, 400_000) * _DAY_US
        new = {
            **row,
            "event_id": bed.new_id("later"),
            "query_id": None,
            "session_id": None,
            "surface": None,
            "occurred_at_us": at_us,
            "received_at_us": at_us,
        }
        bed.say("events", bed.add("events", new), "not_yet", also=("too_late", "from_the_future"))


def _frozen(bed: Bed, n: int) -> None:
    """An exporter that writes the time of the export on every click of a visitor."""
    clicks = [r for r in bed.events if r["event_type"] == "click" and bed.is_clean(r)]
    for like in bed.rng.sample(clicks, min(max(1, n // 12), len(clicks))):
        at_us, visitor = like["received_at_us"] + bed.rng.randint(1, 999_999), bed.new_id("export")
        if at_us % _MINUTE_US == 0:
            continue
        for row in bed.rng.sample(clicks, min(30, len(clicks))):
            new = {
                **row,
                "event_id": bed.new_id("frozen"),
                "visitor_id": visitor,
                "platform": like.get("platform"),
                "query_id": None,
                "session_id": None,
                "surface": None,
                "position": None,
                "propensity": None,
                "occurred_at_us": at_us,
                "received_at_us": at_us,
            }
            bed.say("events", bed.add("events", new), "frozen_time", also=("flood", "bot"))


def _free(bed: Bed, n: int) -> None:
    for row in bed.pick(
        "events",
        n,
        lambda r: bed.is_clean(r) and r["event_type"] == "purchase" and bool(r["price_minor"]),
    ):
        row["price_minor"] = 0
        bed.say("events", row, "free_purchase", cells=("price_minor", "product_id", "visitor_id"))


def _cancelled_twice(bed: Bed, n: int) -> None:
    """The second cancel of an order that was one unit."""
    until_us = _end_us(bed) - 4 * _DAY_US
    times = Counter((r["visitor_id"], r["product_id"], r["event_type"]) for r in bed.events)
    for row in bed.pick("events", n, lambda r: bed.is_clean(r) and r["event_type"] == "purchase"):
        who = row["visitor_id"], row["product_id"]
        if (
            times[*who, "purchase"] != 1
            or times[*who, "cancel"]
            or row["received_at_us"] > until_us
        ):
            continue
        leans_on = [row]  # the second is one too many only beside the first
        for days in (1, 2):
            late_us = days * _DAY_US + bed.rng.randint(0, _DAY_US // 3)
            cancel = {
                **row,
                "event_id": bed.new_id("cancel"),
                "event_type": "cancel",
                "query_id": None,
                "surface": None,
                "position": None,
                "propensity": None,
                "session_id": None,
                "occurred_at_us": row["occurred_at_us"] + late_us,
                "received_at_us": row["received_at_us"] + late_us,
            }
            bed.touch(bed.add("events", cancel))
            if days == 2:
                bed.say("events", cancel, "cancel_of_more_than_bought", on=leans_on)
            leans_on.append(cancel)
        bed.touch(row)


def _unseen(bed: Bed, n: int) -> None:
    """The export gave an order the wrong visitor: nobody of that name had seen the product."""
    seen: dict[str, set[str]] = defaultdict(set)
    for row in bed.events:
        seen[row["visitor_id"]].add(row["product_id"])
    if not any(r["event_type"] in ("impression", "click") for r in bed.events):
        return
    visitors = sorted(v for v in seen if v.strip() and len(seen[v]) > 3)
    for row in bed.pick(
        "events", n // 4, lambda r: bed.is_clean(r) and r["event_type"] == "purchase"
    ):
        other = bed.rng.choice(visitors)
        if row["product_id"] not in seen[other]:
            new = {
                **row,
                "event_id": bed.new_id("order"),
                "visitor_id": other,
                "query_id": None,
                "session_id": None,
                "surface": None,
                "position": None,
                "propensity": None,
                "order_id": bed.new_id("order"),
            }
            bed.say("events", bed.add("events", new), "purchase_before_view")


def _same_listing(bed: Bed, n: int) -> None:
    """Sent twice, with a number of its own each time."""
    events: dict[str | None, list[Row]] = defaultdict(list)
    for event in bed.events:
        events[event["product_id"]].append(event)
    for row in bed.pick(
        "products", n, lambda r: bed.is_clean(r) and bool(r.get("title_en") or r.get("title_zh"))
    ):
        new = {**row, "product_id": bed.new_id("zz-again"), "codes": []}
        bed.touch(row)
        also = ("near_duplicate", "likely_duplicate", "missing_attribute", "shared_picture")
        bed.say("products", bed.add("products", new), "same_listing", also=also, on=[row])
        bed.excuse("products", row, *also, "same_listing")
        for event in events[row["product_id"]]:
            bed.excuse("events", event, "merged_product", "product_twice")


def _listing_in_cents(bed: Bed, n: int) -> None:
    """The price of the listing is a hundred times that of all its sales."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in bed.events:
        if row["event_type"] == "purchase" and row["price_minor"]:
            sold[row["product_id"]].append(row)
    also = ("listing_price_outlier", "listing_price_against_events")
    for row in bed.pick(
        "products",
        n,
        lambda r: (
            bed.is_clean(r) and bool(r.get("price_minor")) and len(sold[r["product_id"]]) >= 3
        ),
    ):
        row["price_minor"] *= 100
        bed.say(
            "products",
            row,
            "listing_price_in_wrong_unit",
            also=also,
            cells=("price_minor", "product_id", "currency"),
        )


PLANTS: tuple[Plant, ...] = (
    Plant("only a number", ("no_title",), True, _no_title),
    Plant("half a file in a title", ("huge_listing",), True, _huge_listing),
    Plant("a time to come", ("not_yet",), True, _not_yet),
    Plant("the time of the export", ("frozen_time",), True, _frozen),
    Plant("for nothing", ("free_purchase",), True, _free),
    Plant("cancelled twice", ("cancel_of_more_than_bought",), True, _cancelled_twice),
    Plant("an order of somebody else", ("purchase_before_view",), True, _unseen),
    Plant("listed twice", ("same_listing",), True, _same_listing),
    Plant("a listing in cents", ("listing_price_in_wrong_unit",), False, _listing_in_cents),
)
