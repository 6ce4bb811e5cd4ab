"""Outcomes as logs report them wrongly: contradictions, late arrivals, positions, lost queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from baihuo.faults.dataset import DAY_US, MINUTE_US, OFF_PAGE, Dataset, Faults, Row

_OUTCOMES = ("click", "dwell", "add_to_cart", "remove_from_cart", "purchase")

FAULTS = Faults()


@FAULTS.add(
    "a review changed its mind",
    "contradictory_rating",
    needs="reviews with an order id and a rating",
)
def _ratings(dataset: Dataset, n: int) -> None:
    """Somebody rates a purchase in anger, and again when it works."""
    for row in dataset.pick(
        "events", n, "review", when=lambda r: r["order_id"] is not None and r["rating"]
    ):
        early_us = int(dataset.rng.uniform(0.05, 1.5) * DAY_US)
        far = [x for x in (1.0, 2.0, 3.0, 4.0, 5.0) if abs(x - row["rating"]) >= 2]
        first = dataset.copy(row, "review", -early_us, rating=dataset.rng.choice(far), text=None)
        dataset.label(first, "contradictory_rating", on=[row])
        dataset.reserve(row)


@FAULTS.add(
    "bought and cancelled in minutes",
    "undone_purchase",
    needs="purchases with an order id of what the visitor bought once",
)
def _undone(dataset: Dataset, n: int) -> None:
    for row in _bought_once(dataset, n):
        cancel = _cancel(dataset, row)
        dataset.label(cancel, "undone_purchase", on=[row])
        dataset.label(row, "undone_purchase", on=[cancel])


def _bought_once(dataset: Dataset, n: int) -> list[Row]:
    """Purchases of what their visitor bought once and kept."""
    times: dict[tuple[str, str], int] = defaultdict(int)
    for row in dataset.events:
        if row["event_type"] in ("purchase", "cancel"):
            times[row["visitor_id"], row["product_id"]] += 1
    last_us = max((r["received_at_us"] for r in dataset.events), default=0) - 30 * MINUTE_US
    return dataset.pick(
        "events",
        n,
        "purchase",
        when=lambda r: (
            r["order_id"] is not None
            and r["received_at_us"] < last_us
            and times[r["visitor_id"], r["product_id"]] == 1
        ),
    )


def _cancel(dataset: Dataset, row: Row, **other: Any) -> Row:
    late_us = dataset.rng.randint(30, 1_500) * 1_000_000
    return dataset.copy(row, "cancel", late_us, **OFF_PAGE, event_type="cancel", **other)


@FAULTS.add(
    "a credit note of its own number",
    "purchase_taken_back",
    needs="purchases with an order id of what the visitor bought once",
)
def _taken_back(dataset: Dataset, n: int) -> None:
    """The till writes a credit note with a number of its own."""
    for row in _bought_once(dataset, n):
        cancel = _cancel(dataset, row, order_id=dataset.new_id("credit"))
        dataset.reserve(cancel)
        dataset.label(row, "purchase_taken_back", on=[cancel])


@FAULTS.add(
    "two products clicked at one place", "contradictory_click", needs="clicks with a query id"
)
def _two_clicks(dataset: Dataset, n: int) -> None:
    """A page without impressions changed under its query: two products were clicked at one place."""
    clicks = dataset.pick("events", 2 * n, "click", when=lambda r: r["query_id"])
    for row, other in zip(clicks[::2], clicks[1::2], strict=False):
        if row["product_id"] == other["product_id"]:
            continue
        query, where, made = dataset.new_id("query"), dataset.rng.randint(1, 12), []
        for old, late_us in ((row, 0), (other, dataset.rng.randint(4, 90) * 1_000_000)):
            new = dataset.copy(
                row,
                "click",
                late_us,
                product_id=old["product_id"],
                price_minor=old["price_minor"],
                query_id=query,
                position=where,
                propensity=None,
            )
            made.append(new)
        for click in made:
            dataset.label(click, "contradictory_click", also=("missing_query",), on=made)


@FAULTS.add(
    "an outcome that came late",
    "late_outcome",
    needs="clicks, carts or purchases with the impression of their query",
)
def _late(dataset: Dataset, n: int) -> None:
    """The app was offline, or a batch job sends purchases at night."""
    seen: dict[tuple[str, str], Row] = {}
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"]:
            seen.setdefault((row["query_id"], row["product_id"]), row)
    end_us = max((r["received_at_us"] for r in dataset.events), default=0)
    for row in dataset.pick(
        "events",
        n,
        "click",
        "add_to_cart",
        "purchase",
        when=lambda r: (r["query_id"], r["product_id"]) in seen,
    ):
        shown = seen[row["query_id"], row["product_id"]]
        late_us = int(
            dataset.rng.choice((40, 90, 600, 4_000)) * dataset.rng.uniform(1, 2) * MINUTE_US
        )
        after_us = row["occurred_at_us"] - shown["occurred_at_us"]
        if (
            not 0 <= after_us < 29 * MINUTE_US
            or row["received_at_us"] + late_us > end_us
            or not dataset.is_clean(shown)
        ):
            continue
        row["received_at_us"] += late_us
        dataset.reserve(shown)
        dataset.label(row, "late_outcome", on=[shown])


@FAULTS.add(
    "a page from 0",
    "zero_based_page",
    "shifted_position",
    needs="pages with impressions at every position",
)
def _from_zero(dataset: Dataset, n: int) -> None:
    """A client that numbers as programmers do."""
    for shown, came in _some(dataset, n, lambda shown, came: len(shown) > 2):
        for row in (*shown, *came):
            if row["position"] is not None:
                row["position"] -= 1
                check = (
                    "zero_based_page" if row["event_type"] == "impression" else "shifted_position"
                )
                dataset.label(row, check, also=_also(row), on=(*shown, *came))


def _some(
    dataset: Dataset, n: int, fits: Callable[[list[Row], list[Row]], bool]
) -> Iterable[tuple[list[Row], list[Row]]]:
    pages = [p for p in _pages(dataset) if fits(*p)]
    for shown, came in dataset.some(pages, n):
        dataset.reserve(*(*shown, *came))
        yield shown, came


def _pages(dataset: Dataset) -> list[tuple[list[Row], list[Row]]]:
    """Untouched pages: impressions from the top down, and what came of them."""
    of: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    used = set()
    for row in dataset.events:
        if query := row.get("query_id"):
            if not dataset.is_clean(row):
                used.add(query)
            if row["event_type"] == "impression":
                of[query][0].append(row)
            elif row["event_type"] in _OUTCOMES:
                of[query][1].append(row)
    pages = []
    for query, (shown, came) in of.items():
        shown.sort(key=lambda r: (r["position"] or 0, r["occurred_at_us"]))
        if query not in used and [r["position"] for r in shown] == list(range(1, len(shown) + 1)):
            pages.append((shown, came))
    return pages


def _also(row: Row) -> tuple[str, ...]:
    """A shifted position is also a wrong one, where the rest of the page does not show by how much; and
    0 is no position at all."""
    return ("wrong_position", "bad_position") if row["position"] == 0 else ("wrong_position",)


@FAULTS.add(
    "clicks off by a constant",
    "shifted_position",
    needs="pages with impressions and two products clicked",
)
def _shifted(dataset: Dataset, n: int) -> None:
    """Clicks count within what is loaded, or after the banner; impressions within the page."""

    def fits(shown: list[Row], came: list[Row]) -> bool:
        return len({r["product_id"] for r in came}) > 1 and all(r["position"] for r in came)

    for shown, came in _some(dataset, n, fits):
        by = dataset.rng.choice((-1, 1, 2, 24, 48))
        for row in came:
            row["position"] += by
            dataset.label(row, "shifted_position", also=_also(row), on=(*shown, *came))


@FAULTS.add("a click elsewhere", "wrong_position", needs="pages of five impressions with a click")
def _elsewhere(dataset: Dataset, n: int) -> None:
    """One click with a place that the page had given to another product."""

    def fits(shown: list[Row], came: list[Row]) -> bool:
        return len(shown) > 4 and any(r["event_type"] == "click" and r["position"] for r in came)

    for shown, came in _some(dataset, n, fits):
        row = dataset.rng.choice([r for r in came if r["event_type"] == "click" and r["position"]])
        row["position"] = dataset.rng.choice(
            [p for p in range(1, len(shown) + 1) if p != row["position"]]
        )
        dataset.label(row, "wrong_position", on=shown)


@FAULTS.add(
    "two products at one place",
    "shared_position",
    needs="pages of five impressions without a click",
)
def _same_place(dataset: Dataset, n: int) -> None:
    for shown, _ in _some(dataset, n, _without_outcome):
        row, other = dataset.rng.sample(shown, 2)
        row["position"] = other["position"]
        dataset.label(row, "shared_position", on=[other])
        dataset.label(other, "shared_position", on=[row])


def _without_outcome(shown: list[Row], came: list[Row]) -> bool:
    return len(shown) > 4 and not came


@FAULTS.add(
    "a product at two places", "product_twice", needs="pages of five impressions without a click"
)
def _twice(dataset: Dataset, n: int) -> None:
    """A recommended product stands in the list as well."""
    for shown, _ in _some(dataset, n, _without_outcome):
        row, last = dataset.rng.choice(shown[:-1]), shown[-1]
        again = dataset.copy(
            last, "again", 300_000, product_id=row["product_id"], position=last["position"] + 1
        )
        dataset.label(row, "product_twice", on=[again])
        dataset.label(again, "product_twice", on=[row])


@FAULTS.add(
    "a query forgotten",
    "recovered_query",
    "missing_query",
    needs="clicks, carts or purchases with a query, a session and an impression",
)
def _lost_query(dataset: Dataset, n: int) -> None:
    """A click, cart or purchase that forgot its page; now and then the product was on two pages."""
    of: dict[tuple[Any, ...], dict[str, Row]] = defaultdict(dict)
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"] and row["session_id"]:
            key = (row["visitor_id"], row["session_id"], row["product_id"], row["surface"])
            of[key].setdefault(row["query_id"], row)
    lost = dataset.pick(
        "events",
        n,
        "click",
        "add_to_cart",
        "purchase",
        when=lambda r: r["query_id"] and r["session_id"],
    )
    for row in lost:
        pages = of[row["visitor_id"], row["session_id"], row["product_id"], row["surface"]]
        before = [p for p in pages.values() if p["occurred_at_us"] <= row["occurred_at_us"]]
        if not before or len(before) != len(pages) or not all(map(dataset.is_clean, before)):
            continue
        dataset.reserve(*before)
        row["query_id"] = None
        if len(before) > 1:
            row["position"] = None
        check = "recovered_query" if len(before) == 1 else "missing_query"
        dataset.label(row, check, also=("missing_query",), on=before)


@FAULTS.add("a click out of nowhere", "missing_query", needs="clicks with a query id")
def _never_shown(dataset: Dataset, n: int) -> None:
    """A click on a search page that never showed the product: a widget nobody registered."""
    seen = {
        (r["visitor_id"], r["product_id"])
        for r in dataset.events
        if r["event_type"] == "impression"
    }
    ids = sorted({r["product_id"] for r in dataset.events if r["product_id"]})
    for row in dataset.pick("events", n, "click", when=lambda r: r["query_id"]):
        other = dataset.rng.choice(ids)
        if (row["visitor_id"], other) in seen:
            continue
        new = dataset.copy(
            row,
            "click",
            7_000_000,
            product_id=other,
            query_id=None,
            position=None,
            propensity=None,
            price_minor=None,
        )
        dataset.label(new, "missing_query")
