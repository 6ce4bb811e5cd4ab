"""No text of words that are read as more than words makes a search fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import WordBag, asked, opened

from baihuo.core import Product
from baihuo.encode import Encoders
from baihuo.index import Generation, Suggester, Thresholds, answer_set

_PIECES = st.sampled_from(
    [
        *(
            "gift",
            "present",
            "for",
            "a",
            "my",
            "5",
            "99999",
            "year",
            "old",
            "boy",
            "mum",
            "gift for",
        ),
        *("送", "给", "女朋友", "的", "礼物", "5岁", "0岁", "200岁", "生日", "爸爸"),
        *("iphone", "15", "pro", "tn", "2110", "006r", "90321", "-", "/", "..", "·", "_"),
        *(
            "cordless",
            "water resistant",
            "无绳",
            "全棉",
            "under 30",
            "20 kg",
            "²",
            "½",
            "Ⅻ",
            "١٢",
            "\u200b",
        ),
    ]
)
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=6)), max_size=10).flatmap(
    lambda parts: st.sampled_from([" ".join(parts), "".join(parts)])
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    products = [
        Product(
            product_id=f"p{i}",
            title_en=f"Acme iPhone 15 Pro TN-2110 X{i} wireless mouse",
            title_zh=f"爱客X{i} 无线 鼠标 礼盒",
            model=("TN-2110", "006R90321", "½-X", "١٢٣٤٥", None)[i],
            attributes={"Age": ("3+", "x", "", "0-2 years", "999999999")[i], "Gender": "Men"},
        )
        for i in range(5)
    ]
    # The published encoders differ in their numbers, so a vector of the wrong one shows.
    encoders = Encoders(
        {"minilm": WordBag("minilm", 96), "multilingual": WordBag("multilingual", 64)}
    )
    return opened(products, tmp_path_factory.mktemp("never"), encoders)


@settings(max_examples=200, deadline=None)
@given(text=_TEXTS)
def test_a_search_and_its_suggestions_never_fail(shop: Generation, text: str) -> None:
    answer = answer_set(shop, asked(text), Thresholds())
    assert len(answer.rows) <= 5
    Suggester([], shop).suggest(text, n=3)


@pytest.mark.parametrize(
    "text",
    [
        "㍿",  # Chinese when folded
        "⼀⼁",  # radicals, the same
        "㊗ mouse",
        "㑮",  # the simplified character is outside of the basic plane
        "㑮 mouse",
    ],
)
def test_a_text_that_is_chinese_in_one_form_only_is_searched(shop: Generation, text: str) -> None:
    answer_set(shop, asked(text), Thresholds())
    shop.nearest_categories(text, n=1)
