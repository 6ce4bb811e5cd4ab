"""A title and a field that contradict each other, as when a listing is made from a copy."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from baihuo.faults.attributes.reading import attributes_of, do_overlap, is_named, write_attributes
from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault


def _nameable(dataset: Dataset) -> dict[tuple[str, str], Counter[str]]:
    """(department, attribute) → values that English titles of products with them usually name."""
    n_with: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    n_named: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in dataset.products:
        root = (row.get("category") or "").split(" > ")[0]
        for key, value in attributes_of(row).items():
            if isinstance(value, str) and 3 <= len(value) <= 20 and row.get("title_en"):
                n_with[root, key][value] += 1
                n_named[root, key][value] += is_named(row, value)
    return {
        place: Counter(
            {v: m for v, m in sorted(values.items()) if n_named[place][v] >= max(40, 0.7 * m)}
        )
        for place, values in sorted(n_with.items())
    }


def _swappable(dataset: Dataset) -> list[tuple[Row, str, str, str]]:
    """(row, attribute, its value, another value) where the title names the first and not the other."""
    nameable, found = _nameable(dataset), []
    for row in dataset.products:
        if not dataset.is_clean(row):
            continue
        root = (row.get("category") or "").split(" > ")[0]
        for key, value in attributes_of(row).items():
            values = nameable.get((root, key), Counter())
            if not isinstance(value, str) or value not in values or not is_named(row, value):
                continue
            others = [v for v in values if not is_named(row, v) and not do_overlap(v, value)]
            stated = [str(v) for k, v in attributes_of(row).items() if k != key]
            stated += [row.get("brand") or "", row.get("model") or ""]
            if others and not any(do_overlap(value, text) for text in stated):
                found.append((row, key, value, dataset.rng.choice(others)))
    return found


def _few_of_a_word(dataset: Dataset, n: int, *, by_title: bool) -> list[tuple[Row, str, str, str]]:
    """Some of :func:`_swappable`: of the titles that name a value, at most one in twenty becomes wrong.

    A word means what most titles with it mean: where every fifth is wrong, nobody could say which.
    """
    swaps, named = _swappable(dataset), _nameable(dataset)
    room: dict[tuple[str, str, str], int] = {
        (*slot, value): max(1, m // 20)
        for slot, values in named.items()
        for value, m in values.items()
    }
    chosen: list[tuple[Row, str, str, str]] = []
    for swap in dataset.rng.sample(swaps, len(swaps)):
        row, key, value, other = swap
        word = ((row.get("category") or "").split(" > ")[0], key, other if by_title else value)
        if len(chosen) < n and room.get(word, 0) > 0:
            room[word] -= 1
            chosen.append(swap)
    return chosen


def _swap_value(dataset: Dataset, n: int) -> None:
    """The attribute says another value than the title, as when a listing is made from a copy."""
    for row, key, _, other in _few_of_a_word(dataset, n, by_title=False):
        if dataset.is_clean(row):
            write_attributes(row, {**attributes_of(row), key: other})
            dataset.label("products", row, "attribute_against_title")


def _swap_title(dataset: Dataset, n: int) -> None:
    """The title says another value than the attribute: it was not changed with the copy."""
    for row, _, value, other in _few_of_a_word(dataset, n, by_title=True):
        if not dataset.is_clean(row):
            continue
        changed = re.sub(re.escape(value), other, row["title_en"], flags=re.IGNORECASE)
        if changed == row["title_en"]:
            continue
        row["title_en"] = changed
        dataset.label("products", row, "attribute_against_title", also=("wrong_category",))


def _swap_brand(dataset: Dataset, n: int) -> None:
    """Another brand in the brand field, where titles of both brands name them."""
    n_of: Counter[str] = Counter()
    n_named: Counter[str] = Counter()
    for row in dataset.products:
        if (brand := row.get("brand")) and row.get("title_en"):
            n_of[brand] += 1
            n_named[brand] += is_named(row, brand)
    brands = [b for b in sorted(n_of) if n_of[b] >= 40 and n_named[b] >= 0.95 * n_of[b]]
    rows = dataset.pick(
        "products",
        n,
        lambda r: dataset.is_clean(r) and r.get("brand") in brands and is_named(r, r["brand"]),
    )
    for row in rows:
        others = [
            b
            for b in brands
            if not is_named(row, b)
            and not do_overlap(b, row["brand"])
            and not do_overlap(row["brand"], row.get("model") or "")
            and not any(do_overlap(row["brand"], str(v)) for v in attributes_of(row).values())
        ]
        if others:
            row["brand"] = dataset.rng.choice(others)
            dataset.label("products", row, "brand_against_title", also=("wrong_category",))


FAULTS: tuple[Fault, ...] = (
    Fault(
        "an attribute of another",
        ("attribute_against_title",),
        False,
        _swap_value,
        needs="categories whose titles usually name an attribute's value (40 titles or more)",
    ),
    Fault(
        "a title of another",
        ("attribute_against_title",),
        False,
        _swap_title,
        needs="categories whose titles usually name an attribute's value (40 titles or more)",
    ),
    Fault(
        "a brand of another",
        ("brand_against_title",),
        False,
        _swap_brand,
        needs="brands that 40 titles or more name",
    ),
)
