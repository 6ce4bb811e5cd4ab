"""Events and products that come twice, or under another name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from baihuo.core import fold
from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_DAY_US = 86_400_000_000


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


def _looped(dataset: Dataset, n: int) -> None:
    """A key that is stuck: one click a dozen times within seconds."""
    for row in dataset.pick(
        "events", max(1, n // 12), lambda r: dataset.is_clean(r) and r["event_type"] == "click"
    ):
        copies = [row]
        for i in range(1, 14):
            later_us = 250_000 * i
            again = {
                **row,
                "event_id": dataset.new_id("loop"),
                "occurred_at_us": row["occurred_at_us"] + later_us,
                "received_at_us": row["received_at_us"] + later_us,
            }
            copies.append(dataset.add("events", again))
        for copy in copies:
            others = [c for c in copies if c is not copy]
            dataset.label("events", copy, "flood_of_copies", also=("flood", "bot"), on=others)


def _lines_again(dataset: Dataset, n: int) -> None:
    """An order that a slow till wrote twice: the same line some seconds later."""
    for row in dataset.pick(
        "events",
        n,
        lambda r: dataset.is_clean(r) and r["event_type"] == "purchase" and bool(r.get("order_id")),
    ):
        later_us = dataset.rng.randint(3_000_000, 40_000_000)
        again = {
            **row,
            "event_id": dataset.new_id("line"),
            "occurred_at_us": row["occurred_at_us"] + later_us,
            "received_at_us": row["received_at_us"] + later_us,
        }
        dataset.label("events", dataset.add("events", again), "repeated_order_line", on=[row])
        dataset.reserve(row)


def _letters(name: str) -> str:
    """The letters and digits of a name: two copies of a listing share them, however they are written."""
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
            dataset.reserve(of[row["product_id"]])  # a copy of it would make the name ambiguous
            row["product_id"] = named[0]
            dataset.label("events", row, "resolved_product", cells=("product_id",))

    return apply


def _updates(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, dataset.is_clean):
        newer = {**row, "updated_at_us": (row["updated_at_us"] or 1_700_000_000_000_000) + _DAY_US}
        dataset.add("products", newer)
        dataset.reserve(newer)
        dataset.label("products", row, "same_product", on=[newer])


FAULTS: tuple[Fault, ...] = (
    Fault("no product id", ("no_product_id",), True, _no_product_id, needs="products"),
    Fault("retry", ("same_id",), True, _retries, needs="events"),
    Fault("one id twice", ("reused_id",), True, _reused, needs="events of two visitors"),
    Fault("copy", ("same_content",), True, _copies, needs="clicks, impressions or purchases"),
    Fault("a stuck key", ("flood_of_copies",), True, _looped, needs="clicks"),
    Fault(
        "a line written again",
        ("repeated_order_line",),
        True,
        _lines_again,
        needs="purchases with the id of their order",
    ),
    Fault(
        "title for id",
        ("resolved_product",),
        True,
        _by_name(lambda product: (product["title_en"], product["title_zh"])),
        needs="clicks or purchases of products with a title of their own",
    ),
    Fault(
        "code for id",
        ("resolved_product",),
        True,
        _by_name(lambda product: product["codes"] or ()),
        needs="clicks or purchases of products with codes",
    ),
)
UPDATE = Fault("an update", ("same_product",), True, _updates, needs="products")
