"""One cell with a value that cannot be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from baihuo.faults.dataset import DEPENDENT_CHECKS, Dataset, Row, Table
from baihuo.faults.fault import Fault
from baihuo.faults.selection import EVENTS, PRODUCTS, Selection, filled, having, of_type

_DAY_US, _MINUTE_US = 86_400_000_000, 60_000_000
_DAMAGED = ("<b>{}</b>", "{} &amp; more", "\ufeff{}\u200b", "{} caf\u00c3\u00a9", "{}<br/>")
_NOTHING = ("null", "undefined", "NaN", "(none)", "N/A", "无")
_OF_NOBODY = (
    *(
        "此用户没有填写评价。",
        "系统默认好评！",
        "The customer left no comment.",
        "[图片]",
        "IMG_20250301_101112.jpg",
    ),
    *(
        "Dear {{customer_name}}, how was it?",
        "很好用。【商家回复】亲，感谢您的支持",
        "9f86d081884c7d659a2feaa0c55ad015",
    ),
    *(
        "兼职刷单日赚500元，加微信 http://hb.example/x",
        '{"stars": 5, "body": "nice"}',
        'Nice.","5","2025-03-01 10:00:00"',
    ),
)
_ODD_REFERRERS = (
    "http://localhost:3000/cart",
    "file:///C:/a.html",
    "http://online-casino.example/",
    "https//shop",
)
_OF_A_PRODUCT = ("impression", "click", "add_to_cart", "purchase")


def _cell(
    table: Table,
    check: str,
    field: str,
    values: Callable[[Dataset, Row], Any],
    rows: Selection | None = None,
    also: tuple[str, ...] = (),
) -> Fault:
    """A wrong value in one cell; ``also``: checks that are right about it, too."""
    rows = rows or (EVENTS if table == "events" else PRODUCTS)

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick(table, n, lambda r: rows.fits(r) and not dataset.is_used(r)):
            if row.get("event_type") == "purchase":
                _excuse_cancels(dataset, row)
            row[field] = values(dataset, row)
            dataset.label(table, row, check, also=also, cells=(field,))

    return Fault(f"{check}: {field}", (check,), True, apply, needs=rows.name)


def _excuse_cancels(dataset: Dataset, purchase: Row) -> None:
    """Without the purchase, its cancellation has nothing to cancel, and a review of its order no order."""
    who, order = (purchase["visitor_id"], purchase["product_id"]), purchase.get("order_id")
    for row in dataset.events:
        if row["event_type"] == "cancel" and (row["visitor_id"], row["product_id"]) == who:
            dataset.excuse("events", row, *DEPENDENT_CHECKS, "row_against_order")
        elif order and row["order_id"] == order:
            dataset.excuse("events", row, "row_against_order")


def _other_currencies(dataset: Dataset, n: int) -> None:
    """Another currency than the listing's, which stays as it is."""
    listings = {p["product_id"]: p for p in dataset.products if p.get("price_minor")}
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            dataset.is_clean(r)
            and r["event_type"] == "click"
            and bool(r.get("price_minor") and r.get("currency"))
            and r["product_id"] in listings
            and dataset.is_clean(listings[r["product_id"]])
        ),
    ):
        row["currency"] = "USD" if row["currency"] != "USD" else "EUR"
        dataset.reserve(listings[row["product_id"]])
        cells = ("currency", "price_minor", "product_id")
        dataset.label("events", row, "currency_against_listing", cells=cells)


def _lost_texts(dataset: Dataset, n: int) -> None:
    """A search without its text, which the other rows of its page still have."""
    having: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["query_id"] and row["query_text"] and dataset.is_clean(row):
            having[row["query_id"], row["query_text"]].append(row)
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            r["event_type"] == "search"
            and dataset.is_clean(r)
            and len(having.get((r["query_id"], r["query_text"]), ())) >= 2
        ),
    ):
        others = [r for r in having[row["query_id"], row["query_text"]] if r is not row]
        row["query_text"] = None
        dataset.label("events", row, "query_against_page", on=others, cells=("query_text",))
        for other in others:
            dataset.reserve(other)


