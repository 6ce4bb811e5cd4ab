"""Kinds that no row of data says without contortion: what depends on many rows at once, and programs that act in steps.

A row names one by ``by``. Each plants its cases as :func:`baihuo.dirt.planting.change_rows` would.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from baihuo.dirt.dataset import Dataset
from baihuo.dirt.planting import AT, IN, fits, goods, groups_of, new_event, start
from baihuo.dirt.rows import EVENTS, HOUR, PRODUCTS, SECOND, Row, Values
from baihuo.dirt.scene import Kind, Scene, cart_of, listings

FUNCTIONS: dict[str, Callable[[Dataset, Kind], None]] = {}
OFF_PAGE = dict.fromkeys(["query_id", "query_text", "position", "surface"])


def process(function: Callable[[Dataset, Kind], None]) -> Callable[[Dataset, Kind], None]:
    FUNCTIONS[function.__name__] = function
    return function


def again(dataset: Dataset, row: Row, later_us: int, **change: Any) -> Row:
    """A copy of an event, later, under an id of its own; ``None`` takes a cell out."""
    values = row.values | {"event_id": f"e{dataset.rng.getrandbits(40):010x}"}
    values |= {AT: values[AT] + later_us, IN: values[IN] + later_us} | change
    return dataset.add(EVENTS, {k: v for k, v in values.items() if v is not None})


def newcomer(dataset: Dataset) -> dict[str, str]:
    number = dataset.rng.randrange(10**4)
    return {"visitor_id": f"v7{number:04d}", "session_id": f"s77{number:04d}"}


def one_row(dataset: Dataset, kind: Kind) -> list[Row]:
    """The row that a process starts from, if there is one."""

    def is_fit(row: Row) -> bool:
        return fits(Scene(dataset, kind, row, [row], {row.key: row.values}, random.Random(0)), {})

    return dataset.take(kind.table, 1, is_fit)


def page_of(dataset: Dataset, row: Row) -> list[Row]:
    return [r for r in dataset.shop.events if r.values.get("query_id") == row.values["query_id"]]


@process
def take_out_products(dataset: Dataset, kind: Kind) -> None:
    """Products leave the catalogue while people still look at them."""
    busy = {str(r.values.get("product_id")) for r in dataset.shop.events if r.key in dataset.taken}
    gone = dataset.take(PRODUCTS, 12, lambda r: str(r.values["product_id"]) not in busy)
    names = {str(r.values["product_id"]) for r in gone}
    keys = {r.key for r in gone}
    dataset.shop.products[:] = [r for r in dataset.shop.products if r.key not in keys]
    for row in dataset.shop.events:
        if str(row.values.get("product_id")) in names and row.key not in dataset.taken:
            dataset.case(kind.name, [row])
            dataset.mark([row])


@process
def join_visits(dataset: Dataset, kind: Kind) -> None:
    """One visit id for the visits of two people."""
    groups = groups_of(dataset, kind)
    for one, other in zip(groups[::2], groups[1::2], strict=False):
        for row in one.rows:
            row.values["session_id"] = other.rows[0].values["session_id"]
        dataset.case(kind.name, [*one.rows, *other.rows])


@process
def cached_pages(dataset: Dataset, kind: Kind) -> None:
    """A cached page: one search id for three people."""
    groups = [g.rows for g in groups_of(dataset, kind)]
    for three in (groups[n : n + 3] for n in range(0, len(groups), 3)):
        first, related = three[0][0].values, tuple(r.key for r in three[0])
        for rows in three[1:]:
            clean = rows[0].values["query_id"]
            if first["visitor_id"] != rows[0].values["visitor_id"]:
                for row in rows:
                    row.values["query_id"] = first["query_id"]
                    about = {"field": "query_id", "clean": clean, "related": related}
                    dataset.case(kind.name, [row], **about)


@process
def reviews_slipped(dataset: Dataset, kind: Kind) -> None:
    """Reviews slip by one row, so that they speak of another kind of thing."""
    sorts = [t[language] for t in kind.tables["types"] for language in ("en", "zh")]
    titles = {
        r.values.get("product_id"): f"{r.values.get('title_en')} {r.values.get('title_zh')}"
        for r in dataset.shop.products
    }

    def spoken(text: Any) -> list[str]:
        return [s for s in sorts if s in str(text)]

    def is_fit(row: Row) -> bool:
        return row.values["event_type"] == "review" and bool(spoken(row.values.get("text")))

    rows = dataset.take(EVENTS, 2 * kind.cases, is_fit)
    old = [r.values["text"] for r in rows]
    for row, clean, text in zip(rows, old, old[-1:] + old[:-1], strict=True):
        title = titles.get(row.values["product_id"], "")
        if not any(s in title for s in spoken(text)):  # else it may be its review
            row.values["text"] = text
            dataset.case(kind.name, [row], field="text", clean=clean)


@process
def cards_tested(dataset: Dataset, kind: Kind) -> None:
    """Cheap orders by the minute, each taken back."""
    products = dataset.sound(PRODUCTS)
    cheap = sorted(products, key=lambda r: float(r.values.get("price") or 9e9))[:20]
    for first in one_row(dataset, kind):
        for n in range(40):
            product = dataset.rng.choice(cheap).values
            about = {k: product.get(k) for k in ("product_id", "price")}
            about |= {"quantity": 1, "order_id": f"o7{n:06d}"}
            order = again(dataset, first, (n + 1) * 25 * SECOND, **about)
            back = again(dataset, order, 9 * SECOND, event_type="cancel")
            dataset.case(kind.name, [order, back], related=(first.key,))


@process
def clicks_on_unseen_ads(dataset: Dataset, kind: Kind) -> None:
    """Clicks on advertisements that were not shown, among sound ones; a log without sound ones cannot tell."""
    if not _knows_pages(dataset):
        return
    _sound_ads(dataset)
    for n in range(kind.cases):
        about = {"product_id": goods(dataset, 1)[0].values["product_id"]}
        about |= {"event_type": "ad_click", "query_id": f"adless{n}q"}
        dataset.case(kind.name, [new_event(dataset, f"adless{n}", start(dataset), **about)])


def _sound_ads(dataset: Dataset, every: int = 1) -> None:
    """Pages of ads, of which one in so many has a click."""
    for n in range(150):
        clicked = [n % 4] if n % every == 0 else []
        _page_of_ads(dataset, f"ads{n}", f"ads{n}q", start(dataset), clicked)


def _page_of_ads(
    dataset: Dataset, visitor: str, query: str, at: int, clicked: list[int]
) -> list[Row]:
    """Four ads of a page, and the clicks on some of them, which are returned."""
    clicks = []
    for i, product in enumerate(goods(dataset, 4)):
        about = {"product_id": product.values["product_id"], "query_id": query}
        about |= {"position": i + 1, "surface": "home"}
        new_event(dataset, visitor, at + i * 1000, event_type="ad_impression", **about)
        if i in clicked:
            later = at + dataset.rng.randint(5, 40) * SECOND
            clicks.append(new_event(dataset, visitor, later, event_type="ad_click", **about))
    return clicks


@process
def clicks_on_one_ad(dataset: Dataset, kind: Kind) -> None:
    """One visitor, ninety clicks on one advertisement."""
    if not _knows_pages(dataset):
        return
    product, at = goods(dataset, 1)[0].values["product_id"], start(dataset)
    about = {"product_id": product, "query_id": "adfanq", "position": 1}
    shown = new_event(dataset, "adfan", at, event_type="ad_impression", **about)
    for n in range(90):
        when = at + (n + 1) * 31 * SECOND + dataset.rng.randrange(9 * SECOND)
        row = new_event(dataset, "adfan", when, event_type="ad_click", **about)
        dataset.case(kind.name, [row], related=(shown.key,))


def _knows_pages(dataset: Dataset) -> bool:
    events = dataset.shop.events
    return not dataset.shop.is_real or any(r.values.get("event_type") == "click" for r in events)


@process
def catalogue_walker(dataset: Dataset, kind: Kind) -> None:
    """One visitor who opens products in the catalogue's order, none of which a page showed."""
    products = dataset.sound(PRODUCTS)
    begin = dataset.rng.randrange(max(1, len(products) - kind.cases))
    for row in one_row(dataset, kind):
        who, later = newcomer(dataset), 0
        for product in products[begin : begin + kind.cases]:
            later += dataset.rng.randrange(900_000, 2_600_000)
            about = {"product_id": product.values["product_id"]} | OFF_PAGE
            dataset.case(kind.name, [again(dataset, row, later, **who, **about)])


