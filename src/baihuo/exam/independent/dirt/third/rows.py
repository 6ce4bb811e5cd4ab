"""Rows that are no listing of their own: headers, sums, remarks, broken lines, chimeras, copies that hide."""

from __future__ import annotations

from baihuo.exam.independent.dirt.third.tools import (
    COPIED,
    COPY_CHECKS,
    GONE,
    Values,
    copied,
    junk_rows,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS

OPEN = "note withhold quarantine repair"


def described(v: Values) -> bool:
    return bool(v.get("brand") and v.get("model") and v.get("title_en"))


@kind(
    "row_header",
    "the header of the columns again, in the middle of the file",
    table=PRODUCTS,
    actions=GONE,
)
def _header(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        style = bed.rng.choice([str.upper, str.title, str.lower])
        return {c: style(c) for c in near if isinstance(near[c], str)}

    for n in range(own.cases):  # files that were put one behind the other
        after = bed.rng.choice([r for r in bed.shop.products if r.key not in bed.taken])
        values = make(bed, after.values) | {
            "product_id": bed.rng.choice(["product_id", "SKU", "Item no."]) + " " * (n % 3)
        }
        bed.case(own, [bed.add(PRODUCTS, values, after=after)])


@kind("row_total", "a row of sums: Total, 合计", table=PRODUCTS, actions=GONE)
def _total(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        word = bed.rng.choice(["Total", "Grand total", "合计", "Subtotal", "小计"])
        return {
            "product_id": f"{word} {bed.rng.randint(1, 999)}",
            "title_en": word,
            "price": f"{bed.rng.uniform(9e4, 9e5):.2f}",
            "currency": near.get("currency"),
            "stock_units": bed.rng.randint(20000, 90000),
        }

    junk_rows(bed, own, make)


@kind("row_remark", "a remark of the supplier as a row", table=PRODUCTS, actions=GONE)
def _remark(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        phrases = [
            "--- kitchen goods below, valid until 31 March ---",
            "* all prices without VAT, see sheet 2",
            "## new season starts here ##",
        ]
        return {
            "product_id": f"row{bed.rng.randint(10000, 99999)}",
            "title_en": bed.rng.choice(phrases),
        }

    junk_rows(bed, own, make)


@kind(
    "row_rest_of_text",
    "the rest of a description, which a line end made a row",
    table=PRODUCTS,
    actions=GONE,
)
def _rest(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        text = str(near.get("description_en") or near["title_en"])
        at = text.find(" ", len(text) // 2)
        return {
            "product_id": f'{text[at + 1 :]}"',
            "title_en": str(near.get("brand")),
            "description_en": near.get("price"),
        }

    junk_rows(bed, own, make)


@kind("row_error_record", "an interface's error as a listing", table=PRODUCTS, actions=GONE)
def _error(bed: Bed, own: Kind) -> None:
    def make(bed: Bed, near: Values) -> Values:
        n = bed.rng.randint(1, 10**6)
        return {
            "product_id": f"err-{n}",
            "title_en": bed.rng.choice(
                ["Internal Server Error", "Product not found", "Invalid access token"]
            ),
            "description_en": f'{{"error":{{"code":500,"request_id":"{n:x}"}}}}',
        }

    junk_rows(bed, own, make)


@kind("row_moved_right", "every value one column to the right", table=PRODUCTS, actions=OPEN)
def _moved(bed: Bed, own: Kind) -> None:
    columns = ("title_en", "description_en", "brand", "model")
    for row in bed.take(PRODUCTS, own.cases, lambda v: all(v.get(c) for c in columns)):
        cells = [row.values[c] for c in columns]
        row.values |= dict(
            zip(columns, [str(row.values.get("price") or ""), *cells[:-1]], strict=True)
        )
        bed.case(own, [row])


@kind(
    "row_id_point_zero",
    "the same listing again, its id as a number with .0",
    table=PRODUCTS,
    actions="merge quarantine note",
    checks=COPY_CHECKS,
    also="shared_code same_listing",
)
def _point_zero(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases):
        copy = bed.add(
            PRODUCTS, dict(row.values) | {"product_id": f"{row.values['product_id']}.0"}, after=row
        )
        bed.case(own, [copy, row])


@kind(
    "copy_without_brand",
    "a copy that hides the brand, with the same text, model and code",
    table=PRODUCTS,
    actions=COPIED,
    checks=COPY_CHECKS,
    also="shared_code same_listing",
)
def _without_brand(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values) -> Values:
        rest = str(v["title_en"]).replace(str(v["brand"]), "").strip()
        return {c: x for c, x in v.items() if c != "brand"} | {"title_en": rest}

    copied(bed, own, change, described)


@kind(
    "copy_one_language",
    "one product as two listings: the copy in Chinese only, with the code",
    table=PRODUCTS,
    actions=COPIED,
    checks=COPY_CHECKS,
    also="shared_code same_listing",
)
def _one_language(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values) -> Values:
        return {c: x for c, x in v.items() if not c.endswith("_en")}

    copied(bed, own, change, lambda v: bool(v.get("title_zh")))


@kind(
    "copy_with_extras",
    "a copy with 'free gift' and a code of its own",
    table=PRODUCTS,
    actions=COPIED,
    checks=COPY_CHECKS,
    also="shared_code same_listing",
)
def _with_extras(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values) -> Values:
        return v | {"codes": [], "title_en": f"{v['title_en']} + free gift bag"}

    copied(bed, own, change, described)


@kind(
    "pack_under_the_same_code",
    "a pack of two at twice the price, under the single piece's code",
    table=PRODUCTS,
    actions=OPEN,
)
def _pack(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values) -> Values:
        return v | {
            "title_en": f"2 x {v['title_en']} (pack of 2)",
            "price": f"{float(v['price']) * 1.95:.2f}",
        }

    copied(bed, own, change, lambda v: bool(v.get("price")))


@kind(
    "refurbished_under_the_same_code",
    "used goods under the new ones' code",
    table=PRODUCTS,
    actions=OPEN,
)
def _refurbished(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values) -> Values:
        return v | {
            "title_en": f"{v['title_en']} (refurbished, grade B)",
            "price": f"{float(v['price']) * 0.6:.2f}",
        }

    copied(bed, own, change, lambda v: bool(v.get("price")))
