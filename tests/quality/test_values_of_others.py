"""Attributes and variants that nearly all other listings of the shop contradict: noted, and their like are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "mixed_units",
    "title_contradicts_attribute",
    "missing_attribute",
    "attribute_against_title",
    "variant_against_product",
)

DAY_US = 86_400_000_000


def lanterns(n: int = 300, **first: Any) -> list[Product]:
    """Lanterns with measures, a yes or no, an age and sizes; the first is changed."""
    made = []
    for i in range(n):
        is_solar, age = i % 3 > 0, (4, 8, 12)[i % 3]
        ram, disk = ((4, 64), (8, 128), (16, 256))[i % 3]
        title = f"Norvik Lantern L{1000 + i}"
        made.append(
            Product(
                product_id=f"l{i:03d}",
                title_en=f"{title}{' Solar' if is_solar else ''}, {age}+, {ram}GB + {disk}GB",
                category=("Outdoor", "Lanterns"),
                attributes={
                    "Solar": is_solar,
                    "Age": f"{age}+",
                    "Cache": ram,
                    "Space": disk,
                    "Running time": 1.5 + i % 7,
                    "Mount": ("hook", "foot", "rail")[i % 3],
                },
                variants=tuple(
                    Variant(variant_id=f"l{i:03d}-{s.lower()}", attributes={"Size": s})
                    for s in ("S", "M", "XL")
                ),
            )
        )
    return [replace(made[0], **first), *made[1:]]


def sized(*ids_and_sizes: tuple[str, str], stock: int = 3) -> tuple[Variant, ...]:
    return tuple(
        Variant(variant_id=i, attributes={"Size": s}, stock_units=stock) for i, s in ids_and_sizes
    )


@pytest.mark.checks("variant_against_product")
def test_variants_that_are_not_what_their_ids_say_or_less_than_none_are_noted(cleaned: Any) -> None:
    made = lanterns()
    changed = (
        sized(("l000-s", "S"), ("l000-m", "Black"), ("l000-xl", "XL")),
        sized(("l030-42", "8"), ("l030-43", "9")),
        sized(("l060-s", "S"), ("l060-m", "M"), stock=-2),
        sized(("l090-xs", "XS"), ("l090-xxl", "XXL"), stock=0),  # nothing odd
    )
    for n, variants in enumerate(changed):
        made[30 * n] = replace(made[30 * n], variants=variants)
    noted = {(f"0:{line}", "variant_against_product", "note") for line in (1, 31, 61)}
    assert cleaned([], made).found() == noted


@pytest.mark.checks("variant_against_product")
def test_ids_of_variants_that_are_only_numbers_say_no_size(cleaned: Any) -> None:
    made = [
        replace(p, variants=sized((f"{i}-1", "S"), (f"{i}-2", "M")))
        for i, p in enumerate(lanterns())
    ]
    made[0] = replace(made[0], variants=sized(("0-s", "M"), ("0-m", "S")))
    assert cleaned([], made).found() == set()
