"""Copies of listings with the events that came to them, and siblings that only look like copies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.listings.copies import (
    copy_of,
    dressed,
    is_described,
    mistyped,
    one_language,
    reordered,
)

_ALSO = (
    *("likely_duplicate", "same_listing", "shared_code", "missing_attribute", "keyword_stuffing"),
    "lookalike_letters",  # a dress of full-width letters
)


def _excuse_twins(dataset: Dataset) -> None:
    """The sample shop now and then draws one brand, model and price level twice: nobody could say that
    these are two products, and who reads "one product twice" on their pages is right as well."""
    named: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in dataset.products:
        if row.get("brand") and row.get("model"):
            named[row["brand"], row["model"]].append(row)
    twins = {r["product_id"] for rows in named.values() if len(rows) > 1 for r in rows}
    for row in dataset.products:
        if row["product_id"] in twins:
            dataset.excuse("products", row, "near_duplicate", "likely_duplicate")
    for event in dataset.events:
        if event["product_id"] in twins:
            dataset.excuse("events", event, "merged_product", "product_twice")


def _listed_again(how: Callable[[Dataset, Row], None]) -> Callable[[Dataset, int], None]:
    def apply(dataset: Dataset, n: int) -> None:
        _excuse_twins(dataset)
        for row in dataset.pick("products", n, lambda r: is_described(r) and dataset.is_clean(r)):
            new = copy_of(dataset, row)
            how(dataset, new)
            if how is not dressed and dataset.rng.random() < 0.3:  # several kinds in one row
                dressed(dataset, new)
            dataset.add("products", new)
            dataset.label("products", new, "near_duplicate", also=_ALSO, on=[row])
            dataset.excuse("products", row, "near_duplicate", *_ALSO)
            dataset.reserve(row)
            _log(dataset, row, new)

    return apply


def _log(dataset: Dataset, row: Row, new: Row) -> None:
    """Some visitors came by the second listing."""
    for event in _events_of(dataset, row["product_id"])[:3]:
        if dataset.is_clean(event):
            event["product_id"], event["variant_id"] = new["product_id"], None
            dataset.label("events", event, "merged_product")


def _events_of(dataset: Dataset, product_id: str) -> list[Row]:
    return [
        e
        for e in dataset.events
        if e.get("product_id") == product_id and e["event_type"] == "impression"
    ]


def _bare(dataset: Dataset, n: int) -> None:
    """Listed again in a hurry: the title, the brand and the price, and nothing else."""
    for row in dataset.pick("products", n, lambda r: is_described(r) and dataset.is_clean(r)):
        new: dict[str, Any] = {
            **copy_of(dataset, row),
            "model": None,
            "attributes": "{}",
            "codes": [],
            "description_en": None,
            "description_zh": None,
        }
        dataset.add("products", new)
        dataset.label(
            "products", new, "likely_duplicate", also=("near_duplicate", *_ALSO), on=[row]
        )
        dataset.excuse("products", row, "near_duplicate", *_ALSO)
        dataset.reserve(row)


def _sibling(dataset: Dataset, n: int) -> None:
    """The next model, in everything else the same: no fault, and no check may report it."""
    for row in dataset.pick("products", n, lambda r: is_described(r) and dataset.is_clean(r)):
        model = row["model"]
        number = re.findall(r"\d+", model)[-1]
        other = str(int(number) + dataset.rng.randint(1, 9))
        new = copy_of(dataset, row)
        new["model"] = other.join(model.rsplit(number, 1))
        for name in ("title_en", "title_zh", "description_en", "description_zh"):
            if new.get(name):
                new[name] = re.sub(rf"(?<!\d){number}(?!\d)", other, new[name])
        titles = (new.get("title_en") or "", new.get("title_zh") or "")
        if titles != (row.get("title_en") or "", row.get("title_zh") or ""):
            dataset.reserve(dataset.add("products", new))
            dataset.reserve(row)
            # a measure in the title may have become another, too
            also = ("attribute_against_title", "missing_attribute", "title_contradicts_attribute")
            dataset.excuse("products", new, *also)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "listed again in other dress",
        ("near_duplicate", "merged_product"),
        False,
        _listed_again(dressed),
        needs="listings with title, model, price and two attributes",
    ),
    Fault(
        "listed again in another order",
        ("near_duplicate", "merged_product"),
        False,
        _listed_again(reordered),
        needs="listings with title, model, price and two attributes",
    ),
    Fault(
        "listed again with a slip",
        ("near_duplicate", "merged_product"),
        False,
        _listed_again(mistyped),
        needs="listings with title, model, price and two attributes",
    ),
    Fault(
        "listed again in one language",
        ("near_duplicate", "merged_product"),
        False,
        _listed_again(one_language),
        needs="listings with title, model, price and two attributes",
    ),
    Fault(
        "listed again in a hurry",
        ("likely_duplicate",),
        False,
        _bare,
        needs="listings with title, model, price and two attributes",
    ),
    Fault(
        "the next model",
        ("near_duplicate",),
        False,
        _sibling,
        needs="listings with title, model, price and two attributes",
    ),
)
