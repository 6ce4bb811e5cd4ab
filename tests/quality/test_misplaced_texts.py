"""Descriptions in another language, with an offer that has ended, or that stand in the title's column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("wrong_language", "boilerplate", "no_title", "keyword_stuffing")

CHECKS = ("wrong_language", "boilerplate", "no_title")
_TITLES = "Kettle,Lamp,Drill,Scarf,Tent,Chair,Radio,Clock,Spoon,Bench".split(",")


def noted(cleaned: Any, *texts: dict[str, str]) -> list[set[str]]:
    products = [
        replace(Product(product_id=f"p{n}", title_en=title, brand="Alba"), **own)  # type: ignore[arg-type]
        for n, (title, own) in enumerate(zip(_TITLES, texts, strict=False), 1)
    ]
    found = cleaned([], products).found()
    return [
        {c for row, c, action in found if (row, action) == (f"0:{n}", "note") and c in CHECKS}
        for n in range(1, len(texts) + 1)
    ]


@pytest.mark.checks("wrong_language")
def test_a_description_in_another_language_with_latin_letters_is_noted(cleaned: Any) -> None:
    texts = (
        "Der Wasserkocher fasst einen Liter und ist mit einer Anzeige für die Temperatur versehen.",
        "La tetera tiene una tapa de acero y es muy fácil de limpiar para el uso de cada día.",
        "Il bollitore è in acciaio e si pulisce con un panno; il coperchio della brocca è di vetro.",
        "Café au lait bowl with a crème brûlée finish, the le Creuset way, made in the Alps.",
        "Toner noir, 2500 pages",
        "A kettle of the brand El Toro with a lid; la dolce vita for your kitchen.",
    )
    assert noted(cleaned, *({"description_en": t} for t in texts)) == [
        *({"wrong_language"},) * 3,
        *(set[str](),) * 3,
    ]


def test_a_shop_that_writes_another_language_is_left_alone(cleaned: Any) -> None:
    text = "Die Lampe ist aus Messing und wird mit einer Birne für das Zimmer geliefert, Modell {}."
    products = [
        Product(product_id=f"p{n}", title_en=f"Lampe {n}", description_en=text.format(n))
        for n in range(150)
    ]
    assert not {c for _, c, _ in cleaned([], products).found()} & {"wrong_language"}


@pytest.mark.checks("boilerplate")
def test_an_offer_that_ended_in_an_earlier_year_is_noted(cleaned: Any) -> None:
    texts = (
        {"description_en": "A kettle. This offer expires 31 December 2019!"},
        {"description_en": "A kettle. Discount valid until 2018-06-30 for members."},
        {"description_zh": "不锈钢水壶。优惠活动截止到2019年11月12日。"},
        {"description_en": "A kettle. The sale ends on 3 March 2099."},
        {"description_en": "A kettle drawn in May 2015, with a filter that is valid for a year."},
        {
            "description_en": "Offers a litre of space. Guide for runners, in print since 12 May 2014."
        },
    )
    assert noted(cleaned, *texts) == [*({"boilerplate"},) * 3, *(set[str](),) * 3]


def test_a_title_with_a_sale_of_an_earlier_year_is_noted(cleaned: Any) -> None:
    titles = (
        "Alba kettle | Cyber Monday deals 2019",
        "Alba lamp (pre-order, delivery in autumn 2018)",
        "2017 Boxing Day special: Alba drill",
        "Alba scarf - Black Friday 2099",
        "Alba tent, model of 2016",
        "Alba chair, Christmas 2015 collection",
    )
    products = [Product(product_id=f"p{n}", title_en=t) for n, t in enumerate(titles)]
    details = cleaned([], products).details()
    ended = {row for (row, _), d in details.items() if d.get("why") == "an offer that has ended"}
    assert ended == {"0:1", "0:2", "0:3"}


def test_a_title_and_a_description_in_each_others_column_are_noted(cleaned: Any) -> None:
    long = "The kettle holds a litre of water. Its handle stays cool while it boils."
    texts = (
        {"title_en": long, "description_en": "Alba K7 steel kettle 1 l"},
        {
            "title_zh": "这款水壶容量一升，把手不烫，两分钟烧开。适合家庭使用。",
            "description_zh": "Alba 水壶 K7",
        },
        {"title_en": "Alba K7 steel kettle 1 l", "description_en": long},
        {
            "title_en": "Alba steel kettle K7, 1 l, with lid, black, 1 pc.",
            "description_en": "Alba K7",
        },
        {"title_en": long.replace("boils", "works"), "description_en": "For a litre"},
    )
    found = noted(cleaned, *texts)
    assert ["no_title" in f for f in found] == [True, True, False, False, False]
