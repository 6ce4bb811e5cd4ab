"""Values that no thing can have, and texts that a program left unfinished: noted, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "missing_attribute",
    "variant_against_product",
    "bad_code",
    "shared_code",
    "mixed_units",
    "unit_outlier",
    "boilerplate",
    "repeated_words",
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
    ("Colour", "TBC", "missing_attribute"),
    ("Colour", "见详情页", "missing_attribute"),
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


UNFILLED = (
    "This {{colour}} rice is made of %MATERIAL% and more.",
    "<?php echo $desc; ?> for Norvik",
    "Buy the %BRAND% rice today.",
    "Rice of [MATERIAL] for everybody.",
    "Rice ${product.name} of the north",
)
FILLED = (
    "100% cotton, 20% OFF [NEW] [SALE]",
    "Costs $5 {sale} and 50%RH or 60%RH",
    "Enter the world of rice: your description of taste will change",
)
TO_WRITE = (
    "Your description goes here",
    "此处填写商品描述",
    "请在这里输入内容",
    "Enter description here",
)


@pytest.mark.checks("boilerplate")
def test_what_a_template_or_a_form_left_is_no_description(cleaned: Any) -> None:
    texts = [*UNFILLED, *FILLED, *TO_WRITE]
    names = ["description_en" if t.isascii() else "description_zh" for t in texts]
    made = with_changed(*({n: t} for n, t in zip(names, texts, strict=True)))
    found = {f for f in cleaned([], made).found() if f[1] == "boilerplate"}
    actions = ["note"] * len(UNFILLED) + [None] * len(FILLED) + ["repair"] * len(TO_WRITE)
    assert found == {(f"0:{i}", "boilerplate", a) for i, a in enumerate(actions, 1) if a}


@pytest.mark.checks("variant_against_product")
def test_two_variants_of_one_id_that_differ_are_noted(cleaned: Any) -> None:
    first, second = rice()[0].variants
    assert cleaned(
        [], rice(variants=(first, replace(second, variant_id=first.variant_id)))
    ).found() == {("0:1", "variant_against_product", "note")}
    twice = cleaned([], rice(variants=(first, first)))
    assert not {f for f in twice.found() if f[1] == "variant_against_product"}


def sized(n: int = 40, **changed: Any) -> list[Product]:
    """Trousers in three sizes, whose stock is that of the sizes together; the first is changed."""
    made = [
        Product(
            product_id=f"t{i:03d}",
            title_en=f"Norvik trousers {i}",
            attributes={"Fit": "slim"},
            stock_units=30 + 3 * i,
            variants=tuple(
                Variant(variant_id=f"t{i:03d}-{s}", attributes={"Size": s}, stock_units=10 + i)
                for s in ("S", "M", "L")
            ),
        )
        for i in range(n)
    ]
    return [replace(made[0], **changed), *made[1:]]


def of_variants(run: Any) -> set[tuple[str, str, str]]:
    return {f for f in run.found() if f[1] == "variant_against_product"}


@pytest.mark.checks("variant_against_product")
def test_a_variant_that_another_product_has_and_a_stock_that_is_no_sum_are_noted(
    cleaned: Any,
) -> None:
    assert of_variants(cleaned([], sized())) == set()
    first, *others = sized()[0].variants
    stolen = (replace(first, variant_id="t017-M"), *others)
    noted = {("0:1", "variant_against_product", "note")}
    assert of_variants(cleaned([], sized(variants=stolen))) == noted
    assert of_variants(cleaned([], sized(stock_units=97))) == noted


@pytest.mark.checks("attributes")
def test_variants_named_by_their_size_and_stock_of_its_own_are_a_shops_way(cleaned: Any) -> None:
    own = [
        replace(
            p,
            stock_units=500 - n,
            variants=tuple(
                replace(v, variant_id=v.variant_id.split("-")[1] * 3) for v in p.variants
            ),
        )
        for n, p in enumerate(sized())
    ]
    assert of_variants(cleaned([], own)) == set()


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


@pytest.mark.checks("repeated_words")
def test_three_times_the_same_word_among_many_others(cleaned: Any) -> None:
    titles = (
        "纤薄充电宝充电宝充电宝 嘉禾微风 BX1134 红色 20000mAh 铝合金",
        "灵犀 禅意FP6516 复古散装绿茶绿茶绿茶 100g 黑色",
        "宝宝娃娃 看看红色的小小大大车 嘉禾",
    )
    run = cleaned([], with_changed(*({"title_zh": t} for t in titles)))
    assert {f for f in run.found() if f[1] == "repeated_words"} == {
        ("0:1", "repeated_words", "repair"),
        ("0:2", "repeated_words", "repair"),
    }