@process
def click_farm(dataset: Dataset, kind: Kind) -> None:
    """Newcomers of one hour: one search, one product, 30 s to the second, one order, and gone."""

    def wanted(row: Row) -> tuple[list[Row], Row, Values] | None:
        shown = [r for r in page_of(dataset, row) if r.values["event_type"] == "impression"]
        third = next((r for r in shown if r.values.get("position") == 3), None)
        listed = listings(dataset).get(third.values["product_id"]) if third else None
        is_sound = not any(not dataset.is_free(r) for r in shown)
        return (
            (shown, third, listed)
            if third and listed and listed.get("price") and is_sound
            else None
        )

    def is_fit(row: Row) -> bool:
        scene = Scene(dataset, kind, row, [row], {row.key: row.values}, random.Random(0))
        return fits(scene, {}) and wanted(row) is not None

    for search in dataset.take(EVENTS, 1, is_fit):
        shown, third, product = wanted(search) or ([], search, {})
        size = next((v["variant_id"] for v in product.get("variants") or []), None)
        paid = {k: product[k] for k in ("price", "currency")} | {"quantity": 1, "variant_id": size}
        rows = page_of(dataset, search)
        dataset.mark(rows)
        related = tuple(r.key for r in rows)
        for n in range(28):
            who, begin = newcomer(dataset), dataset.rng.randrange(HOUR)
            who["query_id"] = f"{who['session_id']}q0"
            added = [again(dataset, row, begin, **who) for row in (search, *shown)]
            look = begin + search.values[AT] - third.values[AT] + 9 * SECOND
            look += dataset.rng.randrange(3 * SECOND)
            stay = 30_000 + dataset.rng.randrange(200)
            left, off = look + stay * 1000, who | OFF_PAGE | paid
            order = {"order_id": f"o6{n:06d}", "event_type": "purchase"}
            added += [
                again(dataset, third, look, event_type="click", **who),
                again(dataset, third, left, event_type="dwell", dwell_ms=stay, **who),
                again(dataset, third, left + SECOND, event_type="add_to_cart", **off),
                again(dataset, third, left + 21 * SECOND, **(off | order)),
            ]
            for row in added:
                dataset.case(kind.name, [row], related=related)


