"""Descriptions: a sister's facts, holes of templates, reviews, other shops, texts in each other's column."""

from __future__ import annotations

import random
import re
from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import BRANDS, both, either, leaf, sort_of
from baihuo.exam.independent.dirt.third.tools import FIXED, LOST, Values, is_measure, listing
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS, Both, Row

ZH = {
    "Capacity": "容量",
    "Power": "功率",
    "Diameter": "直径",
    "Weight": "重量",
    "Length": "长度",
    "Height": "高度",
    "Memory": "内存",
    "Screen": "屏幕",
    "Storage": "存储",
    "Battery": "电池",
    "Thickness": "厚度",
    "Volume": "容量",
}


def measures(v: Values) -> list[str]:
    held = v.get("attributes")
    pairs = held.items() if isinstance(held, dict) else ()
    return [k for k, value in pairs if k in ZH and is_measure(value)]


def sheet(v: Values, names: list[str]) -> tuple[str, str]:
    """The measures as the last sentence of a description, in English and in Chinese."""
    held = v["attributes"]
    en = "; ".join(f"{k}: {held[k].replace(' ', '')}" for k in names)
    zh = "；".join(f"{ZH[k]}：{held[k].replace(' ', '')}" for k in names)
    return f" {en}.", f"{zh}。"


