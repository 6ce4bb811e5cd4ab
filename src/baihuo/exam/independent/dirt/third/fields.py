"""Values in the wrong column: brand, model, title, price, stock, dates; brands and models that a sheet or a person bent."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    LOST,
    Values,
    listing,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


def titled(column: str) -> Any:
    """Listings whose title says what stands in the column."""
    return lambda v: len(str(v.get(column) or "")) > 3 and str(v[column]) in str(v.get("title_en"))


def swap(bed: Bed, own: Kind, first: str, second: str, fit: Any = lambda v: True) -> None:
    def has_both(v: Values) -> bool:
        return bool(v.get(first) and v.get(second)) and v[first] != v[second] and fit(v)

    for row in bed.take(PRODUCTS, own.cases, has_both):
        clean = row.values[first]
        row.values[first], row.values[second] = row.values[second], clean
        bed.case(own, [row], field=first, clean=clean)


@kind(
    "brand_and_title_swapped",
    "the brand is the title, and the title the brand",
    table=PRODUCTS,
    actions=f"{FIXED} quarantine",
)
def _brand_and_title(bed: Bed, own: Kind) -> None:
    swap(bed, own, "title_en", "brand")


def _one_letter_off(bed: Bed, v: Values) -> str:
    brand = str(v["brand"])
    at = bed.rng.randrange(1, len(brand) - 2)
    return (
        brand[:at] + brand[at + 1] + brand[at] + brand[at + 2 :]
        if brand[at] != brand[at + 1]
        else brand[:at] + brand[at + 1 :]
    )


listing(
    "brand_one_letter_off",
    "two letters of the brand turned round, while the title has it right",
    _one_letter_off,
    "brand",
    fit=lambda v: titled("brand")(v) and len(str(v["brand"])) > 4,
)


def _company(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(["{} Trading Co., Ltd.", "{}®™", "{} Inc. (Registered Trademark)"])
    ).format(v["brand"])


listing("brand_company_form", "the company's legal form behind the brand", _company, "brand")


def _no_brand(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["Generic", "Unbranded", "No brand", "OEM", "无品牌", "其他品牌"]))


listing(
    "brand_no_brand",
    "'Unbranded', while the title names the brand",
    _no_brand,
    "brand",
    fit=titled("brand"),
)


def _address(bed: Bed, v: Values) -> str:
    return f"https://www.{str(v['brand']).lower().replace(' ', '')}.example/en"


listing("brand_is_web_address", "the brand's web site instead of its name", _address, "brand")


def _is_price(bed: Bed, v: Values) -> str:
    return str(v["price"])


listing(
    "brand_is_price",
    "the price in the brand's column, too",
    _is_price,
    "brand",
    fit=lambda v: bool(v.get("price")),
    actions=FIXED,
)


def _is_colour(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["Black", "White", "Red", "Navy blue", "Grey"]))


listing(
    "brand_is_colour",
    "a colour in the brand's column, while the title names the brand",
    _is_colour,
    "brand",
    fit=titled("brand"),
)


def _is_code(bed: Bed, v: Values) -> str:
    return str(v["codes"][0])


listing(
    "model_is_code",
    "the bar code in the model's column",
    _is_code,
    "model",
    fit=lambda v: bool(v.get("codes")) and str(v["codes"][0]).isdigit(),
)


def _as_date(bed: Bed, v: Values) -> str:
    return f"{bed.rng.randint(1, 28)}-{bed.rng.choice(['Mar', 'Sep', 'Apr', 'Dec'])}"


listing(
    "model_as_date", "a sheet took the model for a date", _as_date, "model", fit=titled("model")
)


def _without_letters(bed: Bed, v: Values) -> str:
    return "".join(c for c in str(v["model"]) if c.isdigit())


listing(
    "model_without_letters",
    "the model lost its letters, which the title still has",
    _without_letters,
    "model",
    fit=lambda v: (
        titled("model")(v)
        and len(str(v["model"])) < 12
        and sum(c.isdigit() for c in v["model"]) > 2
        and any(c.isalpha() for c in v["model"])
    ),
)


def _is_title(bed: Bed, v: Values) -> str:
    return str(v["title_en"])


listing(
    "model_is_title",
    "the whole title in the model's column",
    _is_title,
    "model",
    fit=lambda v: titled("model")(v) and len(str(v["title_en"])) > 2 * len(str(v["model"])),
)


def _is_number(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice([v.get("price") or 12, bed.rng.randint(10, 900)]))


listing(
    "description_is_number",
    "a bare number as the description",
    _is_number,
    "description_en",
    actions=LOST,
)


def _title_address(bed: Bed, v: Values) -> str:
    return f"https://shop.example/p/{v['product_id']}?ref=feed&utm_source=export"


listing(
    "title_is_web_address",
    "the page's address as the title",
    _title_address,
    "title_en",
    actions=f"{LOST} repair",
)
