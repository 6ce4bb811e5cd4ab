"""Codes that a spreadsheet rounded, and dates that programs write where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("bad_code", "shared_code", "released_at_nowhere")

COLOURS = ("Red", "Blue", "Green", "Black")


def rice(n: int = 80, **first: Any) -> list[Product]:
    """Bags of rice with a weight and a plain text; the first is changed."""
    made = [
        Product(
            product_id=f"r{i}",
            title_en=f"Norvik NV{1000 + i} jasmine rice {COLOURS[i % 4].lower()}",
            description_en=f"Rice NV{1000 + i} of the north, {i + 3} months old.",
            brand="Norvik",
            category=("Food", "Rice"),
            attributes={
                "Colour": COLOURS[i % 4],
                "Net weight": f"{500 + 10 * (i % 20)} g",
            },
        )
        for i in range(n)
    ]
    return [replace(made[0], **first), *made[1:]]


@pytest.mark.checks("text", "times")
def test_a_catalogue_in_order_has_no_finding(cleaned: Any) -> None:
    assert cleaned([], rice()).found() == set()


@pytest.mark.checks("bad_code", "shared_code")
def test_a_code_that_a_spreadsheet_rounded_is_taken_out_and_shared_by_nobody(cleaned: Any) -> None:
    made = rice(codes=("6.98220E+12",))
    made[1] = replace(made[1], codes=("6.98220E+12",))
    run = cleaned([], made)
    assert run.found() == {("0:1", "bad_code", "repair"), ("0:2", "bad_code", "repair")}
    assert {p["product_id"]: p["codes"] for p in run.rows("products")}["r0"] == []


def released(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000
