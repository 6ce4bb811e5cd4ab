"""A word that few products of a kind have does not hide those for whom it was asked."""

from __future__ import annotations

import pytest
from tests.index._shop import asked, opened

from baihuo.core import Product, Sort, Variant
from baihuo.index import Generation, Thresholds, answer_set

WORDS_ONLY = Thresholds(calibrations={})


def catalogue() -> list[Product]:
    """Sneakers in two names for the same, and other shoes, for men and for women."""
    kinds = [("Sneakers", "休闲鞋"), ("Sneakers", "板鞋"), ("Boots", "靴子")]
    return [
        Product(
            product_id=f"{name}-{gender}-{i}",
            title_zh=f"款{i} {name} {'女' if gender == 'women' else '男'}",
            category=("Shoes", category),
            attributes={"Gender": gender},
            variants=(
                Variant(variant_id=f"{name}-{gender}-{i}-41", attributes={"Shoe size": "41"}),
                Variant(variant_id=f"{name}-{gender}-{i}-38", attributes={"Shoe size": "38"}),
            ),
        )
        for category, name in kinds
        for gender in ("women", "men")
        for i in range(4)
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(catalogue(), tmp_path_factory.mktemp("genders"))


def names(shop: Generation, text: str, sort: Sort = Sort.RELEVANCE) -> list[str]:
    found = answer_set(shop, asked(text, sort=sort), WORDS_ONLY)
    rows = found.ordered(sort)
    return [str(i).rsplit("-", 1)[0] for i in shop.product_ids[rows]]


def test_products_for_the_wanted_gender_come_before_others_with_a_word_more(
    shop: Generation,
) -> None:
    found = names(shop, "休闲板鞋 女 41码")
    assert set(found[:4]) == {"休闲鞋-women"}
    assert set(found[4:8]) == {"板鞋-women"}
    assert set(found[8:]) == {"休闲鞋-men"}


def test_without_a_gender_the_word_is_needed_as_before(shop: Generation) -> None:
    assert set(names(shop, "休闲板鞋 41码")) == {"休闲鞋-women", "休闲鞋-men"}


def test_products_of_other_kinds_stay_out(shop: Generation) -> None:
    assert not any(n.startswith("靴子") for n in names(shop, "休闲板鞋 女"))


def test_other_sorts_keep_what_has_every_word(shop: Generation) -> None:
    assert set(names(shop, "休闲板鞋 女", Sort.PRICE_ASC)) == {"休闲鞋-women"}
