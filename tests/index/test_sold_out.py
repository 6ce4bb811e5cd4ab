"""What cannot be bought stands last in a search."""

from __future__ import annotations

from pathlib import Path

from tests.index._shop import asked, opened
from tests.index._wardrobe import WORDS_ONLY, found, product

from baihuo.core import Filters, Product, Variant
from baihuo.index import Generation, answer_set


def test_without_a_price_nobody_can_buy_it_so_it_goes_last_and_is_counted(tmp_path: Path) -> None:
    by_variant = (Variant(variant_id="v", price_minor=900),)
    lamps = [
        product(0, "lamp lamp desk lamp"),
        product(1, "lamp", price_minor=900, stock_units=0),
        product(2, "desk lamp with a long name of many words", price_minor=900),
        product(3, "another desk lamp with a long name of many words", variants=by_variant),
    ]
    shop = opened(lamps, tmp_path / "lamps")
    placed = found(shop, "lamp")
    assert set(placed[:2]) == {"item-2", "item-3"}
    assert set(placed[2:]) == {"item-0", "item-1"}
    assert found(shop, "lamp", filters=Filters(in_stock=True))[-1] == "item-0"
    shop.set_offer(shop.row_of["item-0"], price_minor=900)
    assert set(found(shop, "lamp")[:3]) == {"item-0", "item-2", "item-3"}


def test_a_catalogue_without_any_price_has_no_last_products(tmp_path: Path) -> None:
    shop = opened([product(i, f"lamp {i}") for i in range(3)], tmp_path)
    answer = answer_set(shop, asked("lamp"), WORDS_ONLY)
    assert not answer.tier.any()


def test_sold_out_goes_last_also_where_only_the_size_is(
    generation: Generation, catalogue: list[Product]
) -> None:
    by_id = {p.product_id: p for p in catalogue}

    def is_left(product_id: str) -> bool:
        return any(
            v.attributes["Shoe size"] == "40" and v.stock_units for v in by_id[product_id].variants
        )

    placed = [is_left(i) for i in found(generation, "shoes size 40")]
    assert placed == sorted(placed, reverse=True)
    assert len(set(placed)) == 2
    shirts = [by_id[i].stock_units != 0 for i in found(generation, "shirt")]
    assert shirts == sorted(shirts, reverse=True)
    assert len(shirts) == 20  # counted all the same
