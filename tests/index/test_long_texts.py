"""The work that a long text makes grows with its length, not with its square: a search is for everybody, and one that
takes half a second of CPU is an attack."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from tests.index._shop import asked, opened

from baihuo.core import Product
from baihuo.index import Generation, Thresholds, answer_set

_KINDS = ("手机壳", "连衣裙", "面膜", "耳机", "牛仔裤", "行李箱", "红色 运动鞋", "男 帽子")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    products = [
        Product(
            product_id=f"p{i}",
            title_en=f"Acme phone case {i} wireless",
            title_zh=f"爱客 {_KINDS[i % len(_KINDS)]} {i}",
            category=("商品", _KINDS[i % len(_KINDS)].split()[-1]),
        )
        for i in range(40)
    ]
    return opened(products, tmp_path_factory.mktemp("long"))


def _n_calls(shop: Generation, text: str) -> int:
    """Calls of Python functions that a search makes: no clock, so no load of the machine changes it."""
    n = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal n
        n += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer_set(shop, asked(text), Thresholds())
    finally:
        sys.setprofile(None)
    return n


@pytest.mark.parametrize(
    "piece",
    [
        *("的", "男", "手机的", "不", "不要", "行礼箱", "机壳", "手a", "亿", "壳子"),
        *("shouji", "an", "phone ", "not ", "under ", "a1 ", "1kg", "12x", "$1", "not 的", "w x "),
    ],
)
def test_work_grows_with_the_length_of_a_text(shop: Generation, piece: str) -> None:
    def text(n: int) -> str:
        return (
            piece * (n // len(piece))
        ).strip()  # whole pieces: the rest of a word may be misspelt

    answer_set(shop, asked(text(60)), Thresholds())  # what is made once is there
    short, long = _n_calls(shop, text(121)), _n_calls(shop, text(484))
    assert long <= 6 * short, f"{short} calls for 121 characters, {long} for 484"
