"""Limits in the words of a search: what is read, and that answers keep it, against brute force."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, bags, opened

from baihuo.core import READING_KINDS, Filters, Product, Reading, Variant
from baihuo.index import Generation, Thresholds, answer_set, build

WORDS_ONLY = Thresholds(calibrations={})
Attributes = dict[str, str | float | bool]


def product(number: int, title: str, **more: object) -> Product:
    title_zh = more.pop("title_zh", None)
    return Product(
        product_id=f"item-{number}",
        title_en=title,
        title_zh=str(title_zh) if title_zh else None,
        currency="CNY",
        **more,  # type: ignore[arg-type]
    )


def wardrobe() -> list[Product]:
    """Shoes, shirts, rice, power banks, tea: each in several sizes, colours or measures."""
    made: list[Product] = []
    colours = ["Red", "Black", "Dark Green", "White"]
    for i in range(40):
        gender = ("men", "women", "unisex")[i % 3]
        numbers = range(36 + i % 4, 44)
        shoe = product(
            len(made),
            f"Running Shoes Model{i}",
            title_zh=f"跑步 鞋 款{i}",
            category=("Shoes",),
            price_minor=9_900 + 1_000 * i,
            attributes={"Gender": gender, "Colour": colours[i % 4]},
            variants=tuple(
                Variant(
                    variant_id=f"shoe{i}-{n}",
                    attributes={"Shoe size": str(n)},
                    price_minor=9_900 + 1_000 * i + 500 * (n % 3),
                    stock_units=(i + n) % 3,
                )
                for n in numbers
            ),
        )
        made.append(shoe)
    for i in range(20):
        shirt = product(
            len(made),
            f"Shirt Model{i}",
            category=("Clothing",),
            price_minor=2_000 + 700 * i,
            stock_units=i % 5,
            attributes={"Colour": colours[i % 4], "Gender": ("men", "women")[i % 2]},
            variants=tuple(
                Variant(variant_id=f"shirt{i}-{size}", attributes={"Fit size": size})
                for size in ("M", "L", "XL", "XXL")[: 1 + i % 4]
            ),
        )
        made.append(shirt)
    for i, weight in enumerate(("1kg", "2.5kg", "5kg", "10kg", "500g")):
        for brand in ("Guxiang", "Shanye"):
            made.append(
                product(
                    len(made),
                    f"{brand} Rice {weight}",
                    title_zh=f"{brand} 大米 {weight}",
                    category=("Food",),
                    price_minor=1_000 * (i + 1),
                )
            )
    for charge in (5000, 10000, 20000):
        made.append(
            product(len(made), f"Power Bank {charge}mAh", category=("Phones",), price_minor=charge)
        )
    for name in ("Black Tea", "Green Tea", "Red Bull Drink", "Orange Juice"):
        made.extend(
            product(len(made) + i, f"{name} {'ABC'[i]}", category=("Food",), price_minor=3_000)
            for i in range(3)
        )
    return made


@pytest.fixture(scope="module")
def catalogue() -> list[Product]:
    return wardrobe()


@pytest.fixture(scope="module")
def generation(catalogue: list[Product], tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(catalogue, tmp_path_factory.mktemp("limits"))


def read(generation: Generation, text: str, **more: object) -> dict[str, Reading]:
    answer = answer_set(generation, asked(text, **more), WORDS_ONLY)  # type: ignore[arg-type]
    return {r.kind: r for r in answer.read}


def found(generation: Generation, text: str, **more: object) -> list[str]:
    answer = answer_set(generation, asked(text, **more), WORDS_ONLY)  # type: ignore[arg-type]
    return [str(i) for i in generation.product_ids[answer.rows]]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("shoes under 300", None, 300),
        ("below $50 shirt", None, 50),
        ("shoes less than 20", None, 20),
        ("max 100 shirt", None, 100),
        ("shoes over 200", 200, None),
        ("shoes 100-300", 100, 300),
        ("shoes between 100 and 300", 100, 300),
        ("鞋 300元以下", None, 300),
        ("300以内的鞋", None, 300),
        ("100元以内 鞋", None, 100),
        ("鞋200到500元", 200, 500),
        ("不超过100块的鞋", None, 100),
        ("100块左右 鞋", 80, 120),
        ("¥300以下 鞋", None, 300),
        ("鞋 ３００元以下", None, 300),
        ("shoes under 1k", None, 1_000),
        ("shoes under 1,500", None, 1_500),
        ("鞋 1.5万以下", None, 15_000),
        ("三百五十元以下的鞋", None, 350),
        ("鞋 100元以上 300元以下", 100, 300),
        ("under ¥19.90 shirt", None, 19.9),
        ("at least 100 shoes", 100, None),
        ("300元以下双肩包", None, 300),  # 双 counts pairs after a bare number only
        ("30元以下抽纸", None, 30),
        ("100元以内包", None, 100),
    ],
)
def test_a_price_in_the_words_is_a_filter(
    generation: Generation, text: str, low: float | None, high: float | None
) -> None:
    price = read(generation, text)["price"]
    assert price.price_min_minor == (None if low is None else round(low * 100))
    assert price.price_max_minor == (None if high is None else round(high * 100))


@pytest.mark.parametrize(
    "text",
    [
        "iphone 15",
        "nike 270",
        "TN-2110",
        "15.6 inch laptop",
        "27寸显示器",
        "shirt under 5 kg",
        "100-300mm lens",
        "100-300 mm lens",
        "calendar 2025-2026",
        "toys 3-6岁",
        "size 10-12",
        "100以内加减法",
        "300内存",
        "usb 2.0-3.0",
        "within 30 days",
        "about 20",
        "12-24 months",
        "sony 70-200 f4",
        "蔡司24-70",
        "童车内胎57-305",
        "max232芯片",
        "浴室柜宽40以内",
        "奖券数字1到500",
        "15-3576电池",
        "i7-8700",
        "pack of 100",
    ],
)
def test_a_bare_number_is_never_a_price(generation: Generation, text: str) -> None:
    assert "price" not in read(generation, text)


def test_words_of_a_price_that_name_products_are_no_price(tmp_path: Path) -> None:
    products = [product(i, f"Air Max 97 shoe {i}", price_minor=90_000) for i in range(3)]
    shop = opened(products, tmp_path)
    assert "price" not in read(shop, "air max 97")
    assert len(found(shop, "air max 97")) == 3
    assert read(shop, "shoe max 100")["price"].price_max_minor == 10_000


def has_size(p: Product, name: str, value: str, high: int) -> bool:
    def price(v: Variant) -> int:
        return (p.price_minor if v.price_minor is None else v.price_minor) or 0

    return any(v.attributes.get(name) == value and price(v) <= high for v in p.variants)


@pytest.mark.parametrize(
    ("text", "name", "value", "thing"),
    [
        ("shoes size 38", "Shoe size", "38", "Running Shoes"),
        ("38码 鞋", "Shoe size", "38", "Running Shoes"),
        ("38号 鞋", "Shoe size", "38", "Running Shoes"),
        ("shoes eu 41", "Shoe size", "41", "Running Shoes"),
        ("shirt xl", "Fit size", "XL", "Shirt"),
        ("shirt XL码", "Fit size", "XL", "Shirt"),
        ("shirt 2xl", "Fit size", "XXL", "Shirt"),
        ("shirt size m", "Fit size", "M", "Shirt"),
        ("shirt m", "Fit size", "M", "Shirt"),
        ("shirt for women M", "Fit size", "M", "Shirt"),
        ("shoes size 38 under 150", "Shoe size", "38", "Running Shoes"),
        ("150元以下 38码 鞋", "Shoe size", "38", "Running Shoes"),
        ("shirt xl under 150", "Fit size", "XL", "Shirt"),
    ],
)
def test_a_size_is_a_filter_on_one_variant_with_the_price(
    generation: Generation,
    catalogue: list[Product],
    text: str,
    name: str,
    value: str,
    thing: str,
) -> None:
    high = 15_000 if "150" in text else 10**9
    wanted = {
        p.product_id
        for p in catalogue
        if thing in (p.title_en or "") and has_size(p, name, value, high)
    }
    assert set(found(generation, text)) == wanted
    assert wanted


@pytest.mark.parametrize(
    "text",
    [
        "shoes size 99",
        "99码 鞋",
        "battery 5号",
        "hp 305xl",
        "lamp l",
        "shirt men s",  # men's
        "iphone 5 m",
        "迈锐宝xl 把手",
        "爱媛38号冻橙",
    ],
)
def test_a_size_that_the_catalogue_does_not_have_is_a_word(
    generation: Generation, text: str
) -> None:
    assert "size" not in read(generation, text)


def test_letters_that_name_a_product_are_no_size(catalogue: list[Product], tmp_path: Path) -> None:
    ink = [product(900 + i, f"Ink 305 XL No{i}", price_minor=100) for i in range(3)]
    shop = opened([*catalogue, *ink], tmp_path)
    assert set(found(shop, "ink 305 xl")) == {p.product_id for p in ink}
    assert "size" in read(shop, "shirt xl")


def test_clothes_and_diapers_in_one_size_do_not_exclude_each_other(tmp_path: Path) -> None:
    shirts = [
        product(
            i,
            "shirt",
            variants=tuple(
                Variant(variant_id=f"s{i}{z}", attributes={"Fit": z}) for z in ("M", "L", "XL")
            ),
        )
        for i in range(3)
    ]
    diapers = [
        product(10 + i, "diapers", attributes={"Diaper": ("S", "M", "L", "XL")[i]})
        for i in range(4)
    ]
    shop = opened([*shirts, *diapers], tmp_path)
    assert found(shop, "diapers xl") == ["item-13"]
    assert len(found(shop, "shirt xl")) == 3


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("5 kg rice", 5_000),
        ("5kg rice", 5_000),
        ("大米 5公斤", 5_000),
        ("大米10斤", 5_000),
        ("rice 500 g", 500),
        ("大米 半斤 2.5千克", 2_500),
        ("rice 10kg", 10_000),
        ("rice 5000g", 5_000),
    ],
)
def test_products_of_a_measure_come_first(
    generation: Generation, catalogue: list[Product], text: str, grams: int
) -> None:
    amount = {500: "500g", 2_500: "2.5kg", 5_000: "5kg", 10_000: "10kg"}[grams]
    wanted = {p.product_id for p in catalogue if (p.title_en or "").endswith(f"Rice {amount}")}
    assert set(found(generation, text)[: len(wanted)]) == wanted
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    assert not any(n.startswith("none_has") for n in answer.notes)


def test_a_measure_that_no_product_has_is_a_note_and_others_follow(generation: Generation) -> None:
    answer = answer_set(generation, asked("rice 7 kg"), WORDS_ONLY)
    assert answer.notes == ("none_has:7 kg",)
    assert len(answer) == 10


def test_measures_are_read_from_attributes_with_the_units_of_the_shop(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    units = {"units": {"Battery": "mAh"}, "values": {"Midnight": "午夜黑"}}
    (tmp_path / "words" / "zh.json").write_text(json.dumps(units), "utf-8")
    products = [
        product(i, "power bank", attributes={"Battery": float(mah), "Colour": colour})
        for i, (mah, colour) in enumerate(
            [(10_000, "Black"), (20_000, "Red"), (26_800, "Midnight"), (5_000, "White")]
        )
    ]
    used = bags()
    folder = build(
        products, encoders=used, cache=None, out=tmp_path / "i", words=tmp_path / "words"
    )
    shop = Generation.open(folder, used)
    assert found(shop, "power bank 20000毫安")[0] == "item-1"
    assert found(shop, "power bank 午夜黑")[0] == "item-2"
    assert found(shop, "midnight power bank")[0] == "item-2"
    assert build(products, encoders=used, cache=None, out=tmp_path / "i") != folder


@pytest.mark.parametrize(
    ("text", "colour", "gender"),
    [
        ("red running shoes", "Red", None),
        ("红色 鞋", "Red", None),
        ("红鞋", "Red", None),
        ("running shoes women", None, "women"),
        ("women's running shoes", None, "women"),
        ("running shoes for men", None, "men"),
        ("女鞋", None, "women"),
        ("男士 鞋", None, "men"),
        ("黑色 男鞋", "Black", "men"),
        ("white shoes women", "White", "women"),
    ],
)
def test_colour_and_gender_come_first_and_unisex_suits_both(
    generation: Generation,
    catalogue: list[Product],
    text: str,
    colour: str | None,
    gender: str | None,
) -> None:
    def level(p: Product) -> int:
        levels = [2 if p.attributes.get("Colour") == colour else 0] if colour else []
        if gender:
            levels.append({gender: 2, "unisex": 1}.get(str(p.attributes.get("Gender")), 0))
        return sum(levels) if all(levels) else sum(levels) - 10

    by_id = {p.product_id: p for p in catalogue}
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    in_stock = [
        str(generation.product_ids[r])
        for r, tier in zip(answer.rows, answer.tier, strict=True)
        if tier < 1_000
    ]
    first = [level(by_id[i]) for i in in_stock if "Shoes" in (by_id[i].title_en or "")]
    kept = [s for s in first if s > 0]
    assert kept == sorted(kept, reverse=True)
    assert kept == first[: len(kept)]
    assert kept
    words = answer.limits.rest
    assert not any(w in words for w in ("women", "men", "red", "white", "红", "女", "男"))


def test_women_does_not_find_what_is_for_men(
    generation: Generation, catalogue: list[Product]
) -> None:
    by_id = {p.product_id: p for p in catalogue}
    genders = {by_id[i].attributes.get("Gender") for i in found(generation, "women running shoes")}
    assert genders == {"women", "unisex"}  # 26 of them are enough for a page


def test_few_of_a_colour_are_followed_by_the_others_with_a_note(generation: Generation) -> None:
    answer = answer_set(generation, asked("red running shoes"), WORDS_ONLY)
    assert len(answer) == 40
    assert answer.notes == ("few_have:red",)
    assert answer_set(generation, asked("purple running shoes"), WORDS_ONLY).notes == (
        "none_has:purple",
    )


@pytest.mark.parametrize(
    "text", ["black tea", "green tea", "red bull", "orange juice", "红茶", "spider man"]
)
def test_a_colour_or_gender_in_the_name_of_a_thing_is_a_word(
    generation: Generation, text: str
) -> None:
    assert read(generation, text) == {}
    assert generation.limits(text).rest == text


def test_a_word_of_a_colours_name_is_not_a_thing_that_is_sold(tmp_path: Path) -> None:
    products = [
        product(i, f"Scarf {c} {i}", category=("Clothing",), attributes={"Colour": c})
        for i, c in enumerate(["Wine Red", "Red", "Black", "White"] * 3)
    ]
    shop = opened(products, tmp_path)
    assert read(shop, "red wine") == {}
    assert read(shop, "wine red scarf")["colour"].values == ("wine red",)
    assert [r.kind for r in read(shop, "red scarf").values()] == ["colour"]
    assert read(shop, "红裙子")["colour"].values == ("red",)  # dresses are not sold; red is
    by_id = {p.product_id: p.attributes["Colour"] for p in products}
    placed = [by_id[i] for i in found(shop, "red scarf")]
    assert placed[:6] == ["Red"] * 3 + ["Wine Red"] * 3


@pytest.mark.parametrize("text", ["item-3", "shoe3-40", "SHOE3-40", "4006381333931"])
def test_an_id_or_code_finds_its_product_alone(
    catalogue: list[Product], tmp_path: Path, text: str
) -> None:
    coded = product(3, "Running Shoes", codes=("4006381333931",), variants=catalogue[3].variants)
    shop = opened([*catalogue[:3], coded, *catalogue[4:]], tmp_path)
    answer = answer_set(shop, asked(text), WORDS_ONLY)
    assert found(shop, text) == ["item-3"]
    assert answer.notes == ()
    assert [r.kind for r in answer.read] == ["code"]
    assert read(shop, text, as_typed=("code",)) == {}


def test_an_id_that_is_a_word_of_other_products_is_a_word(tmp_path: Path) -> None:
    named = Product(product_id="lamp", title_en="kettle")
    shop = opened([named, product(1, "lamp"), product(2, "lamp red")], tmp_path)
    assert {"item-1", "item-2"} <= set(found(shop, "lamp"))


def test_sold_out_goes_last_also_where_only_the_size_is(
    generation: Generation, catalogue: list[Product]
) -> None:
    by_id = {p.product_id: p for p in catalogue}

    def is_left(product_id: str) -> bool:
        return any(
            v.attributes["Shoe size"] == "40" and v.stock_units for v in by_id[product_id].variants
        )

    placed = [is_left(i) for i in found(generation, "shoes size 40")]
    assert placed == sorted(placed, reverse=True)
    assert len(set(placed)) == 2
    shirts = [by_id[i].stock_units != 0 for i in found(generation, "shirt")]
    assert shirts == sorted(shirts, reverse=True)
    assert len(shirts) == 20  # counted all the same


@pytest.mark.parametrize(
    ("text", "kind", "without"),
    [
        ("running shoes under 200", "price", "running shoes"),
        ("鞋 200元以下", "price", "鞋"),
        ("200元以下 38码 鞋", "price", "38码 鞋"),
    ],
)
def test_a_price_switched_off_gives_the_answer_without_its_words(
    generation: Generation, text: str, kind: str, without: str
) -> None:
    assert found(generation, text, as_typed=(kind,)) == found(generation, without)
    assert found(generation, text) != found(generation, without)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("shirt xl", "size"),
        ("rice 5kg", "measure"),
        ("red running shoes", "colour"),
        ("women running shoes", "gender"),
    ],
)
def test_what_is_switched_off_is_words_like_others(
    generation: Generation, text: str, kind: str
) -> None:
    assert kind in read(generation, text)
    assert kind not in read(generation, text, as_typed=(kind,))
    assert found(generation, text, as_typed=(kind,)) == found(
        generation, text, as_typed=READING_KINDS
    )


def test_a_filter_of_the_request_replaces_the_reading_of_its_kind(generation: Generation) -> None:
    chosen = Filters(price_max_minor=12_000)
    assert found(generation, "shoes under 500", filters=chosen) == found(
        generation, "shoes", filters=chosen
    )
    assert "price" not in read(generation, "shoes under 500", filters=chosen)
    forty = Filters(attributes=(("Shoe size", ("40",)),))
    assert set(found(generation, "shoes size 38", filters=forty)) == set(
        found(generation, "shoes size 40")
    )


@pytest.mark.parametrize("text", ["shoes size 38", "shoes under 200", "red shoes 38码 200元以下"])
def test_a_facet_counts_what_choosing_it_gives(generation: Generation, text: str) -> None:
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    for facet in answer.facets():
        for value in facet.values:
            if facet.name == "price":
                low, _, high = value.value.partition("-")
                chosen = Filters(
                    price_min_minor=int(low), price_max_minor=int(high) if high else None
                )
            elif facet.name == "category":
                chosen = Filters(category=(value.value,))
            elif facet.name == "brand":
                chosen = Filters(brands=(value.value,))
            else:
                chosen = Filters(attributes=((facet.name, (value.value,)),))
            n = len(found(generation, text, filters=chosen))
            assert n == value.n_products, (facet.name, value)


def test_shops_of_other_currencies_and_without_prices(tmp_path: Path) -> None:
    yen = [
        Product(product_id=f"y{i}", title_en="lamp", price_minor=1_000 * i, currency="JPY")
        for i in range(1, 5)
    ]
    shop = opened(yen, tmp_path / "yen")
    assert set(found(shop, "lamp under 2000")) == {"y1", "y2"}
    free = opened([Product(product_id="x", title_en="lamp under 20")], tmp_path / "free")
    assert read(free, "lamp under 20") == {}
    assert found(free, "lamp under 20") == ["x"]
    empty = opened([], tmp_path / "empty")
    assert found(empty, "red lamp xl under 20 5kg") == []


def test_changes_of_the_catalogue_bring_new_sizes_colours_and_measures(
    catalogue: list[Product], tmp_path: Path
) -> None:
    shop = opened(catalogue, tmp_path)
    assert "size" not in read(shop, "shoes size 50")
    attributes: Attributes = {"Colour": "Teal"}
    new = product(
        1_000,
        "Running Shoes 3 kg",
        attributes=attributes,
        variants=(Variant(variant_id="new-50", attributes={"Shoe size": "50"}),),
    )
    shop.upsert([new])
    assert found(shop, "shoes size 50") == ["item-1000"]
    assert found(shop, "teal shoes")[0] == "item-1000"
    assert found(shop, "shoes 3公斤")[0] == "item-1000"
    assert found(shop, "new-50") == ["item-1000"]


def test_an_index_of_an_older_version_has_no_measures_and_serves(
    catalogue: list[Product], tmp_path: Path
) -> None:
    folder = build(catalogue, encoders=bags(), cache=None, out=tmp_path)
    for name in ("measures", "measure_starts"):
        (folder / f"{name}.npy").unlink()
    names = json.loads((folder / "names.json").read_text("utf-8"))
    for name in ("measures", "shop_words", "currency"):
        del names[name]
    (folder / "names.json").write_text(json.dumps(names), "utf-8")
    old = Generation.open(folder, bags())
    assert len(found(old, "rice 5kg")) == 10
    assert "none_has:5kg" in answer_set(old, asked("rice 5kg"), WORDS_ONLY).notes


_PIECES = st.sampled_from(
    [
        *"red 红色 xl 38码 under 300 300元以下 5kg 10斤 women's 女鞋 黑 - ~ ¥ $ 万 千 以内 between and to , . ' : ° ½ ²".split(),
        "size 38",
        "１２３",
        "\u0000",
        "9" * 40,
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(_PIECES, max_size=10).map(" ".join),
        st.lists(_PIECES, max_size=10).map("".join),
    ),
    st.sets(st.sampled_from(READING_KINDS)),
)
@example("between 一 and 万", set())
@example("½kg ²元以下", set())
def test_reading_never_fails(generation: Generation, text: str, off: set[str]) -> None:
    limits = generation.limits(text, tuple(sorted(off)))
    assert not off & {r.kind for r in limits.readings}
    if not limits:
        assert limits.rest == text or "price" in off


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("bcdfgjkpqvyz 电脑耳机键盘"), max_size=40))
def test_a_text_without_limits_is_unchanged(generation: Generation, text: str) -> None:
    limits = generation.limits(text)
    assert limits.rest == text
    assert limits.readings == ()


_LIMITS: list[Callable[[int], str]] = [
    lambda n: f"shoes under {n}",
    lambda n: f"{n}元以下 鞋",
    lambda n: f"shoes <= {n}",
    lambda n: f"不超过{n}块的鞋",
]


@settings(max_examples=60, deadline=None)
@given(st.integers(60, 600), st.sampled_from(_LIMITS))
def test_every_product_under_a_price_costs_at_most_that(
    generation: Generation, catalogue: list[Product], limit: int, write: Callable[[int], str]
) -> None:
    wanted = {
        p.product_id
        for p in catalogue
        if "Shoes" in (p.title_en or "")
        and any((v.price_minor or 0) <= 100 * limit for v in p.variants)
    }
    assert set(found(generation, write(limit))) == wanted


def test_what_models_read_is_the_relevance_of_the_words_without_limits(
    generation: Generation,
) -> None:
    rows = np.arange(20, dtype=np.int32)
    for name, column in generation.pair_scores("shoes size 38 under 300", rows).items():
        assert np.array_equal(column, generation.pair_scores("shoes", rows)[name])


@pytest.mark.parametrize("text", ["red " * 50, "男" * 200, "5kg " * 50, "1" * 200, "xl " * 60])
def test_a_text_of_nothing_but_limits_takes_little_time(generation: Generation, text: str) -> None:
    generation.limits("red shoes")  # the words are learned once
    started = time.process_time()
    generation.limits(text)
    assert time.process_time() - started < 0.1
