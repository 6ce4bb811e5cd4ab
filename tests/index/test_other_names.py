"""A shop without categories finds what is asked for by another name than its titles have."""

from __future__ import annotations

import pytest
from tests.index._shop import asked, opened

from baihuo.core import Product
from baihuo.index import Generation, Thresholds, answer_set

TITLES = {
    "drive": "Integral Evo {} USB flash drive 16GB",
    "reader": "Kingston Reach {} USB card reader",
    "pen": "Crayola Line {} felt pen, blue",
    "fridge": "Indesit Cold {} refrigerator white",
}
CHINESE = {
    "padded": "男装棉服连帽{}",
    "pullover": "连帽卫衣{}女装",
    "trousers": "九分裤{}男装",
}


def made(titles: dict[str, str], language: str) -> list[Product]:
    texts = [
        (f"{kind}-{i}", text.format(f"X{i}")) for kind, text in titles.items() for i in range(4)
    ]
    return [Product(product_id=i, **{f"title_{language}": text}) for i, text in texts]


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    products = made(TITLES, "en")
    named = [Product(product_id="stick", title_en="Verbatim USB Stick 64GB")]
    return opened([*products, *named], tmp_path_factory.mktemp("english"))


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(made(CHINESE, "zh"), tmp_path_factory.mktemp("chinese"))


def found(shop: Generation, text: str) -> list[str]:
    rows = answer_set(shop, asked(text), Thresholds()).rows
    return [str(shop.product_ids[row]).split("-")[0] for row in rows]


@pytest.mark.parametrize("text", ["pen drive", "thumb drive"])
def test_what_titles_call_otherwise_is_found(english: Generation, text: str) -> None:
    assert found(english, text)[:4] == ["drive"] * 4


def test_what_is_called_as_typed_comes_before_what_is_called_otherwise(english: Generation) -> None:
    assert found(english, "usb stick")[0] == "stick"
    assert found(english, "usb stick")[1:5] == ["drive"] * 4


@pytest.mark.parametrize(("text", "kind"), [("棉袄", "padded"), ("帽衫", "pullover")])
def test_so_it_is_in_chinese(chinese: Generation, text: str, kind: str) -> None:
    assert found(chinese, text)[:4] == [kind] * 4
