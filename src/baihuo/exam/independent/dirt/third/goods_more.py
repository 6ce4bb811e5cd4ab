"""Variants, categories, stock, dates, prices and codes of listings, and their pictures' names."""

from __future__ import annotations

from baihuo.exam.independent.dirt.third.goods import OPEN, check_digit, coded, variants
from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    NOTED,
    Values,
    listing,
    stranger,
)
from baihuo.exam.independent.kinds import READ, Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


@kind(
    "variant_id_of_other", "a variant that another listing has, too", table=PRODUCTS, actions=OPEN
)
def _id_of_other(bed: Bed, own: Kind) -> None:
    def change(bed: Bed, v: Values, held: list[Values]) -> list[Values]:
        held[1]["variant_id"] = stranger(bed, v, "variants")["variants"][0]["variant_id"]
        return held

    variants(bed, own, change)


@kind(
    "variant_stock_sum",
    "the listing's stock is not that of its sizes together",
    table=PRODUCTS,
    actions=OPEN,
)
def _stock_sum(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: len(v.get("variants") or []) >= 4):
        clean = row.values["stock_units"]
        row.values["stock_units"] = clean * 3 + bed.rng.randint(7, 60)
        bed.case(own, [row], field="stock_units", clean=clean)


listing_reversed = "the path of the category from its end"


def _upside_down(bed: Bed, v: Values) -> list[str]:
    return list(v["category"])[::-1]


listing(
    "category_upside_down",
    listing_reversed,
    _upside_down,
    "category",
    fit=lambda v: len(v["category"]) > 1,
)


def _marketing(bed: Bed, v: Values) -> list[str]:
    return list(
        bed.rng.choice(
            [["Sale"], ["New arrivals"], ["Home page", "Top deals"], ["Other"], ["清仓专区"]]
        )
    )


listing("category_marketing", "a campaign's page instead of the category", _marketing, "category")


def _other_parent(bed: Bed, v: Values) -> list[str]:
    other = stranger(bed, v, "category")["category"]
    for _ in range(50):
        if other[0] != v["category"][0]:
            break
        other = stranger(bed, v, "category")["category"]
    return [other[0], *v["category"][1:]]


listing(
    "category_other_parent",
    "kettles below electronics, where no other kettle is",
    _other_parent,
    "category",
)


def _old(bed: Bed, v: Values) -> list[str]:
    *above, last = v["category"]
    return [
        *above,
        str(bed.rng.choice(["{} (old)", "zz_{}_do_not_use", "{} 2019 archive"])).format(last),
    ]


listing("category_old", "a category that is put away: Kettles (old)", _old, "category")


def _case(bed: Bed, v: Values) -> list[str]:
    return [c.upper() for c in v["category"]]


listing(
    "category_other_case",
    "the category in capitals, a second shelf beside the first",
    _case,
    "category",
    actions=f"{READ} {FIXED}",
)


def _half(bed: Bed, v: Values) -> float:
    return float(v["stock_units"]) + 0.5


listing(
    "stock_half",
    "half a piece in stock",
    _half,
    "stock_units",
    fine=lambda v: (v["stock_units"] + 1,),
)


def _stock_code(bed: Bed, v: Values) -> int:
    return int(v["codes"][0])


listing(
    "stock_is_code",
    "the bar code in the stock's column",
    _stock_code,
    "stock_units",
    fit=lambda v: bool(v.get("codes")),
)


def _sheet_day(bed: Bed, v: Values) -> int:
    return int(v["released_at_us"] // 86_400_000_000 + 25569)


listing(
    "released_sheet_day",
    "a sheet's number of days as the time of release",
    _sheet_day,
    "released_at_us",
)


def _digits(bed: Bed, v: Values) -> int:
    return int(f"202{bed.rng.randint(2, 4)}0{bed.rng.randint(1, 9)}{bed.rng.randint(10, 28)}")


listing("released_digits", "year, month and day as one number", _digits, "released_at_us")


def _seconds(bed: Bed, v: Values) -> int:
    return int(v["released_at_us"]) // 1_000_000


listing(
    "released_in_seconds",
    "the time of release in seconds, so in 1970",
    _seconds,
    "released_at_us",
    actions=f"{READ} {FIXED}",
)


def _price_code(bed: Bed, v: Values) -> str:
    return str(v["codes"][0])


listing(
    "price_is_code",
    "the bar code in the price's column",
    _price_code,
    "price",
    fit=lambda v: bool(v.get("codes")) and str(v["codes"][0]).isdigit(),
)


def _several(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["3 for {:.2f}", "2件{:.2f}", "{:.2f} / 3 pcs"])).format(
        float(v["price"]) * 2.5
    )


listing("price_of_several", "the price of three: 3 for 300", _several, "price")


def _from(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["from {}", "ab {}", "{} 起", "up to {}"])).format(v["price"])


listing("price_from", "'from' before the price", _from, "price", actions=f"{READ} {FIXED}")


def _discount(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["-20%", "8折", "20% off", "满300减50"]))


listing("price_discount", "a discount in the price's column", _discount, "price", actions=NOTED)


def _old_and_new(bed: Bed, v: Values) -> str:
    return f"{v['currency']} {float(v['price']) * 1.3:.2f} {v['currency']} {v['price']}"


listing(
    "price_old_and_new", "the struck price and the new one, scraped together", _old_and_new, "price"
)


@kind(
    "code_of_a_book",
    "a book's number on what is no book",
    table=PRODUCTS,
    actions=OPEN,
    checks="bad_code shared_code",
)
def _book(bed: Bed, own: Kind) -> None:
    coded(bed, own, lambda bed, v: [check_digit(f"978{bed.rng.randrange(10**9):09d}")])


@kind(
    "code_of_the_shop",
    "a number that shops give to weighed goods themselves (2…)",
    table=PRODUCTS,
    actions=OPEN,
)
def _of_shop(bed: Bed, own: Kind) -> None:
    coded(bed, own, lambda bed, v: [check_digit(f"2{bed.rng.randrange(10**11):011d}")])


@kind(
    "code_of_a_coupon", "a coupon's number (99…) as a listing's code", table=PRODUCTS, actions=OPEN
)
def _coupon(bed: Bed, own: Kind) -> None:
    coded(bed, own, lambda bed, v: [check_digit(f"99{bed.rng.randrange(10**10):010d}")])


@kind("code_is_an_address", "a web address in the column of codes", table=PRODUCTS, actions=OPEN)
def _address(bed: Bed, own: Kind) -> None:
    coded(bed, own, lambda bed, v: [f"https://shop.example/{v['product_id']}"])


def _country(bed: Bed, v: Values) -> str:
    return str(bed.rng.choice(["CHN", "USA", "China", "GBR"]))


listing(
    "currency_is_country", "a country in the currency's column", _country, "currency", actions=NOTED
)
