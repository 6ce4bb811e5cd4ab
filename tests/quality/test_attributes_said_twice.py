"""An attribute that is said under two spellings: once is enough, in any system of measures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("attribute_said_twice")

COLOURS = "Red Blue Green Black White Navy_Blue Brown Pink Yellow Purple Orange Grey Beige".split()


def jackets(n: int = 65, **first: Any) -> list[Product]:
    """Jackets of thirteen colours, five of each: too few of any for a word to be known by counting."""
    made = []
    for i in range(n):
        colour, fill = COLOURS[i % 13].replace("_", " "), f"{550 + 100 * (i % 3)} fp"
        made.append(
            Product(
                product_id=f"j{i}",
                title_en=f"Norvik Down Jacket RA{8300 + i}, {colour}, {fill}",
                brand="Norvik",
                category=("Clothing", "Jackets"),
                attributes={"Colour": colour, "Fill power": fill},
            )
        )
    return [replace(made[0], **first), *made[1:]]


def test_one_size_in_two_systems_is_said_once(cleaned: Any) -> None:
    """Real catalogues give inches under one spelling and millimetres under another."""
    sizes = [
        {"Package (W x D x H)": "18.74 x 14.02 x 12.48", "package (WxDxH)": "476 x 356 x 317"},
        {"Package (W x D x H)": "17 x 10 x 22", "package (WxDxH)": "558.8 x 431.8 x 254"},
        {"Package (W x D x H)": "56.69 x 6.69 x 6.30", "package (WxDxH)": "1140 x 170 x 160"},
        {"Slots": "2", "slots ": "4"},
        {"Weight": "500 g", "weight ": "5 kg"},
    ]
    made = jackets()
    for i, values in enumerate(sizes):
        made[i] = replace(made[i], attributes={**made[i].attributes, **values})
    said_twice = {r for r, check, _ in cleaned([], made).found() if check == "attribute_said_twice"}
    assert said_twice == {"0:3", "0:4", "0:5"}


def test_a_lone_number_near_a_factor_is_not_the_other_system(cleaned: Any) -> None:
    """14000 and 35000 pages are no inches and centimetres, though 2.5 is nearly 2.54."""
    sizes: list[tuple[float | str, float | str]] = [
        (14000, 35000),
        (574.0, 254.0),
        (12, 300),
        (5.31, 135),
        ("17", "432"),
        (1.1, 500.0),
    ]
    made = jackets()
    for i, (one, other) in enumerate(sizes):
        held = {"Package extent": one, "package_extent": other}
        made[i] = replace(made[i], attributes={**made[i].attributes, **held})
    said_twice = {r for r, check, _ in cleaned([], made).found() if check == "attribute_said_twice"}
    assert said_twice == {"0:1", "0:2", "0:3"}
