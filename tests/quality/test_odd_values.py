"""Values that no thing can have, and texts that a program left unfinished: noted, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "bad_code",
    "shared_code",
    "mixed_units",
    "unit_outlier",
    "released_at_nowhere",
)

COLOURS = ("Red", "Blue", "Green", "Black")


def rice(n: int = 80, **first: Any) -> list[Product]:
    """Bags of rice with a weight, an age that is written as a range, and a plain text; the first is changed."""
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
                "Age": f"{i % 7}-{i % 7 + 3}",
            },
            variants=(
                Variant(variant_id=f"r{i}-1", attributes={"Pack": "bag"}),
                Variant(variant_id=f"r{i}-2", attributes={"Pack": "box"}),
            ),
        )
        for i in range(n)
    ]
    return [replace(made[0], **first), *made[1:]]


def with_changed(*changed: dict[str, Any]) -> list[Product]:
    """Each of the first listings with other values."""
    made = rice()
    return [replace(p, **c) for p, c in zip(made, changed, strict=False)] + made[len(changed) :]


@pytest.mark.checks("text", "times")
def test_a_catalogue_in_order_has_no_finding(cleaned: Any) -> None:
    assert cleaned([], rice()).found() == set()


VALUES = (
    ("Net weight", "White", "mixed_units"),
    ("Net weight", "0 g", "unit_outlier"),
    ("Net weight", "2026-03-04 00:00:00", "mixed_units"),
    ("Age", "4-Mar", "mixed_units"),
    ("Age", "3月4日", "mixed_units"),
    ("Net weight", "-500 g", "unit_outlier"),
)


@pytest.mark.checks("attributes", "units")
def test_a_value_that_cannot_be_is_noted(cleaned: Any) -> None:
    values = zip(rice(), VALUES, strict=False)
    run = cleaned(
        [], with_changed(*({"attributes": p.attributes | {n: v}} for p, (n, v, _) in values))
    )
    assert run.found() == {(f"0:{i}", c, "note") for i, (*_, c) in enumerate(VALUES, 1)}


@pytest.mark.checks("mixed_units")
def test_what_many_write_is_no_slip(cleaned: Any) -> None:
    many = [
        replace(p, attributes=p.attributes | {"Net weight": "on request", "Sold": "4-Mar"})
        if i < 8
        else replace(p, attributes=p.attributes | {"Sold": f"{i % 28 + 1}-Mar"})
        for i, p in enumerate(rice())
    ]
    assert not {check for _, check, _ in cleaned([], many).found()} & {"mixed_units"}


@pytest.mark.checks("bad_code", "shared_code")
def test_a_code_that_a_spreadsheet_rounded_is_taken_out_and_shared_by_nobody(cleaned: Any) -> None:
    made = rice(codes=("6.98220E+12",))
    made[1] = replace(made[1], codes=("6.98220E+12",))
    run = cleaned([], made)
    assert run.found() == {("0:1", "bad_code", "repair"), ("0:2", "bad_code", "repair")}
    assert {p["product_id"]: p["codes"] for p in run.rows("products")}["r0"] == []


def released(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


DATES = (
    (released(1900), 2024, True),
    (released(1970), 2024, True),
    (released(1970) - 8 * 3_600_000_000, 2024, True),
    (released(1970), 1971, False),  # old records
    (released(1971), 2024, False),
    (released(1970, 1, 2), 2024, False),
    (released(2024, 3, 4) // 1_000_000, 2024, True),  # seconds, read as microseconds
    (released(2024, 3, 4) // 1_000, 2024, True),  # milliseconds
    (released(1970, 1, 20), 2024, False),
)


@pytest.mark.checks("released_at_nowhere")
@pytest.mark.parametrize(("date", "others", "is_withheld"), DATES)
def test_a_date_that_programs_write_is_no_release(
    cleaned: Any, date: int, others: int, is_withheld: bool
) -> None:
    made = [
        replace(p, released_at_us=released(others, 1 + i % 12, 2)) for i, p in enumerate(rice())
    ]
    made[0] = replace(made[0], released_at_us=date)
    run = cleaned([], made)
    assert run.found() == ({("0:1", "released_at_nowhere", "repair")} if is_withheld else set())
    left = {p["product_id"]: p["released_at_us"] for p in run.rows("products")}
    assert left["r0"] == (None if is_withheld else date)
