"""Texts that name another country, or another model, than their listing has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("description_of_another", "attribute_against_title")


def listings() -> list[Product]:
    return [
        Product(
            product_id=f"o{i}",
            title_en=f"Norvik NV{1000 + i} travel bag",
            title_zh=f"诺维克 NV{1000 + i} 旅行包",
            description_en=f"The NV{1000 + i} carries {i + 3} books.",
            brand="Norvik",
            model=f"NV{1000 + i}",
            category=("Luggage", "Bags"),
            attributes={"Weight": f"{500 + i} g", "Country of origin": "China"},
        )
        for i in range(40)
    ]


TEXTS = (
    ("China", {"description_en": "A bag for books. Proudly made in Portugal by hand."}, True),
    ("中国", {"description_zh": "结实的包，越南制造，可装书。"}, True),
    ("CN", {"description_zh": "产地：日本"}, True),
    ("China", {"description_en": "A bag with a zip made in Japan. Made in PRC."}, False),
    ("China", {"description_en": "A bag of leather from Italy, a made in Italy look."}, False),
    ("China", {"description_en": "Made in Italy and Spain since 1920."}, False),
    ("UK", {"description_en": "A bag, made in England."}, False),
    ("China", {"description_zh": "采用日本生产的拉链，结实。"}, False),
    ("Atlantis", {"description_en": "A bag, made in Italy."}, False),
)


def test_a_text_that_names_another_country_is_noted(cleaned: Any) -> None:
    made = listings()
    for i, (origin, texts, _) in enumerate(TEXTS):
        attributes = made[i].attributes | {"Country of origin": origin}
        made[i] = replace(made[i], attributes=attributes, **texts)  # type: ignore[arg-type]
    found = {
        row for row, check, _ in cleaned([], made).found() if check == "description_of_another"
    }
    assert found == {f"0:{i}" for i, (*_, is_other) in enumerate(TEXTS, 1) if is_other}


@pytest.mark.checks("attribute_against_title")
def test_a_chinese_title_that_names_another_listings_model_is_noted(cleaned: Any) -> None:
    """Three titles are a row too low; a strap for another model is in order, in both languages."""
    made = listings()
    zh = [p.title_zh for p in made]
    for i in (11, 12, 13):
        made[i] = replace(made[i], title_zh=zh[i - 1])
    made[20] = replace(
        made[20], title_en="Norvik strap for NV1005", title_zh="诺维克 NV1005 背带", model=None
    )
    found = {f for f in cleaned([], made).found() if f[1] == "attribute_against_title"}
    assert found == {(f"0:{i}", "attribute_against_title", "note") for i in (12, 13, 14)}
