"""Pinyin and characters that sound alike find what the catalogue has, and nothing that somebody typed on purpose is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import WordBag, asked, opened

from baihuo.core import Product
from baihuo.encode import Encoders
from baihuo.index import AnswerSet, Generation, IndexOptions, Thresholds, answer_set, build
from baihuo.index.pinyin import Sounds

SHOP = {  # category → titles in both languages
    ("Phones", "Smartphones"): ("Acme Pulse {} Smartphone", "脉冲{} 手机 128GB"),
    ("Phones", "Phone cases"): ("Guard Frost {} Phone Case", "霜雾{} 手机壳 硅胶"),
    ("Beauty", "Face masks"): ("Flora Dew {} Face Mask", "露珠{} 面膜 补水"),
    ("Toys", "Building blocks"): ("Brick Castle {} Building Blocks", "城堡{} 积木 儿童"),
    ("Clothing", "Dresses"): ("Qing Meadow {} Dress", "草甸{} 连衣裙 红色 女"),
    ("Shoes", "Sneakers"): ("Stride Court {} Sneakers", "球场{} 板鞋 女"),
    ("Kitchen", "Pans"): ("Chef Oak {} Pan", "名厨{} 平底锅 不锈钢"),
    ("Home", "Fans"): ("Breeze Tall {} Fan", "微风{} 电风扇 宽松"),
}


class English(WordBag):
    """An encoder that knows a few words of the language, some of which are also pinyin."""

    def has_word(self, word: str) -> bool:
        return word in {"ji", "nan", "pen", "banana", "women", "ban", "mian"}


def catalogue() -> list[Product]:
    return [
        Product(
            product_id=f"{path[-1]}-{i}",
            title_en=en.format(f"SJ {i}00"),
            title_zh=zh.format(f"X{i}"),
            category=path,
            attributes={"Gender": "women", "Colour": "Red"} if "女" in zh else {},
        )
        for path, (en, zh) in SHOP.items()
        for i in range(5)
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    encoders = Encoders({"minilm": English("minilm"), "multilingual": WordBag("multilingual")})
    return opened(catalogue(), tmp_path_factory.mktemp("pinyin"), encoders)


def search(shop: Generation, text: str, as_typed: tuple[str, ...] = ()) -> AnswerSet:
    return answer_set(shop, asked(text, as_typed=as_typed), Thresholds(calibrations={}))


def categories(shop: Generation, found: AnswerSet) -> set[str]:
    return {shop.product(int(row)).category[-1] for row in found.rows}


@pytest.mark.parametrize(
    ("typed", "read", "category"),
    [
        ("shouji", "手机", "Smartphones"),
        ("shou ji", "手机", "Smartphones"),
        ("ShouJi", "手机", "Smartphones"),
        ("shoujike", "手机壳", "Phone cases"),
        ("shou ji ke", "手机壳", "Phone cases"),
        ("手机ke", "手机壳", "Phone cases"),
        ("shouji壳", "手机壳", "Phone cases"),
        ("mianmo", "面膜", "Face masks"),
        ("hongselianyiqun", "红色连衣裙", "Dresses"),
        ("lyq", "连衣裙", "Dresses"),
        ("pingdiguo", "平底锅", "Pans"),
        ("面模", "面膜", "Face masks"),
        ("鸡木", "积木", "Building blocks"),
        ("手機可", "手机壳", "Phone cases"),
    ],
)
def test_what_is_typed_by_sound_finds_what_the_catalogue_writes(
    shop: Generation, typed: str, read: str, category: str
) -> None:
    found = search(shop, typed)
    assert categories(shop, found) == {category}
    assert any(n.startswith("corrected:") and n.endswith(f":{read}") for n in found.notes)


def test_a_part_of_the_query_is_read_and_the_rest_stays(shop: Generation) -> None:
    found = search(shop, "儿童鸡木")
    assert "corrected:鸡木:积木" in found.notes
    assert categories(shop, found) == {"Building blocks"}
    found = search(shop, "Acme shouji")
    assert "corrected:shouji:手机" in found.notes
    assert categories(shop, found) == {"Smartphones"}


def test_limits_are_read_in_what_was_typed_in_pinyin(shop: Generation) -> None:
    found = search(shop, "hongse lianyiqun")
    assert [r.text for r in found.read] == ["红色"]
    assert categories(shop, found) == {"Dresses"}
    found = search(shop, "nvxie")
    assert [r.kind for r in found.read] == ["gender"]
    assert categories(shop, found) == {"Sneakers"}


@pytest.mark.parametrize(
    "typed",
    [
        "手机壳",
        "红色手机",
        "pan",  # a word of the catalogue, also 盘
        "fan",
        "sj100",  # a model number
        "sj-100",
        "shouji15",
        "women",  # English, also 我们
        "banana",
        "nike",  # a maker
        "sofa",  # goods
        "钢琴",  # goods that sound like nothing here
        "sj",  # in every English title
        "mian",  # no kind
    ],
)
def test_nothing_else_is_changed(shop: Generation, typed: str) -> None:
    assert not [n for n in search(shop, typed).notes if n.startswith("corrected:")]


def test_a_visitor_can_search_as_typed(shop: Generation) -> None:
    for typed in ("mianmo", "面模"):
        assert not categories(shop, search(shop, typed, ("spelling",)))


def test_initials_of_two_kinds_are_not_read(tmp_path: Path) -> None:
    words = [("Smartphones", "手机"), ("Bookshelves", "书架")]
    products = [
        Product(
            product_id=f"{name}-{i}",
            title_en=f"{name} {i}",
            title_zh=f"新{i} {zh}",
            category=(name,),
        )
        for name, zh in words
        for i in range(5)
    ]
    both = opened(products, tmp_path / "both")
    assert not [n for n in search(both, "sj").notes if n.startswith("corrected:")]
    one = opened(products[:5], tmp_path / "one")
    assert "corrected:sj:手机" in search(one, "sj").notes


def test_a_catalogue_without_chinese_and_an_earlier_index_have_no_sounds(tmp_path: Path) -> None:
    english = [Product(product_id="a", title_en="Smartphone", category=("Phones",))]
    assert not opened(english, tmp_path / "english").lexicon.sounds.words
    assert not Sounds.load(tmp_path).words


@pytest.mark.parametrize(
    ("typed", "category"),
    [
        ("shuoji", "Smartphones"),
        ("shuojike", "Phone cases"),
        ("lianyiqum", "Dresses"),
        ("nvxei", ""),
    ],
)
def test_pinyin_with_a_wrong_letter_is_read_where_one_kind_is_so_near(
    shop: Generation, typed: str, category: str
) -> None:
    assert categories(shop, search(shop, typed)) == ({category} if category else set())


@pytest.mark.parametrize("typed", ["banana", "sneakesr", "women"])
def test_a_word_of_english_or_near_one_of_titles_is_no_misspelt_pinyin(
    shop: Generation, typed: str
) -> None:
    notes = search(shop, typed).notes
    assert not any(any("一" <= c <= "鿿" for c in n) for n in notes if n.startswith("corrected:"))


def test_a_shop_can_switch_the_reading_by_sound_off(tmp_path: Path) -> None:
    encoders = Encoders({"minilm": English("minilm"), "multilingual": WordBag("multilingual")})
    folder = build(
        catalogue(),
        encoders=encoders,
        cache=None,
        out=tmp_path,
        options=IndexOptions(reads_sounds=False),
    )
    silent = Generation.open(folder, encoders)
    for typed in ("shouji", "面模", "lyq"):
        assert not any(n.startswith("corrected:") for n in search(silent, typed).notes)
    assert categories(silent, search(silent, "手机")) == {"Smartphones"}
