"""Limits as shoppers type them: about a price, cheap, number words, rounded inches, bare sizes, what shall not be there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.index._shop import asked, opened

from baihuo.core import READING_KINDS, Filters, Product, Reading, Sort, Variant
from baihuo.index import AnswerSet, Generation, Thresholds, answer_set

WORDS_ONLY = Thresholds(calibrations={})
INCHES = (13.3, 14.0, 15.6, 16.0)
MEMORY = ((8, 128), (8, 256), (12, 256), (16, 512))
GENDERS = ("women", "men", "unisex")


def made(name: str, number: int, category: str, zh: str, yuan: int, **more: object) -> Product:
    return Product(
        product_id=f"{name}-{number}",
        title_en=more.pop("title", None) or name.capitalize(),  # type: ignore[arg-type]
        title_zh=zh,
        category=(category,),
        price_minor=100 * yuan,
        currency="CNY",
        stock_units=5,
        **more,  # type: ignore[arg-type]
    )


def things() -> list[Product]:
    """Phones, laptops, monitors, shoes, rice, power banks, keyboards and paper notebooks, by price and measure."""
    return [p for i in range(40) for p in _common(i)] + [p for i in range(12) for p in _rarer(i)]


def _common(i: int) -> list[Product]:
    ram, storage = MEMORY[i % 4]
    memory, inch, is_wireless = f"{ram}GB + {storage}GB", INCHES[i % 4], i % 2 == 0
    battery = {"Battery": f"{(4000, 5000)[i % 2]} mAh"}
    sizes = tuple(
        Variant(variant_id=f"s{i}-{n}", attributes={"Size": str(n)}, stock_units=3)
        for n in range(35 + i % 5, 44)
    )
    return [
        made(
            "phone",
            i,
            "Smartphones",
            f"智能手机 {memory}",
            800 + 100 * i,
            title=f"Smartphone {memory}",
            attributes=battery,
        ),
        made(
            "laptop",
            i,
            "Laptops",
            f"笔记本电脑 {inch:g}英寸",
            3_000 + 100 * i,
            title=f"Laptop {inch:g} inch",
        ),
        made(
            "shoe",
            i,
            "Running shoes",
            "跑步鞋",
            100 + 10 * i,
            title="Running Shoes",
            attributes={"Gender": GENDERS[i % 3]},
            variants=sizes,
        ),
        made(
            "keyboard",
            i,
            "Keyboards",
            "无线键盘" if is_wireless else "键盘",
            90 + i,
            title="Wireless Keyboard" if is_wireless else "Keyboard",
            attributes={"Wireless": is_wireless},
        ),
    ]


def _rarer(i: int) -> list[Product]:
    charge, kilos = (5_000, 10_000, 20_000)[i % 3], (0.25, 2.5, 5, 10)[i % 4]
    people, inch = (2, 4)[i % 2], (23.8, 27, 34)[i % 3]
    rows = [
        ("bank", "Power banks", f"充电宝 {charge}毫安", 50 + 10 * i, f"Power Bank {charge}mAh"),
        ("rice", "Rice", f"大米 {kilos:g}公斤", 10 + i, f"Rice {kilos:g}kg"),
        ("tent", "Tents", f"帐篷 {people}人", 200 + i, f"Tent {people} person"),
        ("paper", "Notebooks", "笔记本 A5", 10 + i, "Notebook A5 paper"),
        ("monitor", "Monitors", f"显示器 {inch:g}英寸", 700 + 10 * i, f"Monitor {inch:g} inch"),
    ]
    return [
        made(name, i, category, zh, yuan, title=title) for name, category, zh, yuan, title in rows
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(things(), tmp_path_factory.mktemp("typed"))


def answer(shop: Generation, text: str, sort: Sort = Sort.RELEVANCE, **more: object) -> AnswerSet:
    return answer_set(shop, asked(text, sort=sort, **more), WORDS_ONLY)  # type: ignore[arg-type]


def found(shop: Generation, text: str, sort: Sort = Sort.RELEVANCE) -> list[Product]:
    return [shop.product(row) for row in answer(shop, text, sort).ordered(sort)]


def read(shop: Generation, text: str, **more: object) -> dict[str, Reading]:
    of = answer_set(shop, asked(text, **more), WORDS_ONLY)  # type: ignore[arg-type]
    return {r.kind: r for r in of.read}


def kind_of(product: Product) -> str:
    return product.product_id.split("-")[0]


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("laptop around 5000", "laptop", 4_000, 6_000),
        ("phone for 2000", "phone", 1_600, 2_400),
        ("phone ¥2000", "phone", 1_600, 2_400),
        ("phone less then 2000", "phone", None, 2_000),
        ("phone budget 2000", "phone", None, 2_000),
        ("2000左右手机", "phone", 1_600, 2_400),
        ("两千左右的手机", "phone", 1_600, 2_400),
        ("2000块的手机", "phone", 1_600, 2_400),
        ("5000的笔记本电脑", "laptop", 4_000, 6_000),
        ("手机2000价位", "phone", 1_600, 2_400),
        ("千元手机", "phone", 800, 2_000),
        ("三四千的手机", "phone", 3_000, 4_999.99),
        ("3-4千的手机", "phone", 3_000, 4_000),
        ("手机 2000元内", "phone", None, 2_000),
        ("预算2000买手机", "phone", None, 2_000),
        ("一千五以内的手机", "phone", None, 1_500),
        ("一千零五元以内的手机", "phone", None, 1_005),
        ("两千三以内的手机", "phone", None, 2_300),
    ],
)
def test_about_a_price_is_a_range_and_keeps_exactly_what_costs_that(
    shop: Generation, text: str, kind: str, low: float | None, high: float
) -> None:
    price = read(shop, text)["price"]
    assert price.price_min_minor == (None if low is None else round(low * 100))
    assert price.price_max_minor == round(high * 100)
    wanted = {
        p.product_id
        for p in things()
        if kind_of(p) == kind and (low or 0) * 100 <= (p.price_minor or 0) <= high * 100
    }
    assert {p.product_id for p in found(shop, text)} == wanted
    assert not answer(shop, text).notes
    assert "price" not in read(shop, text, as_typed=("price",))


@pytest.mark.parametrize(
    "text",
    [
        "power bank for 20000",
        "20000的充电宝",
        "5000的手机",  # its battery
        "laptop for 16",
        "phone for 5000000",
        "sofa for 2000",
        "1000块的拼图",
        "shoes eur 38",
        "三四十的手机",
    ],
)
def test_a_model_a_capacity_or_a_size_is_no_price(shop: Generation, text: str) -> None:
    assert "price" not in read(shop, text)


def test_money_that_nothing_costs_is_said_and_not_matched_as_words(shop: Generation) -> None:
    of = answer(shop, "三百元手机")
    assert of.notes == ("none_has:三百元",)
    assert {kind_of(shop.product(row)) for row in of.rows} == {"phone"}


@pytest.mark.parametrize(
    "text",
    ["cheap phone", "budget phone", "affordable phone", "便宜手机", "便宜的手机", "性价比高的手机"],
)
def test_cheap_puts_the_cheaper_third_of_the_kind_first_and_leaves_out_nothing(
    shop: Generation, text: str
) -> None:
    prices = [p.price_minor or 0 for p in found(shop, text)]
    assert sorted(prices) == sorted(p.price_minor or 0 for p in things() if kind_of(p) == "phone")
    assert max(prices[:13]) <= np.quantile(prices, 1 / 3)
    assert not answer(shop, text).notes
    assert read(shop, text)["price"].values == ("cheap",)


@pytest.mark.parametrize("text", ["cheapest laptop", "最便宜的笔记本电脑"])
def test_the_cheapest_come_first(shop: Generation, text: str) -> None:
    laptops = [p for p in found(shop, text) if kind_of(p) == "laptop"]
    prices = [p.price_minor or 0 for p in laptops]
    assert prices[:12] == sorted(prices)[:12]
    assert {kind_of(p) for p in found(shop, text)[:40]} == {"laptop"}


def test_a_cheap_one_that_lacks_a_word_does_not_come_before_one_that_has_it(
    shop: Generation,
) -> None:
    first = found(shop, "cheap wireless keyboard")[:20]
    assert all("Wireless" in (p.title_en or "") for p in first)
    assert max(p.price_minor or 0 for p in first[:6]) <= 11_000


def test_cheap_alone_is_a_word(shop: Generation) -> None:
    assert read(shop, "cheap") == {}


@pytest.mark.parametrize(
    ("text", "kind", "in_title"),
    [
        ("13 inch laptop", "laptop", "13.3"),
        ("15 inch laptop", "laptop", "15.6"),
        ("13寸笔记本电脑", "laptop", "13.3"),
        ("24 inch monitor", "monitor", "23.8"),
        ("24寸显示器", "monitor", "23.8"),
        ("16 inch laptop", "laptop", "16"),  # exact ones come before 15.6
        ("五斤大米", "rice", "2.5"),
        ("二十斤大米", "rice", "10"),
        ("半斤大米", "rice", "0.25"),
        ("一斤半大米", "rice", ""),
        ("2万毫安充电宝", "bank", "20000"),
        ("两万毫安充电宝", "bank", "20000"),
        ("20k mah power bank", "bank", "20000"),
        ("四人帐篷", "tent", "4"),
        ("8+256手机", "phone", "8GB + 256"),
        ("8+256 phone", "phone", "8GB + 256"),
    ],
)
def test_measures_as_people_write_them_come_first(
    shop: Generation, text: str, kind: str, in_title: str
) -> None:
    wanted = {
        p.product_id
        for p in things()
        if kind_of(p) == kind and f" {in_title}" in (p.title_en or "") and in_title
    }
    assert {p.product_id for p in found(shop, text)[: len(wanted)]} == wanted
    notes = answer(shop, text).notes
    assert any(n.startswith("none_has") for n in notes) == (not in_title)
    assert not any(n.startswith("unknown_word") for n in notes)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("phone 5000mah battery", "phone"),
        ("手机 5000毫安电池", "phone"),
        ("5000mah battery phone", "phone"),
        ("laptop 15.6 inch screen", "laptop"),
        ("phone 256gb storage", "phone"),
        ("phone 256gb storage under 3000", "phone"),
        ("phone 5000mah battery black", "phone"),
        ("手机256GB存储黑色", "phone"),
    ],
)
def test_the_part_that_a_measure_is_of_is_not_what_is_asked_for(
    shop: Generation, text: str, kind: str
) -> None:
    assert {kind_of(p) for p in found(shop, text)[:40]} == {kind}
    assert "measure" in read(shop, text)


@pytest.mark.parametrize(
    "text",
    [
        "5000mah battery",
        "battery for phone",
        "6 inch screen protector",
        "phone 6 inch screen protector",
        "phone 5000mah battery for laptop",
    ],
)
def test_a_part_alone_stays_a_word(shop: Generation, text: str) -> None:
    rest = answer(shop, text).limits.rest
    assert "battery" in rest or "screen protector" in rest


@pytest.mark.parametrize(
    ("text", "size", "genders"),
    [
        ("女鞋38", "38", {"women", "unisex"}),
        ("shoes women 38", "38", {"women", "unisex"}),
        ("男鞋 42", "42", {"men", "unisex"}),
        ("42男鞋", "42", {"men", "unisex"}),
        ("running shoes 40", "40", {"women", "men", "unisex"}),
    ],
)
def test_bare_digits_beside_a_kind_with_sizes_are_a_size(
    shop: Generation, text: str, size: str, genders: set[str]
) -> None:
    wanted = {
        p.product_id
        for p in things()
        if kind_of(p) == "shoe"
        and p.attributes["Gender"] in genders
        and any(v.attributes["Size"] == size for v in p.variants)
    }
    assert {p.product_id for p in found(shop, text)} == wanted


@pytest.mark.parametrize("text", ["laptop 38", "38双 鞋", "38 pairs shoes", "keyboard 40"])
def test_digits_beside_other_kinds_or_counted_are_no_size(shop: Generation, text: str) -> None:
    assert "size" not in read(shop, text)


def test_bare_digits_that_name_a_model_are_no_size(tmp_path: Path) -> None:
    named = made(
        "shoe", 900, "Running shoes", "跑步鞋 飞马 40", 500, title="Pegasus 40 Running Shoes"
    )
    shop = opened([*things(), named], tmp_path)
    assert "size" not in read(shop, "running shoes pegasus 40")
    assert "size" in read(shop, "running shoes 40")


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("跑步鞋女", "women"),
        ("跑步鞋男", "men"),
        ("跑步鞋女38码", "women"),
        ("跑步鞋男 300以内", "men"),
    ],
)
def test_a_gender_at_the_end_of_chinese_words_is_read(
    shop: Generation, text: str, gender: str
) -> None:
    of = answer(shop, text)
    assert {r.kind: r.values for r in of.read}["gender"] == (gender,)
    assert not any(note.startswith("unknown_word") for note in of.notes)
    first = found(shop, text)[:5]
    assert {p.attributes["Gender"] for p in first} == {gender}


@pytest.mark.parametrize("text", ["美女", "子女教育", "少女"])
def test_a_character_of_another_word_is_no_gender(shop: Generation, text: str) -> None:
    assert "gender" not in read(shop, text)


@pytest.mark.parametrize(
    "text",
    ["keyboard not wireless", "non wireless keyboard", "键盘 不要无线", "不是无线的键盘"],
)
def test_what_shall_not_be_there_is_left_out_and_lifts_nothing(shop: Generation, text: str) -> None:
    products = found(shop, text)
    assert len(products) == 20
    assert all(p.attributes["Wireless"] is False for p in products)
    assert "without" in read(shop, text)
    assert len(found(shop, text, Sort.PRICE_ASC)) == 20
    assert "without" not in read(shop, text, as_typed=("without",))


def test_a_word_that_nobody_sells_is_left_out_with_its_denial(shop: Generation) -> None:
    of = answer(shop, "keyboard no numpad")
    assert of.notes == ("unknown_word:numpad",)
    assert len(of) == 40


def test_a_property_that_no_title_has_is_no_denial(shop: Generation) -> None:
    of = answer(shop, "non-stick keyboard")
    assert of.read == ()
    assert "unknown_word:stick" in of.notes
    assert of.limits.rest == "non-stick keyboard"


def test_a_note_names_the_whole_word_of_a_compound(tmp_path: Path) -> None:
    kids: dict[str, str | float | bool] = {"Gender": "kids"}
    socks = [made("sock", i, "Socks", "袜子", 20, attributes=kids) for i in range(3)]
    shop = opened([*things(), *socks], tmp_path)
    assert answer(shop, "童鞋").notes == ("none_has:儿童",)


@pytest.mark.parametrize(
    ("text", "title"),
    [("non-stick pan", "Non-Stick Pan"), ("不锈钢锅", "不锈钢锅"), ("无糖饼干", "无糖饼干")],
)
def test_a_denial_that_titles_have_is_a_word(tmp_path: Path, text: str, title: str) -> None:
    more = [made("pan", i, "Pans", title, 100 + i, title=title) for i in range(4)] + [
        made("other", i, "Pans", "粘锅 钢 糖", 100 + i, title="Stick Pan") for i in range(4)
    ]
    shop = opened([*things(), *more], tmp_path)
    assert "without" not in read(shop, text)
    assert {kind_of(p) for p in found(shop, text)[:4]} == {"pan"}


def test_a_question_is_no_denial(shop: Generation) -> None:
    of = answer(shop, "有没有无线的键盘")
    assert of.read == ()
    assert of.notes == ()
    assert all(p.attributes["Wireless"] for p in found(shop, "有没有无线的键盘")[:20])


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("laptop", lambda p: kind_of(p) == "laptop"),
        ("笔记本电脑", lambda p: kind_of(p) == "laptop"),
        ("13 inch laptop", lambda p: "13.3" in (p.title_en or "")),
        ("10斤大米", lambda p: "5kg" in (p.title_en or "") and "2.5kg" not in (p.title_en or "")),
        ("wireless keyboard", lambda p: p.attributes["Wireless"] is True),
        ("wireless keyboard under 110", lambda p: p.attributes["Wireless"] is True),
        ("running shoes women", lambda p: p.attributes["Gender"] in ("women", "unisex")),
    ],
)
@pytest.mark.parametrize("sort", [Sort.PRICE_ASC, Sort.PRICE_DESC, Sort.NEWEST])
def test_another_sort_keeps_what_was_asked_for(
    shop: Generation, text: str, is_right: object, sort: Sort
) -> None:
    products = found(shop, text, sort)
    assert products
    assert all(is_right(p) for p in products)  # type: ignore[operator]
    if sort is Sort.PRICE_ASC:
        prices = [p.price_minor for p in products]
        assert prices == sorted(prices)  # type: ignore[type-var]


def test_sorted_by_price_something_is_there_where_nothing_has_all(shop: Generation) -> None:
    assert found(shop, "13 inch laptop under 3050", Sort.PRICE_ASC)
    assert found(shop, "27 inch monitor under 705", Sort.PRICE_ASC)


@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.PRICE_ASC])
@pytest.mark.parametrize("text", ["8+256手机", "wireless keyboard", "running shoes women 40"])
def test_a_facet_counts_what_choosing_it_gives_whatever_the_sort(
    shop: Generation, text: str, sort: Sort
) -> None:
    for facet in answer(shop, text, sort).facets():
        for value in facet.values:
            if facet.name in ("price", "category", "brand"):
                continue
            chosen = Filters(attributes=((facet.name, (value.value,)),))
            of = answer(shop, text, sort, filters=chosen)
            assert of.total == value.n_products, (facet.name, value)


def test_few_have_is_said_of_what_a_page_lacks_and_names_words_apart(shop: Generation) -> None:
    few = answer_set(shop, asked("16 inch laptop"), WORDS_ONLY)
    assert few.notes == ("few_have:16 inch",) or not few.notes
    both = answer(shop, "16+512手机").notes
    assert both == ("few_have:16 gb, 512 gb",)


def test_nothing_is_said_where_the_catalogue_cannot_tell(shop: Generation) -> None:
    of = answer(shop, "ladies keyboard")
    assert not of.notes


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("laptop i7", ["i7"]),
        ("rgb keyboard", ["rgb"]),
        ("usb c keyboard", ["usb"]),
        ("keyboard for my gaming rgb", ["gaming", "rgb"]),
        ("想买个手机", []),
        ("有没有手机", []),
        ("手机的", []),
        ("登机电脑键盘", []),
    ],
)
def test_unknown_words_are_all_named_and_fragments_never(
    shop: Generation, text: str, unknown: list[str]
) -> None:
    notes = [n.split(":")[1] for n in answer(shop, text).notes if n.startswith("unknown_word")]
    assert [n for n in notes if len(n) > 1 or n.isascii()] == notes
    if unknown or "登" not in text:
        assert notes == unknown


def test_words_that_name_nothing_are_not_counted(shop: Generation) -> None:
    assert _words(shop, "a rice for my keyboard") == {"rice", "keyboard"}
    assert "的" not in _words(shop, "无线的键盘")


def _words(shop: Generation, text: str) -> set[str]:
    found = shop.match(text)
    assert found is not None
    return {group.word for group in found.groups}


def test_one_price_for_all_is_no_facet(shop: Generation) -> None:
    names = {f.name for f in answer(shop, "phone-7").facets()}
    assert "price" not in names
    assert "price" in {f.name for f in answer(shop, "phone").facets()}


def test_every_kind_of_reading_can_be_switched_off(shop: Generation) -> None:
    texts = ["cheap phone not wireless 38", "女鞋38", "8+256手机 2000左右", "不要无线 键盘 便宜"]
    for text in texts:
        assert read(shop, text, as_typed=READING_KINDS) == {}
