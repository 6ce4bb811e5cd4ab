"""Titles that contradict the listing's other title or its brand, and titles in another language than their field's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks(
    "wrong_language",
    "keyword_stuffing",
    "attribute_against_title",
    "brand_against_title",
    "unreadable_characters",
)

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


@pytest.mark.checks("attribute_against_title", "brand_against_title")
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


def of_people(n: int = 120) -> list[Product]:
    """Coats for women and men; some Chinese titles have the Latin name of the brand, too, or alone."""
    made = []
    for i in range(n):
        (brand, brand_zh), is_hers = BRANDS[i % 4], i % 3 == 0
        name = (brand_zh, f"{brand_zh}（{brand}）", f"{brand} {brand_zh}", brand)[i // 4 % 4]
        made.append(
            Product(
                product_id=f"p{i}",
                title_en=f"{brand} coat {i} {'ladies' if is_hers else 'men'} 2 pockets of 128 ml + 512 ml",
                title_zh=f"{name} 大衣 {i} {'女款' if is_hers else '男款'} 口袋128毫升+512毫升",
                brand=brand,
            )
        )
    return made


@pytest.mark.checks("attribute_against_title", "brand_against_title")
def test_another_sex_or_brand_or_digits_in_another_order(cleaned: Any) -> None:
    products = of_people()
    changes = {
        0: ("阿尔巴", "博拉"),
        1: ("男", "女"),
        2: ("512", "521"),
        5: ("512毫升", "0.51升"),  # rounded
        7: ("男款", "男女款"),
        8: ("阿尔巴", "阿尔"),  # no name of a brand
    }
    for n, (old, new) in changes.items():
        assert old in str(products[n].title_zh)
        products[n] = replace(products[n], title_zh=str(products[n].title_zh).replace(old, new))
    for n in (9, 13, 17):  # of thirty
        products[n] = replace(products[n], brand="博拉")
    found = {
        int(row.split(":")[1]) - 1: detail.get("why", "").split()[-1]
        for (row, check), detail in cleaned([], products).details().items()
        if check in ("brand_against_title", "attribute_against_title")
    }
    assert found == {0: "brand", 1: "sex", 2: "measure", **dict.fromkeys((9, 13, 17), "letters")}


def test_titles_that_do_not_agree_as_a_rule_say_nothing(cleaned: Any) -> None:
    products = [
        replace(p, title_zh=q.title_zh)
        for p, q in zip(catalogue(), reversed(catalogue()), strict=True)
    ]
    checks = {check for _, check, _ in cleaned([], products).found()}
    assert not checks & {"brand_against_title", "attribute_against_title"}


@pytest.mark.checks("brand_against_title", "keyword_stuffing")
def test_another_word_for_the_brand_and_two_products_in_one_title(cleaned: Any) -> None:
    products = catalogue()
    titles = {
        0: str(products[0].title_en).replace("Alba", "Alas"),
        1: f"{products[1].title_en} / {products[2].title_en}",
        2: f"{products[2].title_en} and {products[6].title_en}",
        3: f"{products[3].title_en} for {products[4].title_en}",
        4: f"{products[4].title_en} and lid / Bora blue",
        5: f"Limited edition of {products[5].title_en}",
    }
    for n, title in titles.items():
        products[n] = replace(products[n], title_en=title)
    run = cleaned([], products)
    found = {
        int(row.split(":")[1]) - 1: detail["why"]
        for (row, check), detail in run.details().items()
        if check in ("brand_against_title", "keyword_stuffing") and "why" in detail
    }
    assert found == {
        0: "its title has another word for the brand",
        1: "two products",
        2: "two products",
    }


def test_titles_in_a_third_language_in_traditional_letters_and_from_a_scanner(cleaned: Any) -> None:
    products = catalogue()
    others = {
        0: {"title_en": "Alba AL1000 leichter Krug mit Deckel aus Glas für die Küche"},
        1: {"title_en": "Bora BO1037 boîte légère avec couvercle pour la cuisine"},
        2: {"title_en": "Cima CI1074 olla ligera con tapa para el horno y la cocina"},
        3: {"title_en": "Dole DO1111 jug for crème de la maison"},
        4: {"title_zh": "阿爾巴 AL1148 湯鍋 500毫升 红色"},
        5: {"title_zh": "博拉 BO1185 汤锅 800毫升 蓝色 (開)"},
        6: {"title_en": "Cirna Cl1222 jug 250 rn1 gr33n b1ue"},
        7: {"title_en": "D01e DO1259 tin 500 ml b1ack"},
        8: {"title_en": "Alba AL1296 pot 800 ml b1ue"},
        9: {"title_zh": "博拉 BO1333 水壶 250毫升 綠色"},  # of colours no one stands there
        12: {"title_zh": "阿爾巴 AL1444 水壶 250毫升 绿色"},
        10: {"title_zh": "阿里玛 CI1370 罐子 麵 500毫升 红色"},
        13: {"title_zh": "博拉 BO1481 汤锅 800毫升 蓝色".encode().decode("gbk", "replace")},
    }
    for n, changed in others.items():
        products[n] = replace(products[n], **changed)  # type: ignore[arg-type]
    found = {
        int(row.split(":")[1]) - 1: detail.get("found")
        for (row, check), detail in cleaned([], products).details().items()
        if check == "wrong_language" or detail.get("why", "").startswith("letters that a scanner")
    }
    assert found == {
        0: "German",
        1: "French",
        2: "Spanish",
        4: "traditional letters",
        12: "traditional letters",
        6: "b1ue: blue, cirna: cima",
        7: "b1ack: black, d01e: dole",
    }
