"""Times and stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from baihuo.exam.independent.dirt.second.common import (
    AT,
    FIXED,
    IN,
    READ_OR_FIXED,
    groups,
    iso,
    of,
    only,
    pages,
    put,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind
from baihuo.exam.independent.visits import DAY, HOUR, SECOND, START_US

cell(
    "dwell_over_clock",
    "a stay longer than the time since the click",
    "dwell_ms",
    lambda rng, v: v * rng.randint(6, 19) + rng.randint(1, 999),
    actions=FIXED,
)


cell(
    "time_date_only",
    "midnight, for an export that knew the day alone",
    AT,
    lambda rng, v: v // DAY * DAY,
    is_fit=lambda v: v["event_type"] == "impression" and v[AT] % DAY > 2 * HOUR,
    actions=FIXED,
)


cell(
    "time_minguo_year",
    "a year of the Minguo calendar",
    AT,
    lambda rng, v: iso(v).replace("2025-", rng.choice(["0114-", "114-"]), 1),
    is_fit=of("impression"),
    actions=FIXED,
)


cell(
    "time_excel_serial",
    "days since 1900, as a spreadsheet counts",
    AT,
    lambda rng, v: round(25569 + v / DAY, 6),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "time_cocoa",
    "seconds since 2001, as a phone counts",
    AT,
    lambda rng, v: round(v / 1e6 - 978_307_200, 3),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "time_since_page_load",
    "milliseconds since the page was opened",
    AT,
    lambda rng, v: round(rng.uniform(900, 90_000), 1),
    is_fit=of("impression"),
    actions=FIXED,
)


cell(
    "time_dotnet_ticks",
    "tenths of microseconds since the year 1",
    AT,
    lambda rng, v: v * 10 + 621_355_968_000_000_000,
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "time_javascript_text",
    "a time as a browser prints it",
    AT,
    lambda rng, v: (
        f"{datetime.fromtimestamp(v / 1e6 + 28800, tz=UTC):%a %b %d %Y %H:%M:%S} GMT+0800 (China Standard Time)"
    ),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "time_dotnet_json",
    "a time in the old brackets of .NET",
    AT,
    lambda rng, v: f"/Date({v // 1000}+0800)/",
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


@kind("search_after_its_page", "a search three minutes after its own results", actions=FIXED)
def search_after_its_page(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        row = only(rows, "search")[0]
        put(row, **{AT: row.values[AT] + 180 * SECOND, IN: row.values[IN] + 180 * SECOND})
        bed.case(own, [row], related=tuple(r.key for r in rows))


@kind(
    "review_before_purchase",
    "a review days before the order it names",
    actions=FIXED,
    group="review of an order",
)
def review_before_purchase(bed: Bed, own: Kind) -> None:
    sold = [r for r in only(bed.shop.events, "purchase") if not bed.has_dirt([r])]
    bought = {r.values.get("order_id"): r.values[AT] for r in sold}

    def is_fit(values: dict[str, Any]) -> bool:
        at = bought.get(values.get("order_id"))
        return values["event_type"] == "review" and at is not None and at > START_US + 4 * DAY

    for row in bed.take(own.table, own.cases, is_fit):
        clean = row.values[AT]
        at = bought[row.values["order_id"]] - bed.rng.randint(1, 3) * DAY - bed.rng.randrange(HOUR)
        put(row, **{AT: at, IN: at + 700_000})
        bed.case(own, [row], field=AT, clean=clean)


@kind("order_lines_days_apart", "one order id on purchases days apart", actions=FIXED)
def order_lines_days_apart(bed: Bed, own: Kind) -> None:
    found = []
    for rows in groups(bed, "visitor_id", lambda rows: len(only(rows, "purchase")) > 1):
        bought = sorted(only(rows, "purchase"), key=lambda r: r.values[AT])
        if bought[-1].values[AT] - bought[0].values[AT] > 2 * DAY:
            found.append([bought[0], bought[-1]])
    for first, last in bed.choose(found, own.cases):
        clean = last.values["order_id"]
        last.values["order_id"] = first.values["order_id"]
        bed.case(own, [last, first], field="order_id", clean=clean)