@process
def price_of_next_product(dataset: Dataset, kind: Kind) -> None:
    """A cart's price is exactly the listing of the product one place lower on its page."""
    placed = {
        (r.values.get("query_id"), r.values.get("position")): r.values["product_id"]
        for r in dataset.sound(EVENTS, "impression")
    }
    below: dict[tuple[Any, Any], Any] = {}
    for row in dataset.sound(EVENTS, "click"):
        values = row.values
        if isinstance(values.get("position"), int):
            next_one = placed.get((values.get("query_id"), values["position"] + 1))
            below[values.get("session_id"), values["product_id"]] = next_one

    def price(values: Values) -> Any:
        product = below.get((values.get("session_id"), values.get("product_id")))
        return listings(dataset).get(product, {}).get("price")

    def is_fit(row: Row) -> bool:
        other, own = float(price(row.values) or 0), float(row.values.get("price") or 0)
        is_cart = row.values["event_type"] == "add_to_cart"
        return is_cart and other > 0 and own > 0 and not 0.6 < other / own < 1.6

    for row in dataset.take(EVENTS, kind.cases, is_fit):
        clean, row.values["price"] = row.values["price"], price(row.values)
        dataset.case(kind.name, [row], field="price", clean=clean)


@process
def cart_with_a_place(dataset: Dataset, kind: Kind) -> None:
    """A cart's row has place 1 of a page that shows the product further below: its row in the cart."""
    for group in groups_of(dataset, kind):
        click = group.picked[0]
        scene = Scene(dataset, kind, click, group.rows, group.snapshot, dataset.rng)
        cart = cart_of(scene)
        if cart is not None:
            dataset.mark([cart])
            cart.values |= {k: click.values[k] for k in ("query_id", "surface")} | {"position": 1}
            related = tuple(r.key for r in group.rows)
            clean = click.values["position"]
            dataset.case(kind.name, [cart], field="position", clean=clean, related=related)
