"""Shops in other scripts than Latin and Chinese: what means the same is found by the multilingual encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import asked

from baihuo.core import Product
from baihuo.encode import MULTILINGUAL, Encoders
from baihuo.index import Generation, IndexOptions, Thresholds, answer_set, build

TITLES = {
    "пуховик": ("Зимняя куртка", "Кроссовки мужские", "Чайник электрический", "Наушники"),
    "ヘッドフォン": (
        "ワイヤレスイヤホン",
        "ランニングスニーカー",
        "ティーポット",
        "ダウンジャケット",
    ),
    "운동화": ("남성 러닝화", "전기 주전자", "겨울 패딩 재킷", "무선 이어폰"),
}

NO_WISHES = IndexOptions(as_typed=("wish",))  # 694 kinds need not be encoded


@pytest.mark.parametrize("query", list(TITLES))
def test_what_means_the_same_is_found_and_not_called_unsold(
    query: str, exported_encoders: Path, tmp_path: Path
) -> None:
    encoders = Encoders.open(exported_encoders)
    catalogue = [Product(product_id=f"p{i}", title_en=t) for i, t in enumerate(TITLES[query])]
    folder = build(catalogue, encoders=encoders, cache=None, out=tmp_path, options=NO_WISHES)
    generation = Generation.open(folder, encoders)
    assert not [
        n for n in answer_set(generation, asked(query), Thresholds()).notes if "not_sold" in n
    ]
    answer = answer_set(generation, asked(query), Thresholds(cosines={MULTILINGUAL: 0.25}))
    assert [generation.product(int(row)).product_id for row in answer.rows] == ["p0"]
