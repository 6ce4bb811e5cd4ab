"""Rows: a column that slipped, ids of another, listings twice, tests, fees, headers and sums of sheets."""

from __future__ import annotations

import itertools
from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import OPEN, both, leaf, without_variants
from baihuo.exam.independent.dirt.third.tools import (
    COPIED,
    COPY_CHECKS,
    FIXED,
    GONE,
    Values,
    blocks,
    junk_rows,
)
from baihuo.exam.independent.kinds import Bed, Kind, NoRoom, kind
from baihuo.exam.independent.rows import PRODUCTS, Row
from baihuo.exam.independent.shop import ean

SLIPPED = (
    "description_zh",
    "brand",
    "model",
    "category",
    "codes",
    "price",
    "currency",
    "stock_units",
)
NO_PRODUCT = "no_title not_a_product"
# what else is true of a row that is no product
FOLLOWS = (
    "missing_attribute wrong_category no_category likely_duplicate listing_price_outlier "
    "keyword_stuffing wrong_language same_product same_listing near_duplicate shared_picture"
)


def add_row(bed: Bed, values: Values) -> Row:
    """A new listing somewhere in the file, in no block of rows that another kind changed."""
    places = [r for r in bed.shop.products if r.key not in bed.taken]
    return bed.add(PRODUCTS, values, after=bed.rng.choice(places))


@kind(
    "title_zh_shifted_by_a_row",
    "thirty neighbours have the Chinese title of the next row",
    table=PRODUCTS,
    actions=FIXED,
    checks="attribute_against_title brand_against_title title_contradicts_attribute "
    "description_of_another",
)
def _shifted(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, own.cases + 1, lambda v: bool(v.get("title_zh"))):
        for row, after in itertools.pairwise(run):
            clean, title = row.values["title_zh"], after.values["title_zh"]
            if clean != title:
                row.values["title_zh"] = title
                bed.case(own, [row], field="title_zh", clean=clean, related=(after.key,))


@kind(
    "id_in_other_case",
    "p10003 as the id of a listing, which the log's events call P10003, as no row is called",
    table=PRODUCTS,
    actions=FIXED,
    checks="resolved_product unknown_product same_product same_id same_listing",
)
def _other_case(bed: Bed, own: Kind) -> None:
    of_product: dict[str, list[Any]] = {}
    for row in bed.shop.events:
        of_product.setdefault(str(row.values.get("product_id")), []).append(row)

    def fit(v: Values) -> bool:
        held = of_product.get(str(v["product_id"]), [])
        is_spelt = str(v["product_id"]).swapcase() != str(v["product_id"])
        return is_spelt and 2 <= len(held) <= 12 and not any(r.key in bed.taken for r in held)

    for row in bed.take(PRODUCTS, own.cases, fit):
        clean = str(row.values["product_id"])
        about = of_product[clean]
        row.values["product_id"] = clean.swapcase()
        bed.mark(about)
        bed.case(own, [row, *about], field="product_id", clean=clean)


@kind(
    "id_of_another_product",
    "two rows with one id: a kettle and a tent",
    table=PRODUCTS,
    actions="quarantine note",
)
def _one_id(bed: Bed, own: Kind) -> None:
    seen = {str(r.values.get("product_id")) for r in bed.shop.events}
    sound = [r.values for r in bed.sound_products() if both(r.values) and r.values.get("model")]
    for row in bed.take(PRODUCTS, own.cases, lambda v: str(v["product_id"]) not in seen):
        v = row.values
        others = [
            o for o in sound if leaf(o) != leaf(v) and o.get("brand") not in (None, v.get("brand"))
        ]
        if not others:
            raise NoRoom
        other = bed.rng.choice(others)
        model = f"Q{bed.rng.choice('XYZ')}{bed.rng.randint(10, 99)}"
        texts = ("title_en", "title_zh", "description_en", "description_zh", "model")
        changed = {c: str(other[c]).replace(str(other["model"]), model) for c in texts}
        values = {c: x for c, x in other.items() if c != "variants"} | changed
        values |= {"product_id": v["product_id"], "codes": [ean(bed.rng)]}
        bed.case(own, [add_row(bed, values), row])


def new_id(bed: Bed, values: Values) -> str:
    name = str(values["product_id"]).rstrip("0123456789")
    return f"{name}{900000 + bed.rng.randint(0, 99999)}"


@kind(
    "relisted_other_word_order",
    "one thing as two listings: all the same, the title's words in another order, no code",
    table=PRODUCTS,
    actions=COPIED,
    checks=COPY_CHECKS,
    also="shared_picture",
)
def _word_order(bed: Bed, own: Kind) -> None:
    def rest(v: Values) -> list[str]:
        """The title's words behind brand and model."""
        head = f"{v.get('brand')} {v.get('model')} "
        title = str(v["title_en"])
        return title[len(head) :].split() if title.startswith(head) else []

    def fit(v: Values) -> bool:
        return both(v) and without_variants(v) and len(rest(v)) >= 3

    for row in bed.take(PRODUCTS, own.cases, fit):
        v = row.values
        values = v | {
            "product_id": new_id(bed, v),
            "title_en": " ".join([v["brand"], v["model"], *rest(v)[::-1]]),
            "title_zh": v["title_zh"].replace(" ", ""),
            "codes": [],
            "stock_units": bed.rng.randint(1, 90),
        }
        bed.case(own, [add_row(bed, values), row])


