"""What products have in common with one, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.index._shop import opened

from baihuo.core import Product, Variant
from baihuo.index import shared_attributes


def shirt(number: int, sizes: str = "", brand: str = "Acme", **attributes: str) -> Product:
    forms = [Variant(variant_id=f"{number}-{s}", attributes={"Size": s}) for s in sizes]
    return Product(
        product_id=f"p{number}",
        title_en=f"shirt {number}",
        brand=brand,
        attributes=dict(attributes),
        variants=tuple(forms),
    )


SHIRTS = [
    shirt(0, "SML", Colour="red", Fit="slim"),
    shirt(1, "ML", Colour="red", Fit="slim"),  # brand, colour, fit, size: two sizes count once
    shirt(2, "X", Colour="blue", Fit="slim"),  # brand, fit
    shirt(3, brand="Other", Colour="slim"),  # the value of another attribute is none
    shirt(4, brand="", Colour="red"),
    shirt(5, brand=""),
]


def test_attributes_in_common_are_counted_with_the_brand(tmp_path: Path) -> None:
    snapshot = opened(SHIRTS, tmp_path).snapshot
    rows = np.array([snapshot.row_of[f"p{i}"] for i in range(1, 6)], np.int32)
    assert shared_attributes(snapshot, snapshot.row_of["p0"], rows).tolist() == [4, 2, 0, 1, 0]
    assert shared_attributes(snapshot, snapshot.row_of["p5"], rows).tolist() == [0] * 5
    assert shared_attributes(snapshot, snapshot.row_of["p0"], rows[:0]).tolist() == []


def test_a_product_that_was_changed_or_added_is_counted_as_it_is_now(tmp_path: Path) -> None:
    generation = opened(SHIRTS, tmp_path)
    generation.upsert([shirt(2, "S", Colour="red"), shirt(6, Fit="slim", Length="long")])
    snapshot = generation.snapshot
    rows = np.array([snapshot.row_of[p] for p in ("p6", "p2", "p1")], np.int32)
    assert shared_attributes(snapshot, snapshot.row_of["p0"], rows).tolist() == [2, 3, 4]
    assert shared_attributes(snapshot, snapshot.row_of["p6"], rows).tolist() == [3, 1, 2]
