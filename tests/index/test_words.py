"""Words in two scripts: what finds what, and what comes first."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import asked, opened

from baihuo.core import Product
from baihuo.encode import Encoders
from baihuo.index import Thresholds, answer_set
from baihuo.index.traditional import to_simplified
from baihuo.index.words import index_terms, query_words

PHONES = [
    ("星河 银翼A7 5G智能手机 8GB+256GB 黑色", "Xinghe Wing A7 5G Smartphone 8 GB"),
    ("诺维克 Norvik K30 Pro 手机 12GB+512GB 白色", "Norvik K30 Pro phone 12 GB"),
    ("天启 T9 拍照手机 6GB+128GB 蓝色", "Tianqi T9 camera phone 6 GB"),
]
CASES = [
    ("壳友 透明手机壳 防摔 适用星河A7", "Shellmate clear phone case for Xinghe A7"),
    ("护立 硅胶手机壳 黑色", "Guardly silicone phone case, black"),
    ("壳友 磁吸手机保护壳 蓝色", "Shellmate magnetic phone case, blue"),
]
OTHERS = [
    ("温溪 陶瓷马克杯 白色", "Wenxi ceramic mug, white"),
    ("喵乐 鸡肉味猫粮 2kg", "Whiskerly chicken cat food 2 kg"),
    ("回声线 蓝牙耳机 降噪", "Echoline noise cancelling bluetooth headphones"),
]


@pytest.fixture(scope="module")
def encoders(exported_encoders: Path) -> Encoders:
    return Encoders.open(exported_encoders)


def bilingual() -> list[Product]:
    kinds = [("phone", PHONES), ("case", CASES), ("other", OTHERS)]
    return [
        Product(product_id=f"{kind}{i}", title_zh=zh, title_en=en)
        for kind, titles in kinds
        for i, (zh, en) in enumerate(titles)
    ]


@pytest.mark.parametrize("typed", ["手机", "手機"])
def test_phones_come_before_phone_cases(typed: str, tmp_path: Path, encoders: Encoders) -> None:
    generation = opened(bilingual(), tmp_path, encoders)
    answer = answer_set(generation, asked(typed), Thresholds())
    ids = list(generation.product_ids[answer.rows])
    assert {i[:-1] for i in ids[:3]} == {"phone"}
    assert "other0" not in ids


def test_chinese_words_find_english_listings_by_meaning(tmp_path: Path, encoders: Encoders) -> None:
    english = [
        Product(product_id=f"e{i}", title_en=en) for i, (_, en) in enumerate(PHONES + OTHERS)
    ]
    chinese = [Product(product_id="z", title_zh="护立 硅胶手机壳 黑色")]
    generation = opened([*english, *chinese], tmp_path, encoders)
    scores = generation.pair_scores("猫粮", generation.snapshot.segment_rows[0])
    assert generation.product_ids[scores["cosine"].argmax()] == "e4"


def test_the_same_word_in_another_form_is_the_same_word() -> None:
    assert query_words("Batteries") == query_words("battery")
    assert query_words("手機殼") == query_words("手机壳")
    assert to_simplified("藍牙耳機") == "蓝牙耳机"
    assert query_words("red RED Red") == ["red"]


def test_a_model_number_is_found_however_its_hyphen_is_typed(tmp_path: Path) -> None:
    generation = opened(
        [
            Product(product_id="tn", title_en="Brother TN-2110 toner"),
            Product(product_id="x", title_en="toner 2110"),
        ],
        tmp_path,
    )
    for typed in ("tn2110", "TN-2110", "tn 2110"):
        answer = answer_set(generation, asked(typed), Thresholds(calibrations={}))
        assert list(generation.product_ids[answer.rows]) == ["tn"], typed


def test_words_written_apart_find_the_word_written_as_one(tmp_path: Path) -> None:
    generation = opened(
        [
            Product(product_id="one", title_en="gaming headset"),
            Product(product_id="x", title_en="set of cups"),
        ],
        tmp_path,
    )
    answer = answer_set(generation, asked("head set"), Thresholds(calibrations={}))
    assert generation.product_ids[answer.rows[0]] == "one"


def test_a_code_finds_its_product(tmp_path: Path) -> None:
    generation = opened(
        [
            Product(product_id="a", title_en="lamp", codes=("0095205603217",)),
            Product(product_id="b", title_en="lamp"),
        ],
        tmp_path,
    )
    answer = answer_set(generation, asked("0095205603217"), Thresholds(calibrations={}))
    assert list(generation.product_ids[answer.rows]) == ["a"]


def test_a_long_chinese_word_is_found_by_the_words_inside_it() -> None:
    assert {"智能", "手机", "智能手机"} <= set(index_terms("5G智能手机"))
