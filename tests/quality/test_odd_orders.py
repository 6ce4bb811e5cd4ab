"""Orders that reviews, cancels and other lines contradict."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "shared_order_id",
    "unknown_variant",
    "row_against_order",
)

HOUR = 3600.0


def found_by(run: Any, check: str) -> set[tuple[str, str]]:
    return {(row, action) for row, name, action in run.found() if name == check}


def bought(event: Any, n: int, seconds: float = 0, **other: Any) -> Any:
    values = {"visitor_id": f"v{n}", "order_id": f"ord{n * 7919:07d}a", "quantity": 1} | other
    return event("purchase", 600 * n + seconds, **values)


def test_a_review_of_somebody_elses_order_is_noted_where_its_visitor_bought_the_product_in_another(
    event: Any, cleaned: Any
) -> None:
    rows = []
    for n in range(30):
        rows += [
            event("click", 600 * n - 60, visitor_id=f"v{n}", product_id="p2" if n == 9 else "p1"),
            bought(event, n, product_id="p2" if n == 9 else "p1"),
        ]
    for n in range(12):
        order = f"ord{(9 if n == 7 else n) * 7919:07d}a"
        product = "p2" if n == 9 else "p1"
        rows.append(
            event(
                "review",
                90 * HOUR + n,
                visitor_id=f"v{n}",
                order_id=order,
                product_id=product,
                rating=4,
            )
        )
    run = cleaned(rows)
    assert found_by(run, "row_against_order") == {("0:68", "note")}


@pytest.mark.checks("shared_order_id")
@pytest.mark.parametrize(("hours", "is_found"), [(0.5, False), (20, True)])
def test_a_line_that_comes_again_with_its_order_hours_later_is_noted(
    hours: float, is_found: bool, event: Any, cleaned: Any
) -> None:
    rows = [bought(event, n) for n in range(40)]
    again = bought(event, 5, hours * HOUR)
    other = bought(event, 6, 20 * HOUR, product_id="p2")  # added to the order in the evening
    run = cleaned([*rows, again, other])
    assert found_by(run, "shared_order_id") == ({("0:41", "note")} if is_found else set())
    many = [bought(event, n, 20 * HOUR) for n in range(10)]  # lines as they are sent
    assert found_by(cleaned([*rows, *many]), "shared_order_id") == set()


def test_a_variant_that_only_another_product_has_is_noted_also_on_a_product_without_any(
    event: Any, cleaned: Any
) -> None:
    def product(name: str, *ids: str) -> Product:
        return Product(
            product_id=name,
            title_en=f"Thing {name}",
            variants=tuple(Variant(variant_id=i) for i in ids),
        )

    catalogue = [product("p1", "p1-s", "one"), product("p2"), product("p3", "p3-s", "one")]
    rows = [event("click", 60 * i, variant_id="p1-s") for i in range(30)]
    rows += [
        event("click", 9_000 + 60 * i, product_id="p2", variant_id=variant)
        for i, variant in enumerate(["p3-s", "p2-x", "one"])
    ]
    assert found_by(cleaned(rows, catalogue), "unknown_variant") == {("0:31", "note")}
