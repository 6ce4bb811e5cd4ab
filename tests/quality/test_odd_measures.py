"""Cells of attributes that cannot be, or that no filter reads: each is noted, and what sounds alike is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("mixed_units", "unit_outlier", "missing_attribute")

COLOURS = ("Red", "Navy blue", "Green", "Black")
MATERIALS = ("Cotton", "Glass", "Oak")


def listings(*changed: dict[str, str]) -> list[Product]:
    """Listings with a weight, a colour, a waist that is a range and a fabric; the first ones are changed."""
    made = [
        Product(
            product_id=f"t{i}",
            title_en=f"Norvik NV{1000 + i} travel bag",
            brand="Norvik",
            category=("Luggage", "Bags"),
            attributes={
                "Colour": COLOURS[i % 4],
                "Material": MATERIALS[i % 3],
                "Net weight": f"{500 + 10 * (i % 20)} g",
                "Waist": f"{60 + i % 20}-{72 + i % 20} cm",
                "Fabric": "100% cotton",
            },
        )
        for i in range(120)
    ]
    return [
        replace(p, attributes={**p.attributes, **c}) for p, c in zip(made, changed, strict=False)
    ] + made[len(changed) :]


CELLS = (
    ("Waist", "90-70 cm", "unit_outlier"),
    ("Waist", "从90厘米至70厘米", "unit_outlier"),
    ("Waist", "90 cm ~ 90 cm", None),
    ("Aspect ratio", "16-9 cm", None),
    ("Fabric", "70% cotton, 50% nylon", "unit_outlier"),
    ("Fabric", "棉80%，涤纶45%", "unit_outlier"),
    ("Fabric", "65% cotton, 35% nylon", None),
    ("Fabric", "60% cotton, 40% nylon, 100% silk", None),  # a shell and its lining
    ("Fabric", "Shell: 80% cotton, lining: 90% silk", None),
    ("Fabric", "100% cotton (60% recycled)", None),
    ("Fabric", "100% cotton, 60% nylon free", None),
    ("Alcohol", "140 %", "unit_outlier"),
    ("Recycled plastic (%)", "300", "unit_outlier"),
    ("Charge (%)", "300", None),  # of what, nobody knows
    ("sRGB coverage", "140 %", None),
    ("Warranty", "-24 months", "unit_outlier"),
    ("Focus shift", "-24 mm", "unit_outlier"),
    ("Lowest temperature", "-24 m", None),
    ("Net weight", "500 g g", "mixed_units"),
    ("Net weight", "500g克", "mixed_units"),
    ("Net weight", "500 g / 900 g", "mixed_units"),
    ("Net weight", "500 g / 0.5 kg", None),
    ("Net weight", "500 g ??", "mixed_units"),
    ("Net weight", "500 g (to be confirmed)", "mixed_units"),
    ("Net weight", "500克（待核实）", "mixed_units"),
    ("Colour", "black (ask the factory)", "missing_attribute"),
    ("Colour", "7731", "missing_attribute"),
    ("Colour", "option_31", "missing_attribute"),
    ("Colour", "colour.values.31", "missing_attribute"),
    ("Colour", "Color: red", "missing_attribute"),
    ("Colour", "颜色：Red", "missing_attribute"),
    ("Colour", '{"name": "Red"}', "missing_attribute"),
    ("Colour", "Red;Oak;XL", "missing_attribute"),
    ("Colour", "Red;Black", None),
    ("Colour", "Red 5", None),
    ("Net weight", "########", "missing_attribute"),
    ("Net weight", "Err:502", "missing_attribute"),
)
OF_CELLS = {"unit_outlier", "mixed_units", "missing_attribute"}


def test_cells_that_cannot_be_are_noted_and_those_that_sound_alike_are_not(cleaned: Any) -> None:
    run = cleaned([], listings(*({name: value} for name, value, _ in CELLS)))
    found = {(row, check) for row, check, action in run.found() if action == "note"}
    for i, (name, value, check) in enumerate(CELLS, 1):
        own = {c for row, c in found if row == f"0:{i}"} & OF_CELLS
        assert check in own if check else not own, (name, value, own)
    assert not {row for row, _ in found} - {f"0:{i}" for i in range(1, len(CELLS) + 1)}


PAIRS = (
    ({"Production date": "2025-03-01", "Best before": "2024-03-01"}, True),
    ({"生产日期": "2025年3月1日", "有效期至": "20240301"}, True),
    ({"Production date": "05/02/2025", "Best before": "03/04/2025"}, False),  # of two readings one
    ({"Production date": "2024-03-01", "Best before": "2025-03-01"}, False),
    ({"Voltage": "230 V", "Current": "2 A", "Power": "60 W", "Rated power": "9 kW"}, True),
    ({"Voltage": "230 V", "Current": "2 A", "Music power": "9 kW", "Lamp power": "5 W"}, False),
)


def test_values_that_cannot_be_true_together_are_noted(cleaned: Any) -> None:
    run = cleaned([], listings(*(pair for pair, _ in PAIRS)))
    found = {row for row, check, _ in run.found() if check == "unit_outlier"}
    assert found == {f"0:{i}" for i, (_, is_odd) in enumerate(PAIRS, 1) if is_odd}


def test_what_many_write_is_how_the_shop_says_it(cleaned: Any) -> None:
    many = [
        {"Waist": "90-70 cm", "Colour": f"{4000 + i}", "Net weight": "1 g / 2 g"} for i in range(40)
    ]
    assert not {f for f in cleaned([], listings(*many)).found() if f[1] in OF_CELLS}
