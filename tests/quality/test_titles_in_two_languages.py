"""Chinese titles that contradict the English title of the same listing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from baihuo.core import Product

BRANDS = (("Alba", "阿尔巴"), ("Bora", "博拉"), ("Cima", "阿里玛"), ("Dole", "朵乐"))
COLOURS = (("black", "黑色"), ("red", "红色"), ("blue", "蓝色"), ("green", "绿色"))
KINDS = (("jug", "水壶"), ("tin", "罐子"), ("pot", "汤锅"))


def catalogue(n: int = 80) -> list[Product]:
    """Jugs, tins and pots: brand, model, kind, volume and colour in both titles."""
    made = []
    for i in range(n):
        brand, brand_zh = BRANDS[i % 4]
        colour, colour_zh = COLOURS[(i + i // 4) % 4]
        kind, kind_zh = KINDS[i % 3]
        model, volume = f"{brand[:2].upper()}{1000 + 37 * i}", (250, 500, 800)[i % 3]
        made.append(
            Product(
                product_id=f"p{i}",
                title_en=f"{brand} {model} {kind} {volume} ml {colour}",
                title_zh=f"{brand_zh} {model} {kind_zh} {volume}毫升 {colour_zh}",
                brand=brand,
                model=model,
                attributes={"Kind": kind},
            )
        )
    return made


def test_what_the_chinese_title_says_and_the_english_does_not(cleaned: Any) -> None:
    products = catalogue()
    changes = {
        0: ("阿尔巴", "博拉"),
        1: (str(products[1].model), str(products[5].model)),
        2: ("毫升", "0毫升"),
        4: ("红色", "紫色"),
        5: ("800毫升", "0.8升"),  # the same
        6: ("阿里玛", "诺维克"),  # a name that nobody knows, perhaps another way to write it
    }
    for n, (old, new) in changes.items():
        assert old in str(products[n].title_zh)
        products[n] = replace(products[n], title_zh=str(products[n].title_zh).replace(old, new))
    products[7] = replace(products[7], title_zh=products[40].title_zh)
    run = cleaned([], products)
    found = {
        int(row.split(":")[1]) - 1: (check, detail["why"])
        for (row, check), detail in run.details().items()
        if check in ("brand_against_title", "attribute_against_title")
    }
    said = "the Chinese title names another"
    assert found == {
        0: ("brand_against_title", f"{said} brand"),
        1: ("attribute_against_title", f"{said} model"),
        2: ("attribute_against_title", f"{said} measure"),
        4: ("attribute_against_title", f"{said} colour"),
        7: ("attribute_against_title", found[7][1]),
    }
    assert "another model" in found[7][1]


def test_titles_that_do_not_agree_as_a_rule_say_nothing(cleaned: Any) -> None:
    products = [
        replace(p, title_zh=q.title_zh)
        for p, q in zip(catalogue(), reversed(catalogue()), strict=True)
    ]
    checks = {check for _, check, _ in cleaned([], products).found()}
    assert not checks & {"brand_against_title", "attribute_against_title"}
