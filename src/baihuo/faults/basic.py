"""What goes wrong in every log: impossible values, clocks, retries, unknown products, order, prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from baihuo.core import fold
from baihuo.faults.dataset import DEPENDENT_CHECKS, Dataset, Row, Table
from baihuo.faults.fault import Fault

_DAY_US, _MINUTE_US = 86_400_000_000, 60_000_000
_OF_A_PRODUCT = ("impression", "click", "add_to_cart", "purchase")


def _cell(
    table: Table,
    check: str,
    field: str,
    values: Callable[[Dataset, Row], Any],
    when: Callable[[Row], bool] = lambda row: True,
) -> Fault:
    """One cell put wrong."""

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick(table, n, lambda r: when(r) and not dataset.is_used(r)):
            if row.get("event_type") == "purchase":
                _excuse_cancels(dataset, row)
            row[field] = values(dataset, row)
            dataset.label(table, row, check, cells=(field,))

    return Fault(f"{check}: {field}", (check,), True, apply)


def _excuse_cancels(dataset: Dataset, purchase: Row) -> None:
    """A purchase that is lost takes the sense of its cancellation with it."""
    who = purchase["visitor_id"], purchase["product_id"]
    for row in dataset.events:
        if row["event_type"] == "cancel" and (row["visitor_id"], row["product_id"]) == who:
            dataset.excuse("events", row, *DEPENDENT_CHECKS)


def _is(*types: str) -> Callable[[Row], bool]:
    return lambda row: row["event_type"] in types


def _has(field: str) -> Callable[[Row], bool]:
    return lambda row: row.get(field) is not None


def _no_product_id(dataset: Dataset, n: int) -> None:
    """Whose events then are of no product in the catalogue: so they are, and nobody is asked to say so."""
    lost = {}
    for row in dataset.pick("products", n, dataset.is_clean):
        lost[row["product_id"]] = row
        row["product_id"] = dataset.rng.choice(("", "  ", "\t"))
        dataset.label("products", row, "no_product_id")
    for row in dataset.events:
        if row["product_id"] in lost:
            dataset.excuse("events", row, "unknown_product", "resolved_product")
            dataset.reserve(row)


def _retries(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("events", n, dataset.is_clean):
        again = {
            **row,
            "received_at_us": row["received_at_us"] + dataset.rng.randint(1, 300_000_000),
        }
        dataset.label("events", dataset.add("events", again), "same_id", on=[row])
        dataset.reserve(row)


def _reused(dataset: Dataset, n: int) -> None:
    for row, other in zip(
        dataset.pick("events", n, dataset.is_clean),
        dataset.pick("events", n, dataset.is_clean),
        strict=False,
    ):
        if row["received_at_us"] <= other["received_at_us"]:
            row, other = other, row
        if row is other or row["visitor_id"] == other["visitor_id"]:
            continue
        row["event_id"] = other["event_id"]
        dataset.label("events", row, "reused_id", on=[other])
        dataset.reserve(other)


def _copies(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "events",
        n,
        lambda r: dataset.is_clean(r) and r["event_type"] in ("click", "impression", "purchase"),
    ):
        copy = {
            **row,
            "event_id": dataset.new_id("copy"),
            "received_at_us": row["received_at_us"] + dataset.rng.randint(1, 400_000),
        }
        dataset.label("events", dataset.add("events", copy), "same_content", on=[row])
        dataset.reserve(row)


def _letters(name: str) -> str:
    """What is left of a name that something was done to: a listing told twice has it twice, in whatever dress."""
    return "".join(filter(str.isalnum, fold(name))).lstrip("0")


def _by_name(names: Callable[[Row], Iterable[str | None]]) -> Callable[[Dataset, int], None]:
    """A product named by something that is not its id, where that is certain."""

    def apply(dataset: Dataset, n: int) -> None:
        owners: dict[str, set[str]] = defaultdict(set)
        for product in dataset.products:
            for name in filter(None, names(product)):
                owners[_letters(name)].add(product["product_id"])
        of = {p["product_id"]: p for p in dataset.products if dataset.is_clean(p)}
        for row in dataset.pick(
            "events",
            n,
            lambda r: (
                dataset.is_clean(r)
                and r["event_type"] in ("click", "purchase")
                and r["product_id"] in of
            ),
        ):
            named = [x for x in names(of[row["product_id"]]) if x and len(owners[_letters(x)]) == 1]
            if not named:
                continue
            dataset.reserve(
                of[row["product_id"]]
            )  # told again later, it would no longer be certain
            row["product_id"] = named[0]
            dataset.label("events", row, "resolved_product", cells=("product_id",))

    return apply


def _clicks_too_early(dataset: Dataset, n: int) -> None:
    all_seen: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"]:
            all_seen[row["query_id"], row["product_id"]].append(row)
    seen = {
        key: rows[0]
        for key, rows in all_seen.items()
        if len(rows) == 1 and dataset.is_clean(rows[0])
    }
    for row in dataset.pick(
        "events",
        n,
        lambda r: (
            dataset.is_clean(r)
            and r["event_type"] == "click"
            and (r["query_id"], r["product_id"]) in seen
        ),
    ):
        impression = seen[row["query_id"], row["product_id"]]
        dataset.reserve(impression)
        row["occurred_at_us"] = impression["occurred_at_us"] - dataset.rng.randint(
            5 * 10**6, 6 * 10**8
        )
        dataset.label("events", row, "click_before_impression", on=[impression])


def _stopped_clocks(dataset: Dataset, n: int) -> None:
    """A visitor's device keeps the time of its first event for all that follow."""
    by_visitor: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        by_visitor[row["visitor_id"]].append(row)
    several = sorted(v for v, rows in by_visitor.items() if len(rows) >= 12)
    for visitor in dataset.rng.sample(several, min(max(n // 8, 1), len(several))):
        rows = sorted(by_visitor[visitor], key=lambda r: r["received_at_us"])
        starts = [
            i
            for i in range(len(rows) - 10)
            if 120_000_000
            < rows[i + 9]["received_at_us"] - rows[i]["received_at_us"]
            < 20 * _DAY_US
            and all(dataset.is_clean(r) for r in rows[i : i + 10])
        ]
        if not starts:
            continue
        start = dataset.rng.choice(starts)
        at_us = rows[start]["occurred_at_us"] - 45_000_000
        for row in rows[start : start + 10]:
            row["occurred_at_us"] = at_us
            others = [r for r in rows[start : start + 10] if r is not row]
            dataset.label("events", row, "stuck_clock", on=others)


def _never_bought(check: str, *, is_early: bool) -> Callable[[Dataset, int], None]:
    """Cancelled without a purchase: in the log's first weeks, when it may be one of before, or later."""

    def apply(dataset: Dataset, n: int) -> None:
        bought = {
            (r["visitor_id"], r["product_id"])
            for r in dataset.events
            if r["event_type"] == "purchase"
        }
        acted = [
            r
            for r in dataset.events
            if dataset.is_clean(r) and r["event_type"] in ("click", "purchase")
        ]
        if not acted:
            return
        began_us = min(r["occurred_at_us"] for r in acted)
        first, last = (0, 25) if is_early else (35, 10_000)  # a row may be a day late
        fitting = [r for r in acted if first <= (r["occurred_at_us"] - began_us) // _DAY_US < last]
        for row in dataset.rng.sample(fitting, min(n, len(fitting))):
            product = dataset.rng.choice(acted)["product_id"]
            if product is None or (row["visitor_id"], product) in bought:
                continue
            late = dataset.rng.randint(600, 90_000) * 1_000_000
            cancel = {
                **row,
                "event_id": dataset.new_id("cancel"),
                "event_type": "cancel",
                "quantity": 1,
                "product_id": product,
                "variant_id": None,
                "price_minor": None,
                "currency": None,
                "order_id": dataset.new_id("order"),
                "position": None,
                "propensity": None,
                "query_id": None,
                "surface": None,
                "occurred_at_us": row["occurred_at_us"] + late,
                "received_at_us": row["received_at_us"] + late,
            }
            dataset.label(
                "events", dataset.add("events", cancel), check, cells=("product_id", "quantity")
            )

    return apply


def _wrong_units(dataset: Dataset, n: int) -> None:
    """In a few of a product's sales: where most are wrong nobody can tell which are."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["price_minor"] and dataset.is_clean(row):
            sold[row["product_id"]].append(row)  # a flood of orders is no sale
    often = sorted(p for p, rows in sold.items() if len(rows) >= 8)
    few = [r for p in often for r in dataset.rng.sample(sold[p], len(sold[p]) // 6)]
    for row in dataset.rng.sample(few, min(n, len(few))):
        row["price_minor"] *= 100
        dataset.label(
            "events", row, "price_in_wrong_unit", cells=("price_minor", "product_id", "currency")
        )


def _far_prices(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "events", n, lambda r: dataset.is_clean(r) and bool(r.get("price_minor"))
    ):
        factors = (0.002, 0.05, 17, 30, 800) if row["price_minor"] >= 1_000 else (17, 30, 800)
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice(factors))
        dataset.label(
            "events", row, "price_outlier", cells=("price_minor", "product_id", "currency")
        )


def _wholesale(dataset: Dataset, n: int) -> None:
    """Many pieces at a fraction of the price, one line of what sells often: no fault, and no check may report it."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["product_id"] and dataset.is_clean(row):
            sold[row["product_id"]].append(row)
    often = sorted(p for p, rows in sold.items() if len(rows) >= 8)
    for product in dataset.rng.sample(often, min(n, len(often))):
        row, usual = (
            dataset.rng.choice(sold[product]),
            max(r["quantity"] or 1 for r in sold[product]),
        )
        if (row["price_minor"] or 0) >= 100 and usual <= 500:
            row["quantity"] = usual * dataset.rng.randint(20, 60)
            row["price_minor"] = int(row["price_minor"] * dataset.rng.uniform(0.04, 0.09))
            dataset.reserve(row)


def _far_listings(dataset: Dataset, n: int) -> None:
    for row in dataset.pick(
        "products", n, lambda r: dataset.is_clean(r) and bool(r.get("price_minor"))
    ):
        # a cent instead of a pound is another unit, and no outlier
        factors = (0.0002, 2_000, 5_000) if row["price_minor"] >= 10_000 else (2_000, 5_000)
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice(factors))
        dataset.label(
            "products",
            row,
            "listing_price_outlier",
            also=("listing_price_in_wrong_unit", "listing_price_against_events"),
            cells=("price_minor", "product_id", "currency"),
        )


def _updates(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, dataset.is_clean):
        newer = {**row, "updated_at_us": (row["updated_at_us"] or 1_700_000_000_000_000) + _DAY_US}
        dataset.add("products", newer)
        dataset.reserve(newer)
        dataset.label("products", row, "same_product", on=[newer])


_CERTAIN: tuple[tuple[str, tuple[str, ...], Callable[[Dataset, int], None]], ...] = (
    ("no product id", ("no_product_id",), _no_product_id),
    ("retry", ("same_id",), _retries),
    ("one id twice", ("reused_id",), _reused),
    ("copy", ("same_content",), _copies),
    ("title for id", ("resolved_product",), _by_name(lambda p: (p["title_en"], p["title_zh"]))),
    ("code for id", ("resolved_product",), _by_name(lambda p: p["codes"] or ())),
    ("click too early", ("click_before_impression",), _clicks_too_early),
    (
        "cancelled, never bought",
        ("cancel_without_purchase",),
        _never_bought("cancel_without_purchase", is_early=False),
    ),
    (
        "cancelled when the log began",
        ("cancel_of_earlier_purchase",),
        _never_bought("cancel_of_earlier_purchase", is_early=True),
    ),
    ("stopped clock", ("stuck_clock",), _stopped_clocks),
    ("an update", ("same_product",), _updates),
)
_SCORED: tuple[tuple[str, tuple[str, ...], Callable[[Dataset, int], None]], ...] = (
    ("price in another unit", ("price_in_wrong_unit",), _wrong_units),
    ("price far off", ("price_outlier",), _far_prices),
    ("a wholesale line", ("price_outlier",), _wholesale),
    ("listing far off", ("listing_price_outlier",), _far_listings),
)
FAULTS: tuple[Fault, ...] = (
    _cell(
        "events",
        "unknown_type",
        "event_type",
        lambda d, r: d.rng.choice(("clik", "CLICK ", "view_item", "?")),
    ),
    _cell(
        "events",
        "no_visitor",
        "visitor_id",
        lambda d, r: d.rng.choice(("", "  ", "\t", "\u00a0", "\u3000 ")),
    ),
    _cell("events", "no_event_id", "event_id", lambda d, r: d.rng.choice(("", " "))),
    _cell(
        "events",
        "no_product",
        "product_id",
        lambda d, r: d.rng.choice((None, "", " ")),
        _is(*_OF_A_PRODUCT),
    ),
    _cell(
        "events",
        "huge_value",
        "product_id",
        lambda d, r: "x" * d.rng.randint(300, 9_000),
        _is(*_OF_A_PRODUCT),
    ),
    _cell(
        "events",
        "bad_quantity",
        "quantity",
        lambda d, r: d.rng.choice((0, -1, -3, 10**7)),
        _is("purchase", "add_to_cart"),
    ),
    _cell(
        "events",
        "bad_price",
        "price_minor",
        lambda d, r: d.rng.choice((-1, -1999, 10**13)),
        _has("price_minor"),
    ),
    _cell(
        "events",
        "bad_currency",
        "currency",
        lambda d, r: d.rng.choice(("cny", "¥", "RMB1", "元")),
        _has("currency"),
    ),
    _cell(
        "events",
        "bad_position",
        "position",
        lambda d, r: d.rng.choice((0, -1, 99_999)),
        _is("impression"),
    ),
    _cell(
        "events",
        "bad_propensity",
        "propensity",
        lambda d, r: d.rng.choice((0.0, -0.2, 1.5, float("nan"))),
        _has("propensity"),
    ),
    _cell(
        "events",
        "bad_dwell",
        "dwell_ms",
        lambda d, r: d.rng.choice((-1, -5_000, 900_000_000)),
        _is("dwell"),
    ),
    _cell(
        "events",
        "bad_rating",
        "rating",
        lambda d, r: d.rng.choice((0.0, 6.0, -1.0, 100.0, float("nan"))),
        _is("review"),
    ),
    _cell(
        "events",
        "unknown_product",
        "product_id",
        lambda d, r: d.new_id("gone"),
        _is("click", "impression"),
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
    ),
    _cell(
        "products",
        "bad_listing_price",
        "price_minor",
        lambda d, r: d.rng.choice((-1, -500, 10**14)),
    ),
    _cell(
        "products",
        "bad_listing_currency",
        "currency",
        lambda d, r: d.rng.choice(("usd", "€", "yuan")),
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
    *(Fault(name, checks, True, apply) for name, checks, apply in _CERTAIN),
    *(Fault(name, checks, False, apply) for name, checks, apply in _SCORED),
)