def by_shelf(bed: Bed) -> dict[tuple[str, str], list[str]]:
    """Values of an attribute, by category and the attribute's name."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in bed.sound_products():
        held = row.values.get("attributes")
        for name, value in held.items() if isinstance(held, dict) else ():
            if is_measure(value):
                found.setdefault((leaf(row.values), name), set()).add(value)
    return {key: sorted(values) for key, values in found.items()}


@kind(
    "description_spec_of_sister",
    "a measure of a sister in the English description; attribute and Chinese description differ",
    table=PRODUCTS,
    actions=FIXED,
)
def _spec(bed: Bed, own: Kind) -> None:
    values = by_shelf(bed)

    def others(v: Values, name: str) -> list[str]:
        held = v["attributes"][name]
        return [o for o in values.get((leaf(v), name), []) if o.split()[-1] == held.split()[-1]]

    def names(v: Values) -> list[str]:
        return [k for k in measures(v) if set(others(v, k)) - {v["attributes"][k]}]

    for row in bed.take(PRODUCTS, own.cases, lambda v: both(v) and bool(names(v))):
        v = row.values
        name = names(v)[0]
        en, zh = sheet(v, measures(v))
        v["description_zh"] += zh
        clean, is_now = v["description_en"] + en, v["attributes"][name].replace(" ", "")
        other = bed.rng.choice([o for o in others(v, name) if o != v["attributes"][name]])
        wrong = en.replace(f"{name}: {is_now}", f"{name}: {other.replace(' ', '')}")
        v["description_en"] += wrong
        bed.case(own, [row], field="description_en", clean=clean)


def _other_material(v: Values) -> str | None:
    """The English description with the other material of this kind of thing."""
    own = (v.get("attributes") or {}).get("Material")
    text = str(v.get("description_en"))
    other = [en for en, _ in sort_of(v).get("materials", ()) if en != own]
    if not other or not own or not re.search(rf"\b{re.escape(own)}\b", text):
        return None
    return re.sub(rf"\b{re.escape(own)}\b", other[0], text)


def _material(bed: Bed, v: Values) -> str:
    return str(_other_material(v))


listing(
    "description_material_of_sister",
    "leather in the English description; canvas in titles, attribute and Chinese description",
    _material,
    "description_en",
    fit=lambda v: both(v) and _other_material(v) is not None,
)


@kind(
    "description_of_sister_model",
    "the description names another model of the brand and category, the title and model its own",
    table=PRODUCTS,
    actions=FIXED,
)
def _sister(bed: Bed, own: Kind) -> None:
    sisters: dict[tuple[Any, str], list[Row]] = {}
    for row in bed.sound_products():
        v = row.values
        if v.get("model") and v["model"] in str(v.get("description_en")):
            sisters.setdefault((v.get("brand"), leaf(v)), []).append(row)

    def others(v: Values) -> list[Row]:
        held = sisters.get((v.get("brand"), leaf(v)), [])
        return [r for r in held if r.values["model"] not in (v["model"], v["description_en"])]

    def fit(v: Values) -> bool:
        is_named = bool(v.get("model")) and str(v["model"]) in str(v.get("description_en"))
        return is_named and str(v["model"]) in str(v.get("title_en")) and bool(others(v))

    copies = {r.key: r.values.get("description_en") for r in bed.shop.products}
    for row in bed.take(PRODUCTS, own.cases, fit):
        other = bed.rng.choice(others(row.values))
        clean, row.values["description_en"] = row.values["description_en"], copies[other.key]
        bed.case(own, [row], field="description_en", clean=clean, related=(other.key,))


def _undefined(bed: Bed, v: Values) -> Both:
    name = bed.rng.choice(measures(v))
    unit = v["attributes"][name].split()[-1]
    word = bed.rng.choice(["undefined", "NaN", "null", "[object Object]"])
    en = sheet(v, measures(v))[0]
    whole = f"{name}: {v['attributes'][name].replace(' ', '')}"
    clean = v["description_en"] + en
    return Both(v["description_en"] + en.replace(whole, f"{name}: {word}{unit}"), clean)


listing(
    "undefined_in_description",
    "'Power: undefinedW': the template got no value, which the attribute has",
    _undefined,
    "description_en",
    fit=lambda v: bool(v.get("description_en")) and bool(measures(v)),
)

_LURES = [
    ("更多优惠加V信 {}，私聊立减20。", "bh_shop{}"),
    ("下单前请加客服企鹅号 {} 领内部券。", "28{}0011"),
    ("搜淘宝店铺“{}”更便宜。", "乐购优选{}"),
    ("转卖闲鱼同款，店铺号{}。", "{}"),
]


@kind(
    "shoppers_lured_elsewhere",
    "'cheaper in a private chat': the Chinese description leads shoppers to another shop",
    table=PRODUCTS,
    actions=FIXED,
)
def _lured(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("description_zh"))):
        clean = row.values["description_zh"]
        sentence, name = bed.rng.choice(_LURES)
        name = name.format(bed.rng.randint(100, 999))
        row.values["description_zh"] = clean + sentence.format(name)
        # a sentence that went is as right as a number that is masked
        bed.case(own, [row], field="description_zh", clean=(clean,), secrets=(name,))


def _review(bed: Bed, v: Values) -> str:
    reviews = [
        "Bought this for my mum last Christmas and she loves it! Delivery was a bit slow though, four stars.",
        "I have had it for three weeks now and no complaints, would buy again. Box was dented on arrival.",
        "Exactly what my husband wanted. The colour is nicer than in the photos. Thanks to the seller!",
    ]
    return str(bed.rng.choice(reviews))


listing(
    "review_as_description",
    "a shopper's review stands in the description",
    _review,
    "description_en",
    fit=lambda v: bool(v.get("title_en")),
    actions=LOST,
)


@kind(
    "descriptions_in_each_others_column",
    "Chinese in description_en and English in description_zh, while the titles are right",
    table=PRODUCTS,
    actions=FIXED,
)
def _each_other(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, both):
        v = row.values
        clean = v["description_en"]
        v["description_en"], v["description_zh"] = v["description_zh"], clean
        bed.case(own, [row], field="description_en", clean=clean)


def _variable(rng: random.Random, text: str, column: str) -> str:
    names = [n for pair in BRANDS.items() for n in pair if n in text]
    hole = rng.choice(["{brand}", "%BRAND%", "{{ product.brand }}", "[品牌]"])
    return text.replace(names[0], hole, 1)


def _names_brand(v: Values) -> bool:
    """Both descriptions name the brand."""
    brand = str(v.get("brand"))
    return (
        both(v)
        and brand in BRANDS
        and brand in v["description_en"]
        and BRANDS[brand] in v["description_zh"]
    )


either(
    "template_variable_left",
    "'{brand} made the Petal W37': a template's variable in a description",
    _variable,
    ("description_en", "description_zh"),
    fit=_names_brand,
    actions=FIXED,
)
