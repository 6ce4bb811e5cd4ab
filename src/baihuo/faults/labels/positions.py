"""Positions on a page that cannot be right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_OUTCOMES = ("click", "dwell", "add_to_cart", "remove_from_cart", "purchase")
_ZERO = "bad_position"  # a 0 is also no position at all


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


def _some(
    dataset: Dataset, n: int, fits: Callable[[list[Row], list[Row]], bool]
) -> Iterable[tuple[list[Row], list[Row]]]:
    pages = [p for p in _pages(dataset) if fits(*p)]
    for shown, came in dataset.rng.sample(pages, min(n, len(pages))):
        for row in (*shown, *came):
            dataset.reserve(row)
        yield shown, came


def _also(row: Row) -> tuple[str, ...]:
    """A shifted position is also a wrong one, where the rest of the page does not show by how much; and
    0 is no position at all."""
    return ("wrong_position", _ZERO) if row["position"] == 0 else ("wrong_position",)


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


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a page from 0",
        ("zero_based_page", "shifted_position"),
        True,
        _from_zero,
        needs="pages with impressions at every position",
    ),
    Fault(
        "clicks off by a constant",
        ("shifted_position",),
        True,
        _shifted,
        needs="pages with impressions and two products clicked",
    ),
    Fault(
        "a click elsewhere",
        ("wrong_position",),
        True,
        _elsewhere,
        needs="pages of five impressions with a click",
    ),
    Fault(
        "two products at one place",
        ("shared_position",),
        True,
        _same_place,
        needs="pages of five impressions without a click",
    ),
    Fault(
        "a product at two places",
        ("product_twice",),
        True,
        _twice,
        needs="pages of five impressions without a click",
    ),
)