FAULTS: tuple[Fault, ...] = (
    _cell(
        "events",
        "unknown_type",
        "event_type",
        lambda d, r: d.rng.choice(("clik", "CLICK ", "view_item", "?")),
        also=("misplaced_value",),  # a review that says it is a view has stars
    ),
    _cell(
        "events",
        "no_visitor",
        "visitor_id",
        lambda d, r: d.rng.choice(("", "  ", "\t", "\u00a0", "\u3000 ", *_NOTHING)),
    ),
    _cell("events", "no_event_id", "event_id", lambda d, r: d.rng.choice(("", " "))),
    _cell(
        "events",
        "no_product",
        "product_id",
        lambda d, r: d.rng.choice((None, "", " ", *_NOTHING)),
        of_type(*_OF_A_PRODUCT),
    ),
    _cell(
        "events",
        "huge_value",
        "product_id",
        lambda d, r: "x" * d.rng.randint(300, 9_000),
        of_type(*_OF_A_PRODUCT),
    ),
    _cell(
        "events",
        "bad_quantity",
        "quantity",
        lambda d, r: d.rng.choice((0, -1, -3, 10**7)),
        of_type("purchase", "add_to_cart"),
    ),
    _cell(
        "events",
        "bad_price",
        "price_minor",
        lambda d, r: d.rng.choice((-1, -1999, 10**13)),
        having("price_minor"),
    ),
    _cell(
        "events",
        "bad_currency",
        "currency",
        lambda d, r: d.rng.choice(("cny", "¥", "RMB1", "元", "XYZ", "EURO", "CNX")),
        having("currency"),
        also=("currency_against_listing",),  # CNY is read, in a shop of pounds
    ),
    _cell(
        "events",
        "bad_position",
        "position",
        lambda d, r: d.rng.choice((0, -1, 99_999)),
        of_type("impression"),
    ),
    _cell(
        "events",
        "bad_propensity",
        "propensity",
        lambda d, r: d.rng.choice((0.0, -0.2, 1.5, float("nan"))),
        having("propensity"),
    ),
    _cell(
        "events",
        "bad_dwell",
        "dwell_ms",
        lambda d, r: d.rng.choice((-1, -5_000, 900_000_000)),
        of_type("dwell"),
    ),
    _cell(
        "events",
        "bad_rating",
        "rating",
        lambda d, r: d.rng.choice((0.0, 6.0, -1.0, 100.0, float("nan"))),
        of_type("review"),
    ),
    _cell(
        "events",
        "unknown_product",
        "product_id",
        lambda d, r: d.new_id("gone"),
        of_type("click", "impression"),
    ),
    _cell(
        "events",
        "too_old",
        "occurred_at_us",
        lambda d, r: d.rng.choice((0, 1, 10**12, 631_152_000_000_000)),
    ),
    _cell(
        "events",
        "too_late",
        "occurred_at_us",
        lambda d, r: r["received_at_us"] - d.rng.randint(120, 900) * _DAY_US,
    ),
    _cell(
        "events",
        "from_the_future",
        "occurred_at_us",
        lambda d, r: r["received_at_us"] + d.rng.randint(120, 500_000) * _MINUTE_US,
    ),
    _cell(
        "events",
        "received_before_it_occurred",
        "occurred_at_us",
        lambda d, r: r["received_at_us"] + d.rng.randint(2, 50) * _MINUTE_US,
        also=("wrong_time_zone",),
    ),
    _cell(
        "events",
        "null_word",
        "order_id",
        lambda d, r: d.rng.choice(_NOTHING),
        of_type("purchase"),
        also=("row_against_order",),
    ),
    _cell(
        "events",
        "null_word",
        "query_text",
        lambda d, r: d.rng.choice(("undefined", "null", "[object Object]", "{{query}}")),
        of_type("search"),
        also=("query_against_page",),
    ),
    _cell(
        "events",
        "damaged_text",
        "query_text",
        lambda d, r: d.rng.choice(_DAMAGED).format(r["query_text"].replace("{", "")),
        filled("query_text"),
    ),
    _cell(
        "events",
        "unreadable_text",
        "query_text",
        lambda d, r: d.rng.choice(
            ("锟斤拷锟斤拷 {}", "{}\ufffd\ufffd", "□□□ {}", "????? ???")
        ).format(r["query_text"][:4].replace("{", "")),
        filled("query_text"),
    ),
    Fault(
        "query_against_page: query_text",
        ("query_against_page",),
        True,
        _lost_texts,
        needs="searches with a text, whose page has it, too",
    ),
    _cell(
        "events",
        "text_of_nobody",
        "text",
        lambda d, r: d.rng.choice(_OF_NOBODY),
        filled("text"),
    ),
    _cell(
        "events",
        "odd_referrer",
        "referrer",
        lambda d, r: d.rng.choice(_ODD_REFERRERS),
        of_type("search"),
    ),
    Fault(
        "currency_against_listing: currency",
        ("currency_against_listing",),
        True,
        _other_currencies,
        needs="clicks with a price and a currency on products with a price",
    ),
    _cell("products", "null_word_in_listing", "brand", lambda d, r: d.rng.choice(_NOTHING)),
    _cell(
        "products",
        "bad_listing_price",
        "price_minor",
        lambda d, r: d.rng.choice((-1, -500, 10**14)),
        also=("likely_duplicate",),  # a price may be all that tells two listings of one title apart
    ),
    _cell(
        "products",
        "bad_listing_currency",
        "currency",
        lambda d, r: d.rng.choice(("usd", "€", "yuan", "ABC")),
        also=("listing_price_outlier", "likely_duplicate"),  # USD is read, in a shop of yuan
    ),
    _cell("products", "bad_stock", "stock_units", lambda d, r: -d.rng.randint(1, 500)),
    _cell(
        "products",
        "bad_attributes",
        "attributes",
        lambda d, r: d.rng.choice(("{", "{'Colour': 'Red'}", "Colour: Red")),
    ),
    _cell(
        "products",
        "released_at_nowhere",
        "released_at_us",
        lambda d, r: d.rng.choice((-(10**16), 10**17)),
    ),
    _cell("products", "updated_in_the_future", "updated_at_us", lambda d, r: 4_000_000_000_000_000),
)
