"""Attributes that are missing or contradict each other, and products in the wrong category."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from baihuo.faults.attributes.reading import (
    attributes_of,
    by_category,
    variants_of,
    write_attributes,
)
from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault

_NOTHING = (None, "", " ", "N/A", "-", "无")  # how forms are left empty


def _lose_attribute(dataset: Dataset, n: int) -> None:
    """An attribute that (nearly) all of the category have is left empty; one product an attribute."""
    slots = []
    for category, rows in by_category(dataset, 40).items():
        n_with = Counter(k for r in rows for k in attributes_of(r))
        slots += [(category, key) for key, m in sorted(n_with.items()) if m >= 0.995 * len(rows)]
    categories = by_category(dataset, 40)
    for category, key in dataset.rng.sample(slots, min(n, len(slots))):
        rows = [
            r for r in categories[category] if dataset.is_clean(r) and len(attributes_of(r)) > 1
        ]
        if not rows:
            continue
        row = dataset.rng.choice(rows)
        attributes = attributes_of(row)
        if dataset.rng.random() < 0.5:
            del attributes[key]
        else:
            attributes[key] = dataset.rng.choice(_NOTHING)
        write_attributes(row, attributes)
        dataset.label("products", row, "missing_attribute", cells=("attributes", "category"))


def _say_twice(dataset: Dataset, n: int) -> None:
    """A second spelling of an attribute, with another value."""
    values: dict[str, set[Any]] = defaultdict(set)
    for row in filter(dataset.is_clean, dataset.products):
        for key, value in attributes_of(row).items():
            if isinstance(value, str | int | float):
                values[key].add(value)
    for row in dataset.pick(
        "products", n, lambda r: dataset.is_clean(r) and bool(attributes_of(r))
    ):
        attributes = attributes_of(row)
        key = dataset.rng.choice(sorted(attributes))
        others = sorted(
            (
                v
                for v in values[key]
                if str(v).lower() != str(attributes[key]).lower()
                and type(v) is type(attributes[key])
            ),
            key=str,
        )
        spellings = [key.upper(), key.lower(), key.replace(" ", "_"), key.replace(" ", "-") + ":"]
        spellings += {"Colour": ["Color", "颜色"], "Material": ["材质"], "Size": ["尺码"]}.get(
            key, []
        )
        spellings = [s for s in spellings if s not in attributes]
        if not others or not spellings or isinstance(attributes[key], bool):
            continue
        attributes[dataset.rng.choice(spellings)] = dataset.rng.choice(others)
        write_attributes(row, attributes)
        dataset.label("products", row, "attribute_said_twice", also=("attribute_against_title",))


def _contradict_variants(dataset: Dataset, n: int) -> None:
    """The product has a size or colour that none of its variants has."""
    for row in dataset.pick("products", n, lambda r: dataset.is_clean(r) and bool(variants_of(r))):
        variants, attributes = variants_of(row), attributes_of(row)
        if dataset.rng.random() < 0.5 and isinstance(attributes.get("Colour"), str):
            for variant in variants:
                variant["attributes"]["Colour"] = (
                    "Lime" if attributes["Colour"] != "Lime" else "Teal"
                )
            row["variants"] = json.dumps(variants, ensure_ascii=False)
        else:
            key = sorted(variants[0]["attributes"])[0]
            write_attributes(row, {**attributes, key: "one size"})
        dataset.label("products", row, "variant_against_product", also=("attribute_against_title",))


def _misplace(dataset: Dataset, n: int) -> None:
    """Put into a category drawn from all of them."""
    categories = sorted(by_category(dataset, 1))
    if len(categories) < 2:
        return
    known = {id(r) for rows in by_category(dataset, 20).values() for r in rows}
    for row in dataset.pick("products", n, lambda r: dataset.is_clean(r) and id(r) in known):
        row["category"] = dataset.rng.choice([c for c in categories if c != row["category"]])
        also = (
            "missing_attribute",
            "listing_price_outlier",
            "attribute_against_title",
            "absurd_stock",
        )
        dataset.label(
            "products", row, "wrong_category", also=also, cells=("category", "attributes")
        )


def _uncategorize(dataset: Dataset, n: int) -> None:
    """A listing that nobody has put into a category yet."""
    with_category = sum(bool(r.get("category")) for r in dataset.products)
    if with_category < 0.95 * len(dataset.products):
        return
    for row in dataset.pick(
        "products", n, lambda r: dataset.is_clean(r) and bool(r.get("category"))
    ):
        row["category"] = ""
        dataset.label("products", row, "no_category", also=("null_word_in_listing",))


MISSING = Fault(
    "an attribute lost",
    ("missing_attribute",),
    False,
    _lose_attribute,
    needs="categories of 40 products that all have an attribute",
)
MISPLACED = Fault(
    "a wrong category",
    ("wrong_category",),
    False,
    _misplace,
    needs="categories of 20 products, and a second one",
)
UNPLACED = Fault(
    "no category",
    ("no_category",),
    True,
    _uncategorize,
    needs="products of a catalogue in which nearly all have a category",
)
CONTRADICTIONS: tuple[Fault, ...] = (
    Fault(
        "an attribute said twice",
        ("attribute_said_twice",),
        True,
        _say_twice,
        needs="products with attributes",
    ),
    Fault(
        "variants say another value",
        ("variant_against_product",),
        True,
        _contradict_variants,
        needs="products with variants",
    ),
)
