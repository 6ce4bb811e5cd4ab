"""Cells that break a habit of the catalogue are noted, and nearly no sound listing is."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from baihuo.core import PRODUCTS
from baihuo.exam.shop import clean_shop
from baihuo.quality.checks.habits.fields import COLUMNS
from baihuo.quality.checks.habits.listings import find_odd
from baihuo.quality.checks.habits.settings import HabitRules

Rows = list[dict[str, Any]]
Damage = Callable[[dict[str, Any], dict[str, Any]], None]


@pytest.fixture(scope="module")
def listings() -> Rows:
    """A sound catalogue."""
    shop = clean_shop(906, events=1_000, products=1_000)
    return [_listing(row.values) for row in shop.products]


def _listing(values: dict[str, Any]) -> dict[str, Any]:
    taken = {name: values.get(name) for name in COLUMNS}
    return taken | {
        "category": " > ".join(values["category"]),
        "price_minor": round(float(values["price"]) * 100),
        "attributes": dict(values["attributes"]),
    }


def _found(rows: Rows) -> set[int]:
    held = [row | {"attributes": json.dumps(row["attributes"])} for row in rows]
    table = pa.table(
        {name: pa.array([row[name] for row in held], PRODUCTS.field(name).type) for name in COLUMNS}
    )
    return {odd.row for odd in find_odd(table, HabitRules())}


def _brand_of_another(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["brand"] = other["brand"]


def _description_of_another(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["description_en"] = other["description_en"]


def _category_of_another(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["category"] = other["category"]


def _colour_of_another(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["attributes"] = row["attributes"] | {"Colour": other["attributes"]["Colour"]}


def _markup(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["title_en"] = f"<b>{row['title_en']}</b>"


def _price_in_cents(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["price_minor"] *= 100


def _code_with_a_letter(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["codes"] = [f"{row['codes'][0][:-2]}O{row['codes'][0][-1]}"]


def _nothing_in_it(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["description_zh"] = None


@pytest.mark.parametrize(
    "damage",
    [
        _brand_of_another,
        _description_of_another,
        _category_of_another,
        _colour_of_another,
        _markup,
        _price_in_cents,
        _code_with_a_letter,
        _nothing_in_it,
    ],
)
def test_three_damaged_listings_of_a_thousand_are_noted(listings: Rows, damage: Damage) -> None:
    rng = random.Random(damage.__name__)
    rows = [dict(row) for row in listings]
    hit = set(rng.sample([n for n, row in enumerate(rows) if row["codes"]], 3))
    for n in hit:
        others = [r for r in listings if r["category"] != rows[n]["category"]]
        same = ("brand", "description_en", "attributes")
        damage(rows[n], rng.choice([r for r in others if all(r[k] != rows[n][k] for k in same)]))
    found = _found(rows)
    assert len(found & hit) >= 2
    assert len(found - hit) <= 0.005 * len(rows) + len(
        hit
    )  # what was copied is noted with its copy


def _note_in_title(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["title_en"] += " [check price!]"


def _question_marks(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["title_en"] = row["title_en"].replace(" ", "?", 1)


def _template(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["description_en"] += " Made for {{season}}."


def _brand_of_the_seller(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["brand"] = f"{row['brand']} Official Store"


def _brand_in_chinese(row: dict[str, Any], other: dict[str, Any]) -> None:
    row["brand"] = row["title_zh"].split()[0]


def test_damage_of_many_kinds_hides_none(listings: Rows) -> None:
    """Each in a hundredth of the catalogue, several in one field."""
    kinds = [
        _note_in_title,
        _question_marks,
        _template,
        _brand_of_the_seller,
        _brand_in_chinese,
        _colour_of_another,
        _price_in_cents,
        _nothing_in_it,
    ]
    rows = [dict(row) for row in listings]
    taken = random.Random(2).sample(range(len(rows)), 10 * len(kinds))
    for n, damage in enumerate(kinds):
        for at in taken[n :: len(kinds)]:
            others = [
                r for r in listings if r["attributes"]["Colour"] != rows[at]["attributes"]["Colour"]
            ]
            damage(rows[at], others[at % len(others)])
    found = _found(rows)
    for n, damage in enumerate(kinds):
        assert len(found & set(taken[n :: len(kinds)])) >= 9, damage.__name__
    assert len(found - set(taken)) <= 0.005 * len(rows)


def test_where_suppliers_write_as_they_like_no_sign_is_odd(listings: Rows) -> None:
    rows = [dict(row) for row in listings]
    for n in range(0, len(rows), 12):
        rows[n]["title_en"] += f" {'!*~+&%'[n // 12 % 6]}"
    assert len(_found(rows)) <= 0.005 * len(rows)


def test_a_habit_that_a_category_never_had_is_its_own_way(listings: Rows) -> None:
    """All lamps have their titles in capitals: not an accident of any of them."""
    rows = [dict(row) for row in listings]
    lamps = [n for n, row in enumerate(rows) if row["category"] == "Home > Lamps"]
    for n in lamps:
        rows[n]["title_en"] = rows[n]["title_en"].upper()
    assert len(_found(rows) & set(lamps)) <= 0.05 * len(lamps)


def test_of_a_small_catalogue_nothing_is_learned(listings: Rows) -> None:
    few = [dict(row) for row in listings[:40]]
    few[0]["brand"] = "<i>" + few[0]["brand"]
    assert _found(few) == set()


def test_a_category_of_short_titles_is_no_failure(listings: Rows) -> None:
    """None of them is compared in words, and it is the last category that is known."""
    sizes = Counter(row["category"] for row in listings)
    last = [name for name, n in sizes.items() if n >= 20][-1]
    rows = [dict(row) for row in listings]
    short = [n for n, row in enumerate(rows) if row["category"] == last]
    for n in short:
        rows[n]["title_en"] = rows[n]["title_en"][:4]
    assert len(_found(rows) - set(short)) <= 0.005 * len(rows)