@kind(
    "relisted_with_same_code",
    "one thing as two listings with one EAN, the second in Chinese alone",
    table=PRODUCTS,
    actions=COPIED,
    checks=f"{COPY_CHECKS} shared_code",
    also="shared_picture",
)
def _same_code(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return both(v) and without_variants(v) and bool(v.get("codes"))

    for row in bed.take(PRODUCTS, own.cases, fit):
        v = row.values
        values = {c: x for c, x in v.items() if not c.endswith("_en")} | {
            "product_id": new_id(bed, v),
            "title_zh": f"正品 {v['title_zh']}",
            "stock_units": bed.rng.randint(1, 90),
        }
        bed.case(own, [add_row(bed, values), row])


def untexted(bed: Bed, near: Values) -> Values:
    """A row like another one without what says which product it is."""
    texts = ("title_en", "title_zh", "description_en", "description_zh", "codes", "model")
    held = {c: x for c, x in near.items() if c not in (*texts, "variants", "images")}
    return held | {"product_id": new_id(bed, near)}


@kind(
    "test_listing",
    "测试商品请勿拍, QA automation product",
    table=PRODUCTS,
    actions=GONE,
    checks=NO_PRODUCT,
    also=FOLLOWS,
)
def _test(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        n = bed.rng
        titles = [
            {"title_zh": "测试商品请勿拍", "title_en": "test product do not buy"},
            {"title_zh": "测试链接123"},
            {"title_zh": "测试", "title_en": "test111"},
            {"title_en": "asdf"},
            {"title_zh": f"压测专用商品{n.randint(1, 99)}"},
            {"title_en": f"QA automation product {n.randint(1, 999)}"},
        ]
        return (
            untexted(bed, near) | n.choice(titles) | {"price": n.choice(["0.01", "1.00", "100.00"])}
        )

    junk_rows(bed, own, make)


@kind(
    "fee_as_product",
    "补差价链接, gift wrap service: what is paid, and no product",
    table=PRODUCTS,
    actions=GONE,
    checks=NO_PRODUCT,
    also=FOLLOWS,
)
def _fee(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        titles = [
            {"title_zh": "补差价专用链接"},
            {"title_zh": "运费补拍 1元"},
            {"title_en": "Shipping fee difference"},
            {"title_en": "Gift wrap service"},
            {"title_zh": "邮费专拍链接 拍前联系客服"},
            {"title_en": "Extended return insurance, 1 order"},
            {"title_zh": "定金链接 尾款另付"},
        ]
        held = {c: x for c, x in untexted(bed, near).items() if c not in ("brand", "attributes")}
        price = bed.rng.choice(["1.00", "5.00", "10.00"])
        return held | bed.rng.choice(titles) | {"price": price}

    junk_rows(bed, own, make)


@kind(
    "catalogue_header_again",
    "files were put one behind the other with their headers: product_id, title_en, … as a row",
    table=PRODUCTS,
    actions=GONE,
)
def _header(bed: Bed, own: Kind) -> None:
    junk_rows(bed, own, lambda bed, near: {c: c for c in near if c not in ("variants", "images")})


@kind(
    "subtotal_row",
    "'Subtotal Lamps', 合计：Lamps: a line of a pivot table",
    table=PRODUCTS,
    actions=GONE,
    checks=f"{NO_PRODUCT} no_product no_product_id bad_listing_price bad_stock",
    also=FOLLOWS,
)
def _subtotal(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        form = bed.rng.choice(["Subtotal {}", "Total {}", "小计 {}", "合计：{}"])
        name = form.format(leaf(near))
        return {
            "product_id": name,
            "title_en": name,
            "price": f"{bed.rng.randint(9000, 900000) / 100:.2f}",
            "stock_units": bed.rng.randint(2000, 90000),
        }

    junk_rows(bed, own, make)


@kind(
    "cells_slipped_left",
    "one empty cell was lost before the brand: the brand holds the model, the model the category",
    table=PRODUCTS,
    actions=OPEN,
)
def _slipped(bed: Bed, own: Kind) -> None:
    def fit(v: Values) -> bool:
        return both(v) and without_variants(v) and all(v.get(c) for c in SLIPPED)

    for row in bed.take(PRODUCTS, own.cases, fit):
        v = row.values
        clean = v["brand"]
        cells = ["|".join(x) if isinstance(x := v[c], list) else str(x) for c in SLIPPED]
        v |= dict(zip(SLIPPED, cells[1:], strict=False))
        del v["stock_units"]
        v["category"] = [v["category"]]
        v["codes"] = [v["codes"]]
        bed.case(own, [row], field="brand", clean=clean)
