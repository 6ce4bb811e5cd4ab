"""Descriptions that state another value than the attribute, which a second text confirms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("description_of_another", "attribute_against_title")

_WORDS = (("oak", "橡木"), ("pine", "松木"), ("steel", "钢"))


def shelves(n: int = 120) -> list[Product]:
    """Shelves whose two descriptions list what the attributes hold."""
    made = []
    for i in range(n):
        (stuff, stuff_zh), load, is_folding = _WORDS[i % 3], (15, 20, 45, 60)[i % 4], i % 2 == 0
        folds, folds_zh = ("yes", "可以") if is_folding else ("no", "不可以")
        made.append(
            Product(
                product_id=f"s{i}",
                title_en=f"Alba shelf number {i} of {stuff}",
                title_zh=f"阿尔巴 置物架 {i}号 {stuff_zh}",
                description_en=f"A shelf for room {i}. Wood or metal: {stuff}; Load: {load} kg; Folding: {folds}.",
                description_zh=f"第{i}间房的置物架。材料：{stuff_zh}；承重：{load}公斤；折叠：{folds_zh}。",
                brand="Alba",
                category=("Home", "Shelves"),
                attributes={"Made of": stuff, "Max load": load, "Folds": is_folding},
            )
        )
    return made


def noted(cleaned: Any, products: list[Product]) -> dict[str, str]:
    details = cleaned([], products).details()
    return {
        row: detail["attribute"]
        for (row, check), detail in details.items()
        if check == "description_of_another"
    }


def test_a_value_that_one_description_alone_states_is_noted_and_nothing_else(cleaned: Any) -> None:
    products = shelves()
    changes = {
        0: ("description_en", ": oak;", ": pine;"),
        1: ("description_en", "20 kg", "45 kg"),
        2: ("description_zh", "可以", "不可以"),
        3: ("description_zh", "承重：60", "承重：15"),
        4: ("description_zh", "松木", "钢"),
    }
    for n, (field, old, new) in changes.items():
        text = str(getattr(products[n], field))
        assert old in text
        products[n] = replace(products[n], **{field: text.replace(old, new)})  # type: ignore[arg-type]
    others: dict[int, dict[str, Any]] = {  # what nobody confirms, or says the same
        12: {"attributes": {**products[12].attributes, "Max load": 60}},  # both texts are right
        13: {"description_en": str(products[13].description_en).replace("20 kg", "20.0 kg")},
        14: {"description_en": str(products[14].description_en).replace("45 kg", "100 lbs")},
        15: {"description_en": f"{products[15].description_en} Box. Load: 15 kg; Parts: 3."},
        16: {"description_en": "A shelf. Ready in: 20 minutes; Load: see the label."},
    }
    for n, changed in others.items():
        products[n] = replace(products[n], **changed)
    expected = ("Made of", "Max load", "Folds", "Max load", "Made of")
    assert noted(cleaned, products) == {f"0:{n + 1}": name for n, name in enumerate(expected)}


def test_where_texts_and_attributes_seldom_agree_nothing_is_known(cleaned: Any) -> None:
    products = [
        replace(p, description_en=q.description_en)
        for p, q in zip(shelves(), reversed(shelves()), strict=True)
    ]
    assert noted(cleaned, products) == {}
