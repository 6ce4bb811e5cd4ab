"""The kind of product that a query asks for: read from the words, shown apart, never mixed up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.index._shop import asked, opened

from baihuo.core import BadInput, Product
from baihuo.encode import Encoders, VectorCache
from baihuo.index import AnswerSet, Generation, Thresholds, answer_set, read_synonyms

SHOP = {  # category → titles in both languages
    ("Computers", "Laptops"): ("Acme Swift {} Laptop, 14 inch", "极速{} 笔记本电脑 14英寸"),
    ("Bags", "Backpacks"): ("Tallow Commute {} Laptop Backpack, canvas", "通勤{} 电脑双肩包 帆布"),
    ("Bags", "Handbags"): ("Tallow Petal {} Handbag, leather", "花瓣{} 手提包 真皮"),
    ("Phones", "Smartphones"): ("Acme Pulse {} Smartphone, 128GB", "脉冲{} 手机 128GB"),
    ("Phones", "Phone cases"): ("Guard Frost {} Phone Case, silicone", "霜雾{} 手机壳 硅胶"),
    ("Kitchen", "Coffee makers"): ("Brew Drip {} Coffee Maker, 1.2L", "滴漏{} 咖啡机 1.2升"),
    ("Kitchen", "Kettles"): ("Brew Spout {} Electric Kettle, 1.7L", "鹤嘴{} 电热水壶 1.7升"),
    ("Grocery", "Coffee"): ("Brew Ridge {} Coffee Beans, 250g", "山脊{} 咖啡豆 250g"),
    ("Grocery", "Nuts"): ("Grove Daily {} Mixed Nuts, salted", "每日{} 坚果 盐焗"),
    ("Grocery", "Tea"): ("Grove Mist {} Green Tea, 50g", "云雾{} 绿茶 50g"),
    ("Beauty", "Shampoo"): ("Silk Roots {} Shampoo, green tea", "养根{} 洗发水 绿茶"),
    ("Home", "Vacuum cleaners"): ("Airy Sweep {} Vacuum Cleaner, grey", "扫净{} 吸尘器 灰色"),
    ("Home", "Pillows"): ("Soft Cloud {} Pillow, latex", "云朵{} 枕头 乳胶"),
    ("Home", "Lamps"): ("Lumo Halo {} Desk Lamp, 10W", "光晕{} 台灯 10W"),
    ("Clothing", "Dresses"): ("Qing Meadow {} Dress, wine red", "草甸{} 连衣裙 酒红色"),
    ("Clothing", "T-shirts"): ("Qing Grid {} T-Shirt, cotton", "格{} T恤 纯棉"),
    ("Shoes", "Sneakers"): ("Stride Court {} Sneakers, canvas", "球场{} 板鞋 帆布"),
    ("Shoes", "Boots"): ("Stride Moor {} Boots, suede", "荒原{} 靴子 麂皮"),
    ("Pets", "Dog food"): ("Paw Bark {} Dog Food, chicken", "汪{} 狗粮 鸡肉"),
}
_VALUES = {"Beauty": {"Scent": "green tea"}, "Clothing": {"Colour": "wine red"}}


def products() -> list[Product]:
    return [
        Product(
            product_id=f"{path[-1]}-{i}",
            title_en=en.format(f"X{i}"),
            title_zh=zh.format(f"X{i}"),
            category=path,
            attributes=dict(_VALUES.get(path[0], {})),
        )
        for path, (en, zh) in SHOP.items()
        for i in range(6)
    ]


@pytest.fixture(scope="module")
def encoders(exported_encoders: Path) -> Encoders:
    return Encoders.open(exported_encoders)


Open = Callable[[list[Product]], Generation]


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kinds")


@pytest.fixture(scope="module")
def open_shop(indexes: Path, encoders: Encoders) -> Open:
    """Opens an index of products; what several of them say is encoded once."""
    vectors = VectorCache(indexes / "vectors.sqlite")
    return lambda of: opened(of, indexes, encoders, vectors)


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> Generation:
    return open_shop(products())


def answer(shop: Generation, text: str, **more: object) -> AnswerSet:
    return answer_set(shop, asked(text, **more), Thresholds())  # type: ignore[arg-type]


def categories(shop: Generation, text: str) -> set[str]:
    return {shop.product(int(row)).category[-1] for row in answer(shop, text).rows}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("laptop bag", {"Backpacks"}),
        ("phone", {"Smartphones"}),
        ("phone case", {"Phone cases"}),
        ("coffee", {"Coffee"}),
        ("coffee machine", {"Coffee makers"}),
        ("green tea", {"Tea"}),
        ("snacks", {"Nuts"}),
        ("clothes", {"Dresses", "T-shirts"}),
        ("lap top", {"Laptops"}),
        ("lap top bag", {"Backpacks"}),
        ("trainers sneakers", {"Sneakers"}),
        ("手机壳", {"Phone cases"}),
        ("手机", {"Smartphones"}),
        ("电脑包", {"Backpacks"}),
        ("裙子", {"Dresses"}),
        ("衣服", {"Dresses", "T-shirts"}),
        ("零食", {"Nuts"}),
        ("女鞋", {"Sneakers", "Boots"}),
        ("咖啡", {"Coffee"}),
        ("dog food chicken", {"Dog food"}),  # the flavour comes last
        ("狗粮鸡肉", {"Dog food"}),
        ("女包", {"Handbags"}),
        ("裙", {"Dresses"}),
        ("手机的壳", {"Phone cases"}),  # 的 only links
        ("狗的粮", {"Dog food"}),
        ("case for a phone", {"Phone cases"}),
        ("food for dogs", {"Dog food"}),
        ("cover for phone", {"Phone cases"}),  # no product has the word
        ("壳 手机", {"Phone cases"}),
        ("手机壳子", {"Phone cases"}),
        ("装电脑的包", {"Backpacks"}),
        ("带麦克风的手机", {"Smartphones"}),  # and no microphone is asked for
        ("手机的充电咖啡机", {"Coffee makers"}),
        ("phone accessories", {"Phone cases"}),  # and no phones
    ],
)
def test_a_kind_finds_its_products_and_no_others(
    shop: Generation, text: str, kinds: set[str]
) -> None:
    assert categories(shop, text) == kinds
    assert answer(shop, text).total == 6 * len(kinds)


def test_glass_is_what_something_is_made_of_and_not_missed(shop: Generation) -> None:
    assert not any(
        note.startswith("not_sold:") for note in answer(shop, "glass coffee boiler").notes
    )


def test_a_property_that_a_product_denies_is_not_found_by_its_words(
    open_shop: Open,
) -> None:
    made = [
        Product(
            product_id=f"{word}-{i}",
            title_en=f"Acme Wave {word}{i} Speaker",
            description_en=f"Loud. Waterproof: {word}; Weight: 300 g.",
            description_zh=f"响亮。防水：{'是' if word == 'yes' else '否'}；重量：300克。",
            category=("Audio", "Speakers"),
        )
        for word in ("no", "yes")
        for i in range(3)
    ]
    shop = open_shop(made)
    for text in ("waterproof speaker", "防水"):
        first = [shop.product(int(r)).product_id for r in answer(shop, text).rows[:3]]
        assert all(name.startswith("yes") for name in first), text


@pytest.fixture(scope="module")
def speakers(open_shop: Open) -> Generation:
    titles = {
        "plain": ("Acme Wave {} Speaker", "浪{} 音箱"),
        "wet": ("Acme Wave {} Waterproof Bluetooth Speaker", "浪{} 防水蓝牙音箱"),
        "grip": ("Acme Wave {} Non-slip Waterproof Bluetooth Speaker", "浪{} 防水蓝牙音箱 不沾灰"),
    }
    made = [
        Product(
            product_id=f"{name}-{i}",
            title_en=en.format(f"X{i}"),
            title_zh=zh.format(f"X{i}"),
            category=("Audio", "Speakers"),
        )
        for name, (en, zh) in titles.items()
        for i in range(4)
    ]
    return open_shop(made)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("speaker not waterproof", "plain"),
        ("speaker without bluetooth", "plain"),
        ("不防水的音箱", "plain"),
        ("防水音箱", "wet"),
        ("non-slip speaker", "grip"),  # titles have it so
        ("不沾灰音箱", "grip"),
    ],
)
def test_what_is_not_wanted_is_not_shown(speakers: Generation, text: str, wanted: str) -> None:
    rows = answer(speakers, text).rows
    first = {speakers.product(int(r)).product_id.split("-")[0] for r in rows[:4]}
    assert "plain" not in first if wanted != "plain" else first == {"plain"}
    assert len(rows) == 4 or wanted != "plain"


def test_a_text_of_nothing_but_what_is_not_wanted_is_words_like_others(shop: Generation) -> None:
    assert categories(shop, "not phone") == {"Smartphones"}
    assert categories(shop, "不要手机") == {"Smartphones"}


def test_what_a_bag_is_for_comes_after_for(shop: Generation) -> None:
    found = answer(shop, "bag for a laptop")
    first = [shop.product(int(row)).category[-1] for row in found.rows[:6]]
    assert first == ["Backpacks"] * 6  # they say laptop
    assert categories(shop, "bag for a laptop") <= {"Backpacks", "Handbags"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("dress floral", "Dresses"),
        ("phone dual sim", "Smartphones"),
        ("boots leather ankle", "Boots"),
        ("vacuum robot", "Vacuum cleaners"),
    ],
)
def test_a_word_after_the_kind_may_only_describe_it(shop: Generation, text: str, kind: str) -> None:
    assert categories(shop, text) == {kind}
    assert any(note.startswith("unknown_word:") for note in answer(shop, text).notes)


@pytest.mark.parametrize(
    ("text", "kind", "note"),
    [
        ("laptop 16gb ram", "Laptops", ""),
        ("phone 5000mah battery", "Smartphones", "none_has:5000mah"),
        ("14 inch laptop 16gb ram", "Laptops", ""),
        ("laptop 15 inch bag", "Backpacks", ""),
    ],
)
def test_after_a_measure_stands_a_part_of_the_thing_and_nothing_else_is_asked_for(
    shop: Generation, text: str, kind: str, note: str
) -> None:
    found = answer_set(shop, asked(text), Thresholds())
    assert {shop.product(int(row)).category[-1] for row in found.rows} == {kind}
    assert not note or note in found.notes


def test_a_gift_is_found_by_the_words_that_titles_have_for_it(
    open_shop: Open,
) -> None:
    wrapped = [
        Product(product_id="en", title_en="Lumo Moon Lamp X, gift box", category=("Home", "Lamps")),
        Product(product_id="zh", title_zh="绒云 抱枕 送礼佳品", category=("Home", "Pillows")),
    ]
    shop = open_shop([*products(), *wrapped])
    for text in ("礼物", "送妈妈的礼物", "妈妈生日礼物", "gift", "gift for mum"):
        first = {str(i) for i in shop.product_ids[answer(shop, text).rows[:2]]}
        assert first == {"en", "zh"}, text
        assert not any(n.startswith("not_sold") for n in answer(shop, text).notes), text


@pytest.mark.parametrize("text", ["laptop riser", "laptop stand", "phone holder"])
def test_what_is_for_a_kind_is_not_the_kind(shop: Generation, text: str) -> None:
    assert answer(shop, text).total == 0
    assert f"not_sold:{text}" in answer(shop, text).notes


def test_a_name_with_two_meanings_adds_nothing_to_one_with_a_single_meaning(
    open_shop: Open,
) -> None:
    notebooks = [
        Product(
            product_id=f"n{i}",
            title_en=f"Ledger X{i} Notebook, A5",
            title_zh=f"账页X{i} 笔记本 A5 学生",
            category=("Office", "Notebooks"),
        )
        for i in range(6)
    ]
    shop = open_shop([*products(), *notebooks])
    for text in ("笔记本电脑", "学生笔记本电脑", "laptop", "轻薄本"):
        assert categories(shop, text) == {"Laptops"}, text
    assert categories(shop, "笔记本") == {"Laptops", "Notebooks"}


def test_the_thing_stands_before_for_also_where_it_has_no_name_of_its_own(shop: Generation) -> None:
    for text in ("beans for coffee machine", "beans for the espresso thing"):
        first = [shop.product(int(row)).category[-1] for row in answer(shop, text).rows[:6]]
        assert first == ["Coffee"] * 6, text


def test_a_name_is_found_before_characters_that_make_no_word_with_its_last_one(
    open_shop: Open,
) -> None:
    bedding = [
        Product(product_id=f"b{i}", title_zh=f"云朵X{i} 四件套 纯棉", category=("Home", "Bedding"))
        for i in range(6)
    ]
    shop = open_shop([*products(), *bedding])
    for text in ("床包组", "床包組", "纯棉床包組"):
        assert categories(shop, text) == {"Bedding"}, text
    assert categories(shop, "手机壳套装") == {"Phone cases"}
    assert "Phone cases" not in categories(shop, "电脑包装纸")


def test_a_title_with_a_linking_character_is_found_by_it(
    open_shop: Open,
) -> None:
    game = Product(product_id="game", title_zh="我的世界 积木 城堡", category=("Toys", "Blocks"))
    shop = open_shop([*products(), game])
    assert list(shop.product_ids[answer(shop, "我的世界").rows[:1]]) == ["game"]


@pytest.mark.parametrize(
    "text",
    "红包|sofa|guitar|dining table|bicycle|leather sofa|wine|沙发|自行车|冰箱|红酒|拖鞋|asdfgh".split(
        "|"
    ),
)
def test_what_is_not_sold_has_no_results_and_alternatives_apart(
    shop: Generation, text: str
) -> None:
    found = answer(shop, text)
    assert found.total == 0 == len(found)
    assert any(note.startswith("not_sold:") for note in found.notes)
    assert 0 < len(found.alternatives) <= 12


def test_alternatives_can_be_bought_where_their_kind_has_such(
    open_shop: Open,
) -> None:
    can_buy = "12"  # of six of each kind
    stocked = [
        replace(p, price_minor=100, stock_units=3 if p.product_id[-1] in can_buy else 0)
        for p in products()
    ]
    shop = open_shop(stocked)
    ids = shop.product_ids[answer(shop, "guitar").alternatives]
    of_kind: dict[str, str] = {}
    for product_id in map(str, ids):
        kind, _, number = product_id.rpartition("-")
        of_kind[kind] = of_kind.get(kind, "") + number
    assert len(of_kind) == 3
    assert all(set(numbers[:2]) == set(can_buy) for numbers in of_kind.values())


@pytest.mark.parametrize(
    ("text", "kind", "note"),
    [
        ("iphone", "Smartphones", "unknown_brand:iphone"),
        ("nike sneakers", "Sneakers", "unknown_brand:nike"),
        ("苹果手机", "Smartphones", "unknown_brand:苹果"),
        ("robot vacuum", "Vacuum cleaners", "unknown_word:robot"),
        ("扫地机器人", "Vacuum cleaners", "unknown_word:扫地机器人"),
        ("连依裙", "Dresses", "corrected:连依裙:连衣裙"),
        ("咖非机", "Coffee makers", "corrected:咖非机:咖啡机"),  # one character of 咖啡机
        ("养生壶", "Kettles", "unknown_word:养生壶"),  # as 电热水壶 is some 壶
    ],
)
def test_an_unknown_word_beside_a_kind_is_a_note(
    shop: Generation, text: str, kind: str, note: str
) -> None:
    assert categories(shop, text) == {kind}
    assert note in answer(shop, text).notes


def test_nothing_that_is_sold_is_called_not_sold(shop: Generation) -> None:
    names = {name for path in shop.snapshot.category_names for name in path}
    titles = [t for p in products() for t in (p.title_en, p.title_zh) if t]
    for text in (*names, *titles):
        found = answer(shop, text)
        assert len(found), text
        assert not any(note.startswith("not_sold") for note in found.notes), text


def test_a_misspelt_word_becomes_one_that_titles_have_unless_left_as_typed(
    shop: Generation,
) -> None:
    assert "corrected:sneekers:sneakers" in answer(shop, "sneekers").notes
    assert categories(shop, "sneekers") == {"Sneakers"}
    typed = answer(shop, "sneekers", as_typed=("spelling",))
    assert not any(note.startswith("corrected") for note in typed.notes)
    for word in ("robot", "sofa", "nike", "iphone", "x5z"):
        assert not any(n.startswith("corrected") for n in answer(shop, word).notes), word


def test_a_new_product_of_a_kind_is_found_at_once_and_a_removed_one_is_gone(
    open_shop: Open,
) -> None:
    shop = open_shop(products())
    assert answer(shop, "sofa").total == 0
    new = Product(product_id="sofa", title_en="Soft Cloud Sofa, grey", category=("Home", "Sofas"))
    phone = Product(
        product_id="new", title_en="Acme Nova Smartphone", category=("Phones", "Smartphones")
    )
    shop.upsert([new, phone])
    assert list(shop.product_ids[answer(shop, "sofa").rows]) == ["sofa"]
    assert "new" in set(shop.product_ids[answer(shop, "phone").rows])
    shop.remove(["sofa", "new"])
    assert answer(shop, "sofa").total == 0
    assert "new" not in set(shop.product_ids[answer(shop, "phone").rows])


def test_a_shop_without_categories_finds_kinds_by_their_titles(
    open_shop: Open,
) -> None:
    bare = [
        Product(product_id=p.product_id, title_en=p.title_en, title_zh=p.title_zh)
        for p in products()
    ]
    shop = open_shop(bare)
    for text, kind in (("backpack", "Backpacks"), ("手机壳", "Phone cases"), ("dress", "Dresses")):
        first = [str(i) for i in shop.product_ids[answer(shop, text).rows[:6]]]
        assert {i.rsplit("-", 1)[0] for i in first} == {kind}, text
    assert answer(shop, "sofa").total == 0


def test_synonyms_of_the_shop_are_read_as_kinds(
    shop: Generation, indexes: Path, encoders: Encoders, tmp_path: Path
) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("# ours\nkicks, sneakers\n早餐 => coffee, nuts\n", "utf-8")
    shop = Generation.open(indexes / shop.index_id, encoders, read_synonyms(file))
    assert categories(shop, "kicks") == {"Sneakers"}
    assert categories(shop, "早餐") == {"Coffee", "Nuts"}


@pytest.mark.parametrize(
    ("line", "what"),
    [("alone", "without a synonym"), ("a => b => c", "two arrows"), ("a,, b", "an empty name")],
)
def test_a_wrong_line_of_synonyms_is_named(tmp_path: Path, line: str, what: str) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text(f"trainers, sneakers\n{line}\n", "utf-8")
    with pytest.raises(BadInput, match=r"line 2") as error:
        read_synonyms(file)
    assert what in str(error.value)
    assert read_synonyms(tmp_path / "none.txt").same == {}


def test_a_name_of_two_things_is_the_one_that_its_category_is_under(
    open_shop: Open,
) -> None:
    made = [
        Product(
            product_id=f"paper-{i}",
            title_en=f"Leaf X{i} Notebook A5",
            category=("Stationery", "Notebooks"),
        )
        for i in range(6)
    ]
    made += [
        Product(
            product_id=f"pen-{i}", title_en=f"Ink X{i} Gel Pen", category=("Stationery", "Pens")
        )
        for i in range(6)
    ]
    shop = open_shop(made)
    for text in ("notepad", "exercise book"):
        assert categories(shop, text) == {"Notebooks"}


def test_a_word_of_titles_that_says_the_kind_is_found_by_its_stem_once(tmp_path: Path) -> None:
    colours = "red blue green white black grey pink gold silver brown".split()
    made = [
        Product(product_id=f"{name}-{c}", title_en=f"Acme {name} {c}", category=(category,))
        for name, category in (("Pulse", "Watches"), ("Glow", "Lamps"))
        for c in colours
    ]
    shop = opened(made, tmp_path)
    for typed in ("acme pulse", "pulse"):
        answer = answer_set(shop, asked(typed), Thresholds())
        assert answer.notes == (), typed  # stemmed twice, no product would have all words
        found = {str(shop.product_ids[row]) for row in answer.rows[:10]}
        assert found == {f"Pulse-{c}" for c in colours}
