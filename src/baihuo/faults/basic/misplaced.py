"""Values in a wrong column or on a wrong type of event, rows that their page or order contradicts."""

from __future__ import annotations

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


FAULTS: tuple[Fault, ...] = (
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
