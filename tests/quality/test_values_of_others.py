"""Attributes and variants that nearly all other listings of the shop contradict: noted, and their like are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks()

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
