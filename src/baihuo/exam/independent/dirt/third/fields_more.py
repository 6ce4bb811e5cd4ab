"""Values in the wrong column: brand, model, title, price, stock, dates; brands and models that a sheet or a person bent."""

from __future__ import annotations

from baihuo.exam.independent.dirt.third.fields import swap, titled
from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    LOST,
    Values,
    listing,
    stranger,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


@kind(
    "brand_and_model_swapped",
    "brand and model stand in each other's column",
    table=PRODUCTS,
    actions=f"{FIXED} quarantine",
)
def _brand_and_model(bed: Bed, own: Kind) -> None:
    swap(bed, own, "brand", "model", titled("model"))


@kind(
    "title_and_description_swapped",
    "title and description stand in each other's column",
    table=PRODUCTS,
    actions=f"{FIXED} quarantine",
)
def _title_and_description(bed: Bed, own: Kind) -> None:
    swap(
        bed,
        own,
        "title_en",
        "description_en",
        lambda v: len(v["description_en"]) > 2 * len(v["title_en"]),
    )


@kind(
    "released_and_updated_swapped",
    "last changed before it was released",
    table=PRODUCTS,
    actions=FIXED,
)
def _dates_swapped(bed: Bed, own: Kind) -> None:
    swap(bed, own, "released_at_us", "updated_at_us")


def _shop_name(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(["{} Official Store", "{}官方旗舰店", "{} Outlet (ships from DE)"])
    ).format(v["brand"])


listing("brand_shop_name", "a seller's shop as the brand", _shop_name, "brand")


def _scientific(bed: Bed, v: Values) -> str:
    return f"{bed.rng.uniform(1, 9):.2f}E+{bed.rng.randint(10, 30)}"


listing(
    "model_scientific",
    "a sheet took the model for a number with an exponent",
    _scientific,
    "model",
    fit=titled("model"),
)


def _letter_o(bed: Bed, v: Values) -> str:
    return str(v["model"]).replace("0", "O").replace("1", "l")


listing(
    "model_letter_o",
    "O and l in the model where title and text have 0 and 1",
    _letter_o,
    "model",
    fit=lambda v: titled("model")(v) and sum(c in "01" for c in v["model"]) >= 1,
)


def _of_other(bed: Bed, v: Values) -> str:
    return str(stranger(bed, v, "brand", "model")["model"])


listing(
    "model_of_other",
    "the model of another brand's listing, while the title names its own",
    _of_other,
    "model",
    fit=titled("model"),
)


def _file_name(bed: Bed, v: Values) -> str:
    return f"IMG_{bed.rng.randint(1000, 9999)}_{bed.rng.choice(['final', 'web', 'copy'])}.jpg"


listing(
    "title_is_file_name",
    "the name of a picture's file as the title",
    _file_name,
    "title_en",
    actions=f"{LOST} repair",
)


def _title_category(bed: Bed, v: Values) -> str:
    return " > ".join(v["category"])


listing(
    "title_is_category",
    "the path of the category as the title",
    _title_category,
    "title_en",
    actions=f"{LOST} repair",
    fit=lambda v: bool(v.get("category")),
)
