"""Cells that hold what belongs elsewhere, or nothing: pages, programs, other columns. Noted; a description may be left out."""

from __future__ import annotations

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks("absurd_stock", "listing_price_outlier")

COLOURS = ("red", "blue", "green", "black")
KINDS = ("running shoes", "rain jacket", "desk lamp")


def things(n: int = 120) -> list[Product]:
    """Things of four brands whose titles, texts and attributes agree."""
    made = []
    for i in range(n):
        brand, colour, kind = f"Norvik{'abcd'[i % 4]}", COLOURS[i % 4], KINDS[i % 3]
        made.append(
            Product(
                product_id=f"s{i}",
                title_en=f"{brand} NV{1000 + i} sturdy {kind} {colour}",
                description_en=f"Owners of the NV{1000 + i} praise its {colour} finish, which {brand} tests {i + 7} times.",
                brand=brand,
                model=f"NV{1000 + i}",
                category=("Goods", kind.title()),
                attributes={"Colour": colour, "Weight": f"{200 + i} g"},
                codes=(f"69{i:011d}",),
                variants=tuple(
                    Variant(variant_id=f"s{i}-{s}", attributes={"Size": s, "Colour": colour})
                    for s in ("S", "M", "L")
                ),
                price_minor=19_900 + 137 * (i * i % 97),
                currency="CNY",
                stock_units=30 + i * i % 53,
            )
        )
    return made
