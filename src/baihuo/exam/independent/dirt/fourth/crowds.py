"""Visits that were sent wrong as a whole, and visitors who are no people."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.fourth.common import (
    LEFT,
    OFF_PAGE,
    VISITS,
    Rows,
    keys,
    kind,
    nobody_yet,
    page_rows,
    price_of,
    shown_at,
    visits,
)
from baihuo.exam.independent.dirt.second.common import AT, COPY, IN, OUT, again, of, only
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.rows import Row
from baihuo.exam.independent.visits import DAY, HOUR, SECOND


@kind(
    "batch_flush_time",
    "all rows of a visit at one instant, though its stays say that it took minutes",
    actions=LEFT,
    group="visit",
    cases=80,
)
def batch_flush_time(bed: Bed, own: Kind) -> None:
    for rows in visits(bed, 6, lambda rows: 12 <= len(rows) <= 45 and bool(only(rows, "dwell"))):
        sent = max(r.values[IN] for r in rows)
        for row in rows:
            clean = row.values[AT]
            if clean != sent:
                row.values |= {AT: sent, IN: sent + 41_000}
                bed.case(own, [row], field=AT, clean=clean, related=keys(rows))


@kind(
    "visit_restamped_3_days_later",
    "a visit again exactly 72 hours later, its pages' ids and all: a page is served once",
    actions=COPY,
    group="visit",
    apart=f"{VISITS} personal_data",
    also="merged_session",  # a name of its own for the visit: no harm, and no help
    cases=80,
)
def visit_restamped_3_days_later(bed: Bed, own: Kind) -> None:
    end = bed.start_us + bed.days * DAY

    def is_fit(rows: Rows) -> bool:
        return 10 <= len(rows) <= 40 and max(r.values[AT] for r in rows) < end - 4 * DAY

    for rows in visits(bed, 5, is_fit):
        for row in rows:
            bed.case(own, [again(bed, row, 3 * DAY), row])


def in_the_middle(bed: Bed) -> Any:
    """A time with three days of the log on either side."""
    first, last = bed.start_us + 3 * DAY, bed.start_us + (bed.days - 3) * DAY
    return lambda values: first < values[AT] < last


@kind(
    "uptime_monitor",
    "one visitor who searches one word every 300 s for a day and gets no page",
    actions=OUT,
    apart=f"{VISITS} personal_data",
    also="merged_session",  # a name of its own for the visit: no harm, and no help
    cases=288,
)
def uptime_monitor(bed: Bed, own: Kind) -> None:
    is_time, is_search = in_the_middle(bed), of("search")
    for row in bed.take(own.table, 1, lambda v: is_search(v) and is_time(v)):
        who = nobody_yet(bed)
        for i in range(own.cases):
            later = i * 300 * SECOND + bed.rng.randrange(40_000)
            query = {"query_text": "phone", "query_id": f"{who['session_id']}q{i}"}
            bed.case(own, [again(bed, row, later, **who, **query)])


@kind(
    "catalogue_walker",
    "one visitor who opens 300 products in the catalogue's order, none of which a page showed",
    actions=OUT,
    cases=300,
)
def catalogue_walker(bed: Bed, own: Kind) -> None:
    is_time, is_click = in_the_middle(bed), of("click")
    goods = bed.sound_products()
    start = bed.rng.randrange(max(1, len(goods) - own.cases))
    for row in bed.take(own.table, 1, lambda v: is_click(v) and is_time(v)):
        who, later = nobody_yet(bed), 0
        for product in goods[start : start + own.cases]:
            later += bed.rng.randrange(900_000, 2_600_000)
            about = {"product_id": product.values["product_id"]}
            bed.case(own, [again(bed, row, later, **who, **about, **OFF_PAGE)])


@kind(
    "click_farm",
    "28 newcomers of one hour: one word, one product, 30 s to the second, one order, and gone",
    actions=OUT,
    cases=250,
)
def click_farm(bed: Bed, own: Kind) -> None:
    listing = {r.values.get("product_id"): r.values for r in bed.sound_products()}
    is_time = in_the_middle(bed)

    def fit(row: Row, rows: Rows) -> bool:
        shown = shown_at(rows, 3)
        return (
            is_time(row.values)
            and shown is not None
            and price_of(listing.get(shown.values["product_id"], {})) > 0
        )

    for search, rows in page_rows(bed, 1, "search", fit=fit):
        shown = [r for r in rows if r.values["event_type"] == "impression"]
        wanted = shown_at(rows, 3) or shown[-1]
        product = listing[wanted.values["product_id"]]
        size = next((v["variant_id"] for v in product.get("variants") or []), None)
        paid = {k: product[k] for k in ("price", "currency")} | {"quantity": 1, "variant_id": size}
        for number in range(28):
            who, start = nobody_yet(bed), bed.rng.randrange(HOUR)
            who["query_id"] = f"{who['session_id']}q0"
            added = [again(bed, row, start, **who) for row in (search, *shown)]
            look = start + search.values[AT] - wanted.values[AT]
            look += 9 * SECOND + bed.rng.randrange(3 * SECOND)
            stay = 30_000 + bed.rng.randrange(200)
            left = look + stay * 1000
            off = who | OFF_PAGE | paid
            order = f"o6{number:06d}"
            added += [
                again(bed, wanted, look, event_type="click", **who),
                again(bed, wanted, left, event_type="dwell", dwell_ms=stay, **who),
                again(bed, wanted, left + SECOND, event_type="add_to_cart", **off),
                again(
                    bed, wanted, left + 21 * SECOND, event_type="purchase", order_id=order, **off
                ),
            ]
            for row in added:
                bed.case(own, [row], related=keys(rows))
