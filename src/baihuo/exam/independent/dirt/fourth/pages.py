"""Rows of a page that the rest of their page contradicts."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.fourth.common import (
    VISITS,
    Rows,
    keys,
    kind,
    on_page,
    page_rows,
    shown_at,
    stranger,
    visits,
)
from baihuo.exam.independent.dirt.second.common import (
    AT,
    COPY,
    FIXED,
    IN,
    OUT,
    again,
    groups,
    only,
)
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.rows import Row


def shown_of(row: Row, rows: Rows) -> Row | None:
    """The impression that a click is of."""
    found = shown_at(rows, row.values.get("position"))
    is_same = found is not None and found.values.get("product_id") == row.values.get("product_id")
    return found if is_same else None


def is_shown(row: Row, rows: Rows) -> bool:
    return shown_of(row, rows) is not None


@kind(
    "prefetched_clicks",
    "every product of a page clicked within 0.2 s of it, and none opened",
    actions=OUT,
)
def prefetched_clicks(bed: Bed, own: Kind) -> None:
    def is_fit(rows: Rows) -> bool:
        return len(only(rows, "impression")) >= 5 and not only(rows, "click")

    for rows in bed.choose(groups(bed, "query_id", is_fit), 10):
        shown = only(rows, "impression")
        last = max(r.values[AT] for r in shown)
        for row in shown:
            later = last - row.values[AT] + bed.rng.randrange(20_000, 200_000)
            added = again(bed, row, later, event_type="click")
            bed.case(own, [added], related=keys(rows))


@kind(
    "impressions_fired_again",
    "the same product at the same place of the same page again 2 to 4 s later",
    actions=COPY,
)
def impressions_fired_again(bed: Bed, own: Kind) -> None:
    fit = groups(bed, "query_id", lambda rows: len(only(rows, "impression")) >= 5)
    for rows in bed.choose(fit, 8):
        for row in only(rows, "impression"):
            added = again(bed, row, bed.rng.randrange(2_000_000, 4_000_000))
            bed.case(own, [added, row], related=keys(rows))


@kind(
    "visitor_fill_series",
    "the visitors of a page's rows count up by one: dragged in a spreadsheet",
    actions=FIXED,
    group="visit",
    apart=f"{VISITS} personal_data",
    also="merged_session",  # a name of its own for the visit: no harm, and no help
)
def visitor_fill_series(bed: Bed, own: Kind) -> None:
    def is_fit(rows: Rows) -> bool:
        end = str(rows[0].values.get("visitor_id"))[-2:]
        return len(rows) >= 7 and end.isdigit() and int(end) < 80

    for rows in bed.choose(groups(bed, "query_id", is_fit), 6):
        clean = rows[0].values["visitor_id"]
        for i, row in enumerate(sorted(rows, key=lambda r: r.values[IN])[:18]):
            if i:
                row.values["visitor_id"] = f"{clean[:-2]}{int(clean[-2:]) + i:02d}"
                bed.case(own, [row], field="visitor_id", clean=clean, related=keys(rows))


def is_alone(row: Row, rows: Rows) -> bool:
    """Shown at the third place or below, and nobody did anything with it."""
    own = row.values["product_id"]
    return (
        row.values["position"] >= 3 and [r.values.get("product_id") for r in rows].count(own) == 1
    )


on_page(
    "position_of_two_products",
    "two products of a page at one place, and nothing at the next",
    "impression",
    "position",
    lambda bed, row, rows: row.values["position"] - 1,
    fit=is_alone,
    actions=FIXED,
)


@kind(
    "impression_has_neighbours_product",
    "a page shows one product at two places; the click at the second says which it was",
    actions=FIXED,
)
def impression_has_neighbours_product(bed: Bed, own: Kind) -> None:
    def fit(row: Row, rows: Rows) -> bool:
        return is_shown(row, rows) and shown_at(rows, row.values["position"] - 1) is not None

    for click, rows in page_rows(bed, own.cases, "click", "position", fit=fit):
        shown, above = shown_of(click, rows), shown_at(rows, click.values["position"] - 1)
        if shown is not None and above is not None:
            clean = shown.values["product_id"]
            shown.values["product_id"] = above.values["product_id"]
            bed.case(own, [shown], field="product_id", clean=clean, related=keys(rows))


on_page(
    "click_on_product_the_page_never_showed",
    "a click on a product of another kind than the one at its place, which the stay names",
    "click",
    "product_id",
    lambda bed, row, rows: stranger(bed, {r.values.get("product_id") for r in rows}),
    fit=is_shown,
    actions=FIXED,
)


def pages_of(rows: Rows) -> tuple[Rows, Rows] | None:
    """The first two pages of a visit, where something was clicked on the second that the first did not show."""
    names = list(dict.fromkeys(r.values["query_id"] for r in rows if r.values.get("query_id")))
    if len(names) < 2:
        return None
    first, second = ([r for r in rows if r.values.get("query_id") == name] for name in names[:2])
    return first, second


def click_on_second(rows: Rows) -> Row | None:
    pages = pages_of(rows)
    if pages is None:
        return None
    shown = {r.values.get("product_id") for r in pages[0]}
    fit = [r for r in only(pages[1], "click") if r.values.get("product_id") not in shown]
    return fit[0] if fit else None


def first_text(rows: Rows) -> Any:
    """What the first page of a visit was searched with, where the second has another text."""
    pages = pages_of(rows)
    texts = [
        next((r.values["query_text"] for r in p if r.values.get("query_text")), None)
        for p in pages or ()
    ]
    return texts[0] if None not in texts and len(set(texts)) == 2 else None


@kind(
    "click_has_previous_pages_query_id",
    "a click under the id of the page before its own, which did not show the product",
    actions=FIXED,
)
def click_has_previous_pages_query_id(bed: Bed, own: Kind) -> None:
    for rows in visits(bed, own.cases, lambda rows: click_on_second(rows) is not None):
        click, pages = click_on_second(rows), pages_of(rows)
        if click is not None and pages is not None:
            clean = click.values["query_id"]
            click.values["query_id"] = pages[0][0].values["query_id"]
            bed.case(own, [click], field="query_id", clean=clean, related=keys(rows))


@kind(
    "click_has_previous_search_text",
    "a click with the text of the search before; all other rows of its page have another",
    actions=FIXED,
)
def click_has_previous_search_text(bed: Bed, own: Kind) -> None:
    def is_fit(rows: Rows) -> bool:
        return click_on_second(rows) is not None and first_text(rows) is not None

    for rows in visits(bed, own.cases, is_fit):
        click, text = click_on_second(rows), first_text(rows)
        if click is not None:
            clean = click.values["query_text"]
            click.values["query_text"] = text
            bed.case(own, [click], field="query_text", clean=clean, related=keys(rows))


on_page(
    "click_position_from_zero",
    "a click at a place one less than where its page shows the product",
    "click",
    "position",
    lambda bed, row, rows: row.values["position"] - 1,
    fit=lambda row, rows: is_shown(row, rows) and row.values["position"] >= 2,
    actions=FIXED,
)


@kind(
    "cart_position_is_row_of_cart",
    "place 1 of a page that shows the product further below: its row in the cart",
    actions=FIXED,
)
def cart_position_is_row_of_cart(bed: Bed, own: Kind) -> None:
    carts = {
        (r.values.get("session_id"), r.values.get("product_id")): r
        for r in only(bed.shop.events, "add_to_cart")
        if not bed.has_dirt([r])
    }

    def cart_of(click: Row) -> Row | None:
        return carts.get((click.values.get("session_id"), click.values["product_id"]))

    def fit(row: Row, rows: Rows) -> bool:
        return is_shown(row, rows) and row.values["position"] >= 3 and cart_of(row) is not None

    for click, rows in page_rows(bed, own.cases, "click", "position", fit=fit):
        cart = cart_of(click)
        if cart is not None:
            bed.mark([cart])
            cart.values |= {k: click.values[k] for k in ("query_id", "surface")} | {"position": 1}
            clean = click.values["position"]
            bed.case(own, [cart], field="position", clean=clean, related=keys(rows))


def with_propensities(bed: Bed, rows: Rows) -> None:
    """Each row of the page tells its propensity, as no other page of this shop does: less at each place below."""
    most = bed.rng.uniform(0.8, 0.9)
    of_place = {
        place: round(most - 0.12 * (place - 1) + bed.rng.uniform(0, 0.05), 6)
        for place in range(1, 1 + len(only(rows, "impression")))
    }
    for row in rows:
        if row.values.get("position") in of_place:
            row.values["propensity"] = of_place[row.values["position"]]


@kind(
    "propensity_a_hundredth",
    "a click whose propensity is a hundredth of its impression's",
    actions=FIXED,
    group="propensity",
)
def propensity_a_hundredth(bed: Bed, own: Kind) -> None:
    for click, rows in page_rows(bed, own.cases, "click", "position", fit=is_shown):
        with_propensities(bed, rows)
        clean = click.values["propensity"]
        click.values["propensity"] = round(clean / 100, 8)
        bed.case(own, [click], field="propensity", clean=clean, related=keys(rows))


@kind(
    "propensity_of_next_row",
    "a click with the propensity of the product below it",
    actions=FIXED,
    group="propensity",
)
def propensity_of_next_row(bed: Bed, own: Kind) -> None:
    def fit(row: Row, rows: Rows) -> bool:
        return is_shown(row, rows) and shown_at(rows, row.values["position"] + 1) is not None

    for click, rows in page_rows(bed, own.cases, "click", "position", fit=fit):
        with_propensities(bed, rows)
        clean, below = click.values["propensity"], shown_at(rows, click.values["position"] + 1)
        if below is not None:
            click.values["propensity"] = below.values["propensity"]
            bed.case(own, [click], field="propensity", clean=clean, related=keys(rows))


on_page(
    "surface_home_with_a_search",
    "surface home on one row of a page of results",
    "click",
    "surface",
    lambda bed, row, rows: "home",
    fit=lambda row, rows: is_shown(row, rows) and row.values["surface"] == "search",
    actions=FIXED,
    group="surface",
)


on_page(
    "surface_renamed",
    "the name that another release has for a search, on one row of the page",
    "click",
    "surface",
    lambda bed, row, rows: bed.rng.choice(["SearchResultPage", "搜索页"]),
    fit=lambda row, rows: is_shown(row, rows) and row.values["surface"] == "search",
    actions=FIXED,
    group="surface",
)


on_page(
    "country_of_the_cdn_node",
    "one row of a page from Ireland or the Netherlands",
    "click",
    "country",
    lambda bed, row, rows: bed.rng.choice(["IE", "NL"]),
    fit=is_shown,
    actions=FIXED,
)


@kind("platform_of_another_row", "web and desktop on one row of a page of the app", actions=FIXED)
def platform_of_another_row(bed: Bed, own: Kind) -> None:
    def fit(row: Row, rows: Rows) -> bool:
        return is_shown(row, rows) and row.values["platform"] in ("ios", "android")

    for click, rows in page_rows(bed, own.cases, "click", "platform", fit=fit):
        clean = click.values["platform"]
        click.values |= {"platform": "web", "device": "desktop"}
        bed.case(own, [click], field="platform", clean=clean, related=keys(rows))


@kind("click_bounced", "the same click again 0.15 s later under an id of its own", actions=COPY)
def click_bounced(bed: Bed, own: Kind) -> None:
    for click, rows in page_rows(bed, own.cases, "click", fit=is_shown):
        added = again(bed, click, bed.rng.randrange(120_000, 180_000))
        bed.case(own, [added, click], related=keys(rows))
