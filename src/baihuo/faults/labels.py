"""Outcomes as logs tell them wrongly: contradictions, late arrivals, positions, lost queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_OUTCOMES = ("click", "dwell", "add_to_cart", "remove_from_cart", "purchase")
_ZERO = "bad_position"  # a 0 is also no position at all


def _is(*types: str) -> Callable[[Row], bool]:
    return lambda row: row["event_type"] in types


def _pages(dataset: Dataset) -> list[tuple[list[Row], list[Row]]]:
    """Untouched pages: impressions from the top down, and what came of them."""
    of: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    dirty = set()
    for row in dataset.events:
        if query := row.get("query_id"):
            if not dataset.is_clean(row):
                dirty.add(query)
            if row["event_type"] == "impression":
                of[query][0].append(row)
            elif row["event_type"] in _OUTCOMES:
                of[query][1].append(row)
    pages = []
    for query, (shown, came) in of.items():
        shown.sort(key=lambda r: (r["position"] or 0, r["occurred_at_us"]))
        if query not in dirty and [r["position"] for r in shown] == list(range(1, len(shown) + 1)):
            pages.append((shown, came))
    return pages


def _some(
    dataset: Dataset, n: int, fits: Callable[[list[Row], list[Row]], bool]
) -> Iterable[tuple[list[Row], list[Row]]]:
    pages = [p for p in _pages(dataset) if fits(*p)]
    for shown, came in dataset.rng.sample(pages, min(n, len(pages))):
        for row in (*shown, *came):
            dataset.reserve(row)
        yield shown, came


def _also(row: Row) -> tuple[str, ...]:
    """A place that is wrong is that, too, where the rest of the page does not tell by how much; and a
    0 is no place at all."""
    return ("wrong_position", _ZERO) if row["position"] == 0 else ("wrong_position",)


def _ratings(dataset: Dataset, n: int) -> None:
    """Somebody rates a purchase in anger, and again when it works."""
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            _is("review")(r) and dataset.is_clean(r) and r["order_id"] is not None and r["rating"]
        ),
    ):
        early_us = int(dataset.rng.uniform(0.05, 1.5) * _DAY_US)
        far = [x for x in (1.0, 2.0, 3.0, 4.0, 5.0) if abs(x - row["rating"]) >= 2]
        first = {
            **row,
            "event_id": dataset.new_id("review"),
            "rating": dataset.rng.choice(far),
            "text": None,
            "occurred_at_us": row["occurred_at_us"] - early_us,
            "received_at_us": row["received_at_us"] - early_us,
        }
        dataset.label("events", dataset.add("events", first), "contradictory_rating", on=[row])
        dataset.reserve(row)


def _cancel(dataset: Dataset, row: Row, **other: Any) -> Row:
    late_us = dataset.rng.randint(30, 1_500) * 1_000_000
    return dataset.add(
        "events",
        {
            **row,
            "event_id": dataset.new_id("cancel"),
            "event_type": "cancel",
            "position": None,
            "propensity": None,
            "query_id": None,
            "surface": None,
            **other,
            "occurred_at_us": row["occurred_at_us"] + late_us,
            "received_at_us": row["received_at_us"] + late_us,
        },
    )


def _bought_once(dataset: Dataset, n: int) -> list[Row]:
    """Purchases of what their visitor bought once and kept."""
    times: dict[tuple[str, str], int] = defaultdict(int)
    for row in dataset.events:
        if row["event_type"] in ("purchase", "cancel"):
            times[row["visitor_id"], row["product_id"]] += 1
    last_us = max((r["received_at_us"] for r in dataset.events), default=0) - 30 * _MINUTE_US
    return dataset.pick(
        "events",
        n,
        lambda r: (
            _is("purchase")(r)
            and dataset.is_clean(r)
            and r["order_id"] is not None
            and r["received_at_us"] < last_us
            and times[r["visitor_id"], r["product_id"]] == 1
        ),
    )


def _undone(dataset: Dataset, n: int) -> None:
    for row in _bought_once(dataset, n):
        cancel = _cancel(dataset, row)
        dataset.label("events", cancel, "undone_purchase", on=[row])
        dataset.label("events", row, "undone_purchase", on=[cancel])


def _taken_back(dataset: Dataset, n: int) -> None:
    """The till writes a credit note with a number of its own."""
    for row in _bought_once(dataset, n):
        cancel = _cancel(dataset, row, order_id=dataset.new_id("credit"))
        dataset.reserve(cancel)
        dataset.label("events", row, "purchase_taken_back", on=[cancel])


def _two_clicks(dataset: Dataset, n: int) -> None:
    """A page without impressions changed under its query: two products were clicked at one place."""
    clicks = dataset.pick(
        "events", 2 * n, lambda r: _is("click")(r) and dataset.is_clean(r) and r["query_id"]
    )
    for row, other in zip(clicks[::2], clicks[1::2], strict=False):
        if row["product_id"] == other["product_id"]:
            continue
        query, where, made = dataset.new_id("query"), dataset.rng.randint(1, 12), []
        for old, late_us in ((row, 0), (other, dataset.rng.randint(4, 90) * 1_000_000)):
            new = {
                **row,
                "product_id": old["product_id"],
                "event_id": dataset.new_id("click"),
                "price_minor": old["price_minor"],
                "query_id": query,
                "position": where,
                "propensity": None,
                "occurred_at_us": row["occurred_at_us"] + late_us,
                "received_at_us": row["received_at_us"] + late_us,
            }
            made.append(dataset.add("events", new))
        for click in made:
            dataset.label(
                "events", click, "contradictory_click", on=[c for c in made if c is not click]
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
        lambda r: (
            _is("click", "add_to_cart", "purchase")(r)
            and dataset.is_clean(r)
            and (r["query_id"], r["product_id"]) in seen
        ),
    ):
        shown = seen[row["query_id"], row["product_id"]]
        late_us = int(
            dataset.rng.choice((40, 90, 600, 4_000)) * dataset.rng.uniform(1, 2) * _MINUTE_US
        )
        after_us = row["occurred_at_us"] - shown["occurred_at_us"]
        if (
            not 0 <= after_us < 29 * _MINUTE_US
            or row["received_at_us"] + late_us > end_us
            or not dataset.is_clean(shown)
        ):
            continue
        row["received_at_us"] += late_us
        dataset.reserve(shown)
        dataset.label("events", row, "late_outcome", on=[shown])


def _from_zero(dataset: Dataset, n: int) -> None:
    """A client that numbers as programmers do."""
    for shown, came in _some(dataset, n, lambda shown, came: len(shown) > 2):
        for row in (*shown, *came):
            if row["position"] is not None:
                row["position"] -= 1
                check = (
                    "zero_based_page" if row["event_type"] == "impression" else "shifted_position"
                )
                page = [r for r in (*shown, *came) if r is not row]
                dataset.label("events", row, check, also=_also(row), on=page)


def _shifted(dataset: Dataset, n: int) -> None:
    """Clicks count within what is loaded, or after the banner; impressions within the page."""

    def fits(shown: list[Row], came: list[Row]) -> bool:
        return len({r["product_id"] for r in came}) > 1 and all(r["position"] for r in came)

    for shown, came in _some(dataset, n, fits):
        by = dataset.rng.choice((-1, 1, 2, 24, 48))
        for row in came:
            row["position"] += by
            page = [r for r in (*shown, *came) if r is not row]
            dataset.label("events", row, "shifted_position", also=_also(row), on=page)


def _elsewhere(dataset: Dataset, n: int) -> None:
    """One click with a place that the page had given to another product."""

    def fits(shown: list[Row], came: list[Row]) -> bool:
        return len(shown) > 4 and any(r["event_type"] == "click" and r["position"] for r in came)

    for shown, came in _some(dataset, n, fits):
        row = dataset.rng.choice([r for r in came if r["event_type"] == "click" and r["position"]])
        row["position"] = dataset.rng.choice(
            [p for p in range(1, len(shown) + 1) if p != row["position"]]
        )
        dataset.label("events", row, "wrong_position", on=shown)


def _without_outcome(shown: list[Row], came: list[Row]) -> bool:
    return len(shown) > 4 and not came


def _same_place(dataset: Dataset, n: int) -> None:
    for shown, _ in _some(dataset, n, _without_outcome):
        row, other = dataset.rng.sample(shown, 2)
        row["position"] = other["position"]
        dataset.label("events", row, "shared_position", on=[other])
        dataset.label("events", other, "shared_position", on=[row])


def _twice(dataset: Dataset, n: int) -> None:
    """A recommended product stands in the list as well."""
    for shown, _ in _some(dataset, n, _without_outcome):
        row, last = dataset.rng.choice(shown[:-1]), shown[-1]
        again = {
            **last,
            "event_id": dataset.new_id("again"),
            "product_id": row["product_id"],
            "position": last["position"] + 1,
            "occurred_at_us": last["occurred_at_us"] + 300_000,
            "received_at_us": last["received_at_us"] + 300_000,
        }
        dataset.label("events", row, "product_twice", on=[again])
        dataset.label("events", dataset.add("events", again), "product_twice", on=[row])


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
        lambda r: (
            _is("click", "add_to_cart", "purchase")(r)
            and dataset.is_clean(r)
            and r["query_id"]
            and r["session_id"]
        ),
    )
    for row in lost:
        pages = of[row["visitor_id"], row["session_id"], row["product_id"], row["surface"]]
        before = [p for p in pages.values() if p["occurred_at_us"] <= row["occurred_at_us"]]
        if not before or len(before) != len(pages) or not all(map(dataset.is_clean, before)):
            continue
        for page in before:
            dataset.reserve(page)
        row["query_id"] = None
        if len(before) > 1:
            row["position"] = None
        check = "recovered_query" if len(before) == 1 else "missing_query"
        dataset.label("events", row, check, also=("missing_query",), on=before)


def _never_shown(dataset: Dataset, n: int) -> None:
    """A click on a search page that never showed the product: a widget nobody registered."""
    seen = {
        (r["visitor_id"], r["product_id"])
        for r in dataset.events
        if r["event_type"] == "impression"
    }
    ids = sorted({r["product_id"] for r in dataset.events if r["product_id"]})
    for row in dataset.pick(
        "events", n, lambda r: _is("click")(r) and dataset.is_clean(r) and r["query_id"]
    ):
        other = dataset.rng.choice(ids)
        if (row["visitor_id"], other) in seen:
            continue
        new = {
            **row,
            "event_id": dataset.new_id("click"),
            "product_id": other,
            "query_id": None,
            "position": None,
            "propensity": None,
            "price_minor": None,
            "occurred_at_us": row["occurred_at_us"] + 7_000_000,
            "received_at_us": row["received_at_us"] + 7_000_000,
        }
        dataset.label("events", dataset.add("events", new), "missing_query")


FAULTS: tuple[Fault, ...] = (
    Fault("a review changed its mind", ("contradictory_rating",), True, _ratings),
    Fault("bought and cancelled in minutes", ("undone_purchase",), True, _undone),
    Fault("a credit note of its own number", ("purchase_taken_back",), True, _taken_back),
    Fault("two products clicked at one place", ("contradictory_click",), True, _two_clicks),
    Fault("an outcome that came late", ("late_outcome",), True, _late),
    Fault("a page from 0", ("zero_based_page", "shifted_position"), True, _from_zero),
    Fault("clicks off by a constant", ("shifted_position",), True, _shifted),
    Fault("a click elsewhere", ("wrong_position",), True, _elsewhere),
    Fault("two products at one place", ("shared_position",), True, _same_place),
    Fault("a product at two places", ("product_twice",), True, _twice),
    Fault("a query forgotten", ("recovered_query", "missing_query"), True, _lost_query),
    Fault("a click out of nowhere", ("missing_query",), True, _never_shown),
)
