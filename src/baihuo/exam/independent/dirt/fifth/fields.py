"""Brands, models, categories, codes, pictures' names and times of release."""

from __future__ import annotations

import random
from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import BRANDS, OPEN, both, leaf, turned
from baihuo.exam.independent.dirt.third.tools import FIXED, NOTED, Values, listing
from baihuo.exam.independent.kinds import READ, Bed, Kind, NoRoom, kind
from baihuo.exam.independent.rows import PRODUCTS
from baihuo.exam.independent.visits import DAY

CYRILLIC = dict(zip("aeoicpx", "аеоісрх", strict=True))


def titled(v: Values, column: str) -> bool:
    """The English title says what stands in the column."""
    return bool(v.get(column)) and str(v[column]) in str(v.get("title_en"))


def _store(bed: Bed, v: Values) -> str:
    brand = str(v["brand"])
    zh = f"{BRANDS.get(brand, brand)}官方旗舰店"
    forms = [f"{brand} Official Store", zh, f"{brand} Co., Ltd.", f"{brand} (authorized reseller)"]
    return str(bed.rng.choice(forms))


listing(
    "brand_is_a_store",
    "'Official Store', 官方旗舰店: a seller's name where all others have the brand",
    _store,
    "brand",
    fit=lambda v: titled(v, "brand"),
)


def _generic(bed: Bed, v: Values) -> str:
    words = ["Generic", "Unbranded", "其他", "无品牌", "Other", "Does not apply", "OEM"]
    return str(bed.rng.choice(words))


listing(
    "brand_generic",
    "'Does not apply' or 其他 as the brand, which the titles name",
    _generic,
    "brand",
    fit=lambda v: titled(v, "brand"),
)


def _in_chinese(bed: Bed, v: Values) -> str:
    return BRANDS[v["brand"]]


listing(
    "brand_in_chinese",
    "the brand's Chinese name, where all its other listings have the Latin one",
    _in_chinese,
    "brand",
    fit=lambda v: both(v) and v["brand"] in BRANDS,
)


def _cyrillic(bed: Bed, v: Values) -> str:
    brand = str(v["brand"])
    at = bed.rng.choice([n for n, c in enumerate(brand) if c in CYRILLIC])
    return brand[:at] + CYRILLIC[brand[at]] + brand[at + 1 :]


listing(
    "brand_cyrillic_letter",
    "one Cyrillic letter in a Latin brand, which falls apart into two",
    _cyrillic,
    "brand",
    fit=lambda v: any(c in CYRILLIC for c in str(v["brand"])),
)


def _barcode(bed: Bed, v: Values) -> str:
    return str(v["codes"][0])


listing(
    "model_is_the_barcode",
    "the listing's own EAN as the model, which the titles name",
    _barcode,
    "model",
    fit=lambda v: titled(v, "model") and bool(v.get("codes")),
)


@kind(
    "model_of_another",
    "the model of a sister, while both titles name its own",
    table=PRODUCTS,
    actions=FIXED,
)
def _model(bed: Bed, own: Kind) -> None:
    sisters: dict[tuple[Any, str], set[str]] = {}
    for row in bed.sound_products():
        if row.values.get("model"):
            key = (row.values.get("brand"), leaf(row.values))
            sisters.setdefault(key, set()).add(str(row.values["model"]))

    def others(v: Values) -> list[str]:
        held = sisters.get((v.get("brand"), leaf(v)), set())
        return sorted(m for m in held if m not in v["model"] and v["model"] not in m)

    def fit(v: Values) -> bool:
        is_named = titled(v, "model") and str(v["model"]) in str(v.get("title_zh", v["model"]))
        return is_named and bool(others(v))

    for row in bed.take(PRODUCTS, own.cases, fit):
        clean = row.values["model"]
        row.values["model"] = bed.rng.choice(others(row.values))
        bed.case(own, [row], field="model", clean=clean)


def _reversed(bed: Bed, v: Values) -> list[str]:
    return list(v["category"])[::-1]


def is_deep(v: Values) -> bool:
    return len(v.get("category") or ()) > 1


listing(
    "category_reversed",
    "Smartphones > Phones, all others the other way round",
    _reversed,
    "category",
    fit=is_deep,
)


def _parent(bed: Bed, v: Values) -> list[str]:
    shelves = {str(r.values["category"][0]) for r in bed.sound_products() if is_deep(r.values)}
    return [bed.rng.choice(sorted(shelves - {v["category"][0]})), *v["category"][1:]]


listing(
    "category_wrong_parent",
    "Food > Laptops: all other laptops are in Electronics",
    _parent,
    "category",
    fit=is_deep,
)


def _one_text(bed: Bed, v: Values) -> list[str]:
    return [bed.rng.choice(["/", " » "]).join(v["category"])]


listing(
    "category_as_one_text",
    "'Home/Lamps' as one level, while all others have two",
    _one_text,
    "category",
    fit=is_deep,
    actions=f"{READ} {FIXED}",
)


def _misspelt(bed: Bed, v: Values) -> list[str]:
    *above, last = v["category"]
    return [*above, turned(bed.rng, last)]


listing(
    "category_letters_turned",
    "Smartpohnes: a category of one listing beside one of many",
    _misspelt,
    "category",
    fit=lambda v: turned(random.Random(0), leaf(v)) != leaf(v),
)


SIBLING = {
    "Laptops": "Tablets",
    "Tablets": "Laptops",
    "Headphones": "Keyboards",
    "Keyboards": "Headphones",
    "Tea": "Coffee",
    "Coffee": "Tea",
    "Kettles": "Pans",
    "Pans": "Kettles",
    "Shoes": "Jackets",
    "Shirts": "Shoes",
    "Creams": "Shampoos",
    "Shampoos": "Creams",
    "Blankets": "Lamps",
}


