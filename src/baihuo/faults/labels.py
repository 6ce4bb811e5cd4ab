"""Outcomes as logs tell them wrongly: contradictions, late arrivals, positions, lost queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from baihuo.faults.dataset import Bed, Plant, Row

_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_OUTCOMES = ("click", "dwell", "add_to_cart", "remove_from_cart", "purchase")
_ZERO = "bad_position"  # a 0 is also no position at all


def _is(*types: str) -> Callable[[Row], bool]:
    return lambda row: row["event_type"] in types


def _pages(bed: Bed) -> list[tuple[list[Row], list[Row]]]:
    """Untouched pages: impressions from the top down, and what came of them."""
    of: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    dirty = set()
    for row in bed.events:
        if query := row.get("query_id"):
            if not bed.is_clean(row):
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
    bed: Bed, n: int, fits: Callable[[list[Row], list[Row]], bool]
) -> Iterable[tuple[list[Row], list[Row]]]:
    pages = [p for p in _pages(bed) if fits(*p)]
    for shown, came in bed.rng.sample(pages, min(n, len(pages))):
        for row in (*shown, *came):
            bed.touch(row)
        yield shown, came


def _also(row: Row) -> tuple[str, ...]:
    """A place that is wrong is that, too, where the rest of the page does not tell by how much; and a
    0 is no place at all."""
    return ("wrong_position", _ZERO) if row["position"] == 0 else ("wrong_position",)


def _ratings(bed: Bed, n: int) -> None:
    """Somebody rates a purchase in anger, and again when it works."""
    for row in bed.pick(
        "events",
        n,
        lambda r: (
            _is("review")(r) and bed.is_clean(r) and r["order_id"] is not None and r["rating"]
        ),
    ):
        early_us = int(bed.rng.uniform(0.05, 1.5) * _DAY_US)
        far = [x for x in (1.0, 2.0, 3.0, 4.0, 5.0) if abs(x - row["rating"]) >= 2]
        first = {
            **row,
            "event_id": bed.new_id("review"),
            "rating": bed.rng.choice(far),
            "text": None,
            "occurred_at_us": row["occurred_at_us"] - early_us,
            "received_at_us": row["received_at_us"] - early_us,
        }
        bed.say("events", bed.add("events", first), "contradictory_rating", on=[row])
        bed.touch(row)


def _cancel(bed: Bed, row: Row, **other: Any) -> Row:
    late_us = bed.rng.randint(30, 1_500) * 1_000_000
    return bed.add(
        "events",
        {
            **row,
            "event_id": bed.new_id("cancel"),
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


def _bought_once(bed: Bed, n: int) -> list[Row]:
    """Purchases of what their visitor bought once and kept."""
    times: dict[tuple[str, str], int] = defaultdict(int)
    for row in bed.events:
        if row["event_type"] in ("purchase", "cancel"):
            times[row["visitor_id"], row["product_id"]] += 1
    last_us = max((r["received_at_us"] for r in bed.events), default=0) - 30 * _MINUTE_US
    return bed.pick(
        "events",
        n,
        lambda r: (
            _is("purchase")(r)
            and bed.is_clean(r)
            and r["order_id"] is not None
            and r["received_at_us"] < last_us
            and times[r["visitor_id"], r["product_id"]] == 1
        ),
    )


def _undone(bed: Bed, n: int) -> None:
    for row in _bought_once(bed, n):
        cancel = _cancel(bed, row)
        bed.say("events", cancel, "undone_purchase", on=[row])
        bed.say("events", row, "undone_purchase", on=[cancel])


def _taken_back(bed: Bed, n: int) -> None:
    """The till writes a credit note with a number of its own."""
    for row in _bought_once(bed, n):
        cancel = _cancel(bed, row, order_id=bed.new_id("credit"))
        bed.touch(cancel)
        bed.say("events", row, "purchase_taken_back", on=[cancel])


def _two_clicks(bed: Bed, n: int) -> None:
    """A page without impressions changed under its query: two products were clicked at one place."""
    clicks = bed.pick(
        "events", 2 * n, lambda r: _is("click")(r) and bed.is_clean(r) and r["query_id"]
    )
    for row, other in zip(clicks[::2], clicks[1::2], strict=False):
        if row["product_id"] == other["product_id"]:
            continue
        query, where, made = bed.new_id("query"), bed.rng.randint(1, 12), []
        for old, late_us in ((row, 0), (other, bed.rng.randint(4, 90) * 1_000_000)):
            new = {
                **row,
                "product_id": old["product_id"],
                "event_id": bed.new_id("click"),
                "price_minor": old["price_minor"],
                "query_id": query,
                "position": where,
                "propensity": None,
                "occurred_at_us": row["occurred_at_us"] + late_us,
                "received_at_us": row["received_at_us"] + late_us,
            }
            made.append(bed.add("events", new))
        for click in made:
            bed.say("events", click, "contradictory_click", on=[c for c in made if c is not click])


def _late(bed: Bed, n: int) -> None:
    """The app was offline, or a batch job sends purchases at night."""
    seen: dict[tuple[str, str], Row] = {}
    for row in bed.events:
        if row["event_type"] == "impression" and row["query_id"]:
            seen.setdefault((row["query_id"], row["product_id"]), row)
    end_us = max((r["received_at_us"] for r in bed.events), default=0)
    for row in bed.pick(
        "events",
        n,
        lambda r: (
            _is("click", "add_to_cart", "purchase")(r)
            and bed.is_clean(r)
            and (r["query_id"], r["product_id"]) in seen
        ),
    ):
        shown = seen[row["query_id"], row["product_id"]]
        late_us = int(bed.rng.choice((40, 90, 600, 4_000)) * bed.rng.uniform(1, 2) * _MINUTE_US)
        after_us = row["occurred_at_us"] - shown["occurred_at_us"]
        if (
            not 0 <= after_us < 29 * _MINUTE_US
            or row["received_at_us"] + late_us > end_us
            or not bed.is_clean(shown)
        ):
            continue
        row["received_at_us"] += late_us
        bed.touch(shown)
        bed.say("events", row, "late_outcome", on=[shown])


def _from_zero(bed: Bed, n: int) -> None:
    """A client that numbers as programmers do."""
    for shown, came in _some(bed, n, lambda shown, came: len(shown) > 2):
        for row in (*shown, *came):
            if row["position"] is not None:
                row["position"] -= 1
                check = (
                    "zero_based_page" if row["event_type"] == "impression" else "shifted_position"
                )
                page = [r for r in (*shown, *came) if r is not row]
                bed.say("events", row, check, also=_also(row), on=page)


def _shifted(bed: Bed, n: int) -> None:
    """Clicks count within what is loaded, or after the banner; impressions within the page."""

    def fits(shown: list[Row], came: list[Row]) -> bool:
        return len({r["product_id"] for r in came}) > 1 and all(r["position"] for r in came)

    for shown, came in _some(bed, n, fits):
        by = bed.rng.choice((-1, 1, 2, 24, 48))
        for row in came:
            row["position"] += by
            page = [r for r in (*shown, *came) if r is not row]
            bed.say("events", row, "shifted_position", also=_also(row), on=page)


def _elsewhere(bed: Bed, n: int) -> None:
    """One click with a place that the page had given to another product."""

    def fits(shown: list[Row], came: list[Row]) -> bool:
        return len(shown) > 4 and any(r["event_type"] == "click" and r["position"] for r in came)

    for shown, came in _some(bed, n, fits):
        row = bed.rng.choice([r for r in came if r["event_type"] == "click" and r["position"]])
        row["position"] = bed.rng.choice(
            [p for p in range(1, len(shown) + 1) if p != row["position"]]
        )
        bed.say("events", row, "wrong_position", on=shown)


def _without_outcome(shown: list[Row], came: list[Row]) -> bool:
    return len(shown) > 4 and not came


def _same_place(bed: Bed, n: int) -> None:
    for shown, _ in _some(bed, n, _without_outcome):
        row, other = bed.rng.sample(shown, 2)
        row["position"] = other["position"]
        bed.say("events", row, "shared_position", on=[other])
        bed.say("events", other, "shared_position", on=[row])


def _twice(bed: Bed, n: int) -> None:
    """A recommended product stands in the list as well."""
    for shown, _ in _some(bed, n, _without_outcome):
        row, last = bed.rng.choice(shown[:-1]), shown[-1]
        again = {
            **last,
            "event_id": bed.new_id("again"),
            "product_id": row["product_id"],
            "position": last["position"] + 1,
            "occurred_at_us": last["occurred_at_us"] + 300_000,
            "received_at_us": last["received_at_us"] + 300_000,
        }
        bed.say("events", row, "product_twice", on=[again])
        bed.say("events", bed.add("events", again), "product_twice", on=[row])


def _lost_query(bed: Bed, n: int) -> None:
    """A click, cart or purchase that forgot its page; now and then the product was on two pages."""
    of: dict[tuple[Any, ...], dict[str, Row]] = defaultdict(dict)
    for row in bed.events:
        if row["event_type"] == "impression" and row["query_id"] and row["session_id"]:
            key = (row["visitor_id"], row["session_id"], row["product_id"], row["surface"])
            of[key].setdefault(row["query_id"], row)
    lost = bed.pick(
        "events",
        n,
        lambda r: (
            _is("click", "add_to_cart", "purchase")(r)
            and bed.is_clean(r)
            and r["query_id"]
            and r["session_id"]
        ),
    )
    for row in lost:
        pages = of[row["visitor_id"], row["session_id"], row["product_id"], row["surface"]]
        before = [p for p in pages.values() if p["occurred_at_us"] <= row["occurred_at_us"]]
        if not before or len(before) != len(pages) or not all(map(bed.is_clean, before)):
            continue
        for page in before:
            bed.touch(page)
        row["query_id"] = None
        if len(before) > 1:
            row["position"] = None
        check = "recovered_query" if len(before) == 1 else "missing_query"
        bed.say("events", row, check, also=("missing_query",), on=before)


def _never_shown(bed: Bed, n: int) -> None:
    """A click on a search page that never showed the product: a widget nobody registered."""
    seen = {
        (r["visitor_id"], r["product_id"]) for r in bed.events if r["event_type"] == "impression"
    }
    ids = sorted({r["product_id"] for r in bed.events if r["product_id"]})
    for row in bed.pick(
        "events", n, lambda r: _is("click")(r) and bed.is_clean(r) and r["query_id"]
    ):
        other = bed.rng.choice(ids)
        if (row["visitor_id"], other) in seen:
            continue
        new = {
            **row,
            "event_id": bed.new_id("click"),
            "product_id": other,
            "query_id": None,
            "position": None,
            "propensity": None,
            "price_minor": None,
            "occurred_at_us": row["occurred_at_us"] + 7_000_000,
            "received_at_us": row["received_at_us"] + 7_000_000,
        }
        bed.say("events", bed.add("events", new), "missing_query")


PLANTS: tuple[Plant, ...] = (
    Plant("a review changed its mind", ("contradictory_rating",), True, _ratings),
    Plant("bought and cancelled in minutes", ("undone_purchase",), True, _undone),
    Plant("a credit note of its own number", ("purchase_taken_back",), True, _taken_back),
    Plant("two products clicked at one place", ("contradictory_click",), True, _two_clicks),
    Plant("an outcome that came late", ("late_outcome",), True, _late),
    Plant("a page from 0", ("zero_based_page", "shifted_position"), True, _from_zero),
    Plant("clicks off by a constant", ("shifted_position",), True, _shifted),
    Plant("a click elsewhere", ("wrong_position",), True, _elsewhere),
    Plant("two products at one place", ("shared_position",), True, _same_place),
    Plant("a product at two places", ("product_twice",), True, _twice),
    Plant("a query forgotten", ("recovered_query", "missing_query"), True, _lost_query),
    Plant("a click out of nowhere", ("missing_query",), True, _never_shown),
)
