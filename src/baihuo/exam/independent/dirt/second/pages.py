"""Pages, and what people do there."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    COPY,
    FIXED,
    OUT,
    again,
    of,
    only,
    pages,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.visits import DAY, HOUR, SECOND


@kind("prefetch_clicks", "a browser that opens every result before anybody clicks", actions=OUT)
def prefetch_clicks(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, 15):
        clicked = {r.values["product_id"] for r in only(rows, "click")}
        for row in only(rows, "impression"):
            if row.values["product_id"] not in clicked:
                added = again(bed, row, bed.rng.randint(4, 20) * 1000, event_type="click")
                bed.case(own, [added], related=tuple(r.key for r in rows))


@kind("product_twice_on_page", "one product at two places of a page", actions="merge " + FIXED)
def product_twice_on_page(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases + 10):
        clicked = {r.values["product_id"] for r in only(rows, "click")}
        shown = only(rows, "impression")
        free = [r for r in shown[1:] if r.values["product_id"] not in clicked]
        if free:
            row = free[-1]
            row.values["product_id"] = shown[0].values["product_id"]
            bed.case(own, [row, shown[0]], related=tuple(r.key for r in rows))


@kind("click_lost", "a stay on a page whose click never came", actions=OUT)
def click_lost(bed: Bed, own: Kind) -> None:
    done = 0
    for rows in pages(bed, 90, search=False):
        clicks, stays = only(rows, "click"), only(rows, "dwell")
        if len(clicks) == 1 and len(stays) == 1 and done < own.cases:
            bed.shop.events.remove(clicks[0])
            bed.case(own, [stays[0]], related=tuple(r.key for r in rows))
            done += 1


@kind("surface_changes_in_page", "one row of a page of results that says home", actions=FIXED)
def surface_changes_in_page(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        row = only(rows, "impression")[1]
        clean = row.values["surface"]
        row.values["surface"] = bed.rng.choice(["home", "cart", "similar"])
        bed.case(own, [row], field="surface", clean=clean)


@kind("page_reopened", "a page's rows again two days later, under its old search id", actions=COPY)
def page_reopened(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, 15):
        later = 2 * DAY + bed.rng.randrange(HOUR)
        for row in only(rows, "impression"):
            bed.case(
                own,
                [again(bed, row, later, session_id=row.values["session_id"] + "b"), row],
                related=tuple(r.key for r in rows),
            )


@kind("search_without_text", "a search whose text only its results know", actions=FIXED)
def search_without_text(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        row = only(rows, "search")[0]
        clean = row.values.pop("query_text")
        bed.case(own, [row], field="query_text", clean=clean, related=tuple(r.key for r in rows))


@kind("rating_on_click", "stars on a click", actions=FIXED)
def rating_on_click(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("click")):
        row.values["rating"] = bed.rng.randint(1, 5)
        bed.case(own, [row], field="rating", clean=None)


@kind("remove_without_add", "taken out of a cart that it never was in", actions=FIXED)
def remove_without_add(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        clicked = {r.values["product_id"] for r in only(rows, "click")}
        free = [r for r in only(rows, "impression") if r.values["product_id"] not in clicked]
        if free:
            change = dict.fromkeys(["query_id", "query_text", "position", "surface"])
            added = again(
                bed, free[0], 9 * SECOND, event_type="remove_from_cart", quantity=1, **change
            )
            bed.case(own, [added], related=tuple(r.key for r in rows))