def _sibling(bed: Bed, v: Values) -> list[str]:
    return [*v["category"][:-1], SIBLING[leaf(v)]]


listing(
    "category_of_a_sibling",
    "a laptop among tablets: titles, attributes and price say laptop",
    _sibling,
    "category",
    fit=lambda v: leaf(v) in SIBLING,
    checks="wrong_category missing_attribute",
    also="unit_form mixed_units",
)


@kind(
    "code_digits_transposed",
    "two digits of the EAN typed the other way round, so that its check digit does not fit",
    table=PRODUCTS,
    actions=OPEN,
)
def _transposed(bed: Bed, own: Kind) -> None:
    def places(v: Values) -> list[int]:
        code = str((v.get("codes") or [""])[0])
        if len(code) != 13 or not code.isdigit():
            return []
        return [n for n in range(6, 11) if abs(int(code[n]) - int(code[n + 1])) not in (0, 5)]

    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(places(v))):
        code, at = str(row.values["codes"][0]), bed.rng.choice(places(row.values))
        row.values["codes"] = [code[:at] + code[at + 1] + code[at] + code[at + 2 :]]
        bed.case(own, [row])


@kind(
    "code_of_other_product",
    "a phone and a pillow have one EAN, copied from a row nearby",
    table=PRODUCTS,
    actions=OPEN,
)
def _of_neighbour(bed: Bed, own: Kind) -> None:
    places = {row.key: n for n, row in enumerate(bed.shop.products)}
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("codes"))):
        at = places[row.key]
        for near in bed.shop.products[at + 1 : at + 60]:
            is_other = leaf(near.values) != leaf(row.values) and near.values.get("codes")
            if is_other and near.key not in bed.taken:
                row.values["codes"] = list(near.values["codes"])
                bed.case(own, [row], related=(near.key,))
                bed.mark([near])
                break


@kind("code_rounded_by_a_sheet", "2.10E+12: a sheet rounded the EAN", table=PRODUCTS, actions=OPEN)
def _rounded(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return bool(v.get("codes")) and str(v["codes"][0]).isdigit()

    for row in bed.take(PRODUCTS, own.cases, fit):
        row.values["codes"] = [f"{int(row.values['codes'][0]):.2E}"]
        bed.case(own, [row])


@kind(
    "picture_of_other_product",
    "a kettle's picture on a tent",
    table=PRODUCTS,
    actions=OPEN,
    checks="shared_picture broken_picture",
)
def _picture(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("images")) and is_deep(v)):
        shelf = row.values["category"][0]
        others = [
            r
            for r in bed.sound_products()
            if r.values.get("images") and is_deep(r.values) and r.values["category"][0] != shelf
        ]
        if not others:
            raise NoRoom
        other = bed.rng.choice(others)
        row.values["images"] = list(other.values["images"])
        bed.case(own, [row], related=(other.key,))


def _on_a_pc(bed: Bed, v: Values) -> list[str]:
    folders = [
        "C:\\Users\\admin\\Desktop\\新品图\\",
        "file:///D:/pics/",
        "\\\\NAS01\\share\\photo\\",
    ]
    return [bed.rng.choice(folders) + str(v["images"][0]).rpartition("/")[2]]


def _not_there(bed: Bed, v: Values) -> list[str]:
    name, _, form = str(v["images"][0]).rpartition(".")
    turned_form = form[0] + form[2] + form[1] + form[3:]
    ends = [f".{form}.crdownload", f"(1).{form}", f"_thumb.{form}.jpg", f".{turned_form}"]
    return [name + bed.rng.choice(ends)]


listing(
    "picture_path_of_a_pc",
    "a picture on somebody's own computer: C:\\Users\\admin\\Desktop",
    _on_a_pc,
    "images",
    actions=OPEN,
)
listing(
    "picture_file_not_there",
    "a picture's name that no file has",
    _not_there,
    "images",
    actions=OPEN,
)


@kind(
    "released_in_milliseconds",
    "released in 1970: milliseconds in a column of microseconds",
    table=PRODUCTS,
    actions=f"{READ} {FIXED}",
)
def _milliseconds(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("released_at_us"))):
        clean = row.values["released_at_us"]
        row.values |= {"released_at_us": clean // 1000, "updated_at_us": clean}
        bed.case(own, [row], field="released_at_us", clean=clean)


@kind(
    "released_after_it_was_sold",
    "released after two customers or more bought it",
    table=PRODUCTS,
    actions=NOTED,
)
def _after_sale(bed: Bed, own: Kind) -> None:
    bought: dict[str, list[int]] = {}
    for row in bed.shop.events:
        if row.values.get("event_type") == "purchase" and row.key not in bed.taken:
            name = str(row.values.get("product_id"))
            bought.setdefault(name, []).append(int(row.values["occurred_at_us"]))
    end = bed.start_us + bed.days * DAY

    def fit(v: Values) -> bool:
        times = bought.get(str(v["product_id"]), [])
        return len(times) >= 2 and max(times) + 2 * DAY < end and bool(v.get("released_at_us"))

    for row in bed.take(PRODUCTS, own.cases, fit):
        clean = row.values["released_at_us"]
        after = max(bought[str(row.values["product_id"])]) + 2 * DAY
        row.values |= {"released_at_us": after, "updated_at_us": after}
        bed.case(own, [row], field="released_at_us", clean=clean)
