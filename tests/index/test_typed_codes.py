"""Ids and codes of products, typed as a search."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import asked, opened
from tests.index._wardrobe import WORDS_ONLY, found, product, read

from baihuo.core import Product
from baihuo.index import answer_set


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
