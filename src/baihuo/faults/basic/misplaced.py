"""Values in a wrong column or on a wrong type of event, rows that their page or order contradicts."""

from __future__ import annotations

from collections import defaultdict

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault


def _clean(dataset: Dataset, event_type: str, *names: str) -> list[Row]:
    return [
        r
        for r in dataset.events
        if dataset.is_clean(r) and r["event_type"] == event_type and all(map(r.get, names))
    ]


def _swapped_labels(dataset: Dataset, n: int) -> None:
    rows = _clean(dataset, "impression", "country", "language")
    few = min(n, len(rows), len(dataset.events) // 400)
    for row in dataset.rng.sample(rows, few):
        row["country"], row["language"] = row["language"], row["country"]
        dataset.label(
            "events",
            row,
            "misplaced_value",
            also=("row_against_page",),
            cells=("country", "language"),
        )


def _other_surface(dataset: Dataset, n: int) -> None:
    """One impression of a page that says another surface than all others."""
    pages: dict[str, list[Row]] = {}
    for row in _clean(dataset, "impression", "query_id", "surface"):
        pages.setdefault(row["query_id"], []).append(row)
    n_pages = len(pages)
    long = [of for of in pages.values() if len(of) >= 8 and len({r["surface"] for r in of}) == 1]
    for of in dataset.rng.sample(long, min(n, len(long), n_pages // 100)):
        row = dataset.rng.choice(of)
        row["surface"] = "cart" if row["surface"] != "cart" else "home"
        dataset.label("events", row, "row_against_page", cells=("surface",), on=of)


def _reviews_of_others(dataset: Dataset, n: int) -> None:
    rows = _clean(dataset, "review", "order_id", "product_id")
    orders = {r["order_id"] for r in dataset.events if r["event_type"] == "purchase"}
    rows = [r for r in rows if r["order_id"] in orders]
    products = [p["product_id"] for p in dataset.products]
    for row in dataset.rng.sample(rows, min(n, len(rows) // 20)):
        row["product_id"] = dataset.rng.choice(products)
        dataset.label("events", row, "row_against_order", cells=("product_id",))


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
    Fault(
        "query_against_page: query_text",
        ("query_against_page",),
        True,
        _lost_texts,
        needs="searches with a text, whose page has it, too",
    ),
    Fault(
        "currency_against_listing: currency",
        ("currency_against_listing",),
        True,
        _other_currencies,
        needs="clicks with a price and a currency on products with a price",
    ),
    Fault(
        "country and language swapped",
        ("misplaced_value",),
        True,
        _swapped_labels,
        needs="impressions with country and language",
    ),
    Fault(
        "another surface than the page",
        ("row_against_page",),
        True,
        _other_surface,
        needs="pages of eight impressions with a surface",
    ),
    Fault(
        "a review of what the order does not hold",
        ("row_against_order",),
        True,
        _reviews_of_others,
        needs="reviews that name an order",
    ),
)
