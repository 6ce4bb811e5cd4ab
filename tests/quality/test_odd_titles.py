"""Titles with their description, other brands or a piece of a word at the end, and such as lost a dash or a digit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("unreadable_characters", "keyword_stuffing")

_BRANDS = ("Alba", "Bora", "Cima", "Dole", "Elm Street")
_KINDS = ("soup bowl", "tea pot", "bread boxes")


def kitchen(n: int = 150) -> list[Product]:
    made = []
    for i in range(n):
        brand, kind, grams = _BRANDS[i % 5], _KINDS[i % 3], 101 + 7 * i
        made.append(
            Product(
                product_id=f"k{i}",
                title_en=f"{brand} {kind} of porcelain {grams}g — number {i} at guests",
                title_zh=f"瓷器 {grams}克 {i}号",
                description_en=f"The {kind} number {i} of glazed porcelain goes with all others and into any oven.",
                brand=brand,
                attributes={"Weight": grams},
            )
        )
    return made


def noted(cleaned: Any, titles: dict[int, str]) -> dict[int, str]:
    """Why each of some titles is noted; of the others nothing is."""
    products = kitchen()
    for n, title in titles.items():
        products[n] = replace(products[n], title_en=title)
    return {
        int(row.split(":")[1]) - 1: detail["why"]
        for (row, check), detail in cleaned([], products).details().items()
        if check in ("keyword_stuffing", "unreadable_characters")
    }


def test_titles_that_say_too_much_or_lost_something(cleaned: Any) -> None:
    products = kitchen()
    titles = {n: str(products[n].title_en) for n in range(14)}
    weights = {n: str(products[n].attributes["Weight"]) for n in titles}
    titles[0] += f": {products[0].description_en}"
    titles[1] = titles[1].replace("—", "?")
    titles[2] = titles[2].replace(f"{weights[2]}g", f"l{weights[2][1:]}g")  # 115
    titles[3] += " Cima Bora Elm Street"
    titles[4] = titles[4].split(" of ")[0] + " of porcel"
    titles[5] = (
        titles[5].split(" of ")[0].removesuffix("boxes") + "Bo"
    )  # no text has the whole word
    # as good as any
    titles[6] += ", the best?"
    titles[7] += " for Dole, Cima and Elm Street"
    titles[13] += " by Alba and Bora"
    titles[9] = titles[9].split(" —")[0] + " Std"
    titles[10] = titles[10].split(" of ")[0] + " guest"  # a word, though guests is one, too
    titles[11] += " lOml"  # no text says ten
    titles[8] = titles[8].split(" of ")[0].removesuffix("boxes") + "box"
    titles[12] = titles[12].split(" —")[0] + " Il Mulino"
    found = noted(cleaned, titles)
    assert {n: why.split(" where ")[0] for n, why in found.items()} == {
        0: "its description stands in the title, too",
        1: "a question mark",
        2: "letters that stand for digits",
        3: "it ends with the names of other brands",
        4: "it stops within a word",
        5: "it stops within a word",
    }


def test_a_shop_whose_titles_hold_their_descriptions_and_ask(cleaned: Any) -> None:
    titles = {
        n: f"{p.title_en} {p.description_en}".replace("—", "?" if n % 3 else "—")
        for n, p in enumerate(kitchen())
        if n % 4
    }
    found = str(noted(cleaned, titles))
    assert "stands in the title" not in found
    assert "question mark" not in found
