"""What cannot be bought stands last in a search."""

from __future__ import annotations

from tests.index._wardrobe import found

from baihuo.core import Product
from baihuo.index import Generation


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
