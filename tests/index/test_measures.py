"""Measures with units in the words of a search, in one unit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.index._shop import as_before_hashes, asked, bags, opened
from tests.index._wardrobe import WORDS_ONLY, found, product, read

from baihuo.core import Product
from baihuo.index import Generation, answer_set, build


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("5 kg rice", 5_000),
        ("5kg rice", 5_000),
        ("大米 5公斤", 5_000),
        ("大米10斤", 5_000),
        ("rice 500 g", 500),
        ("大米 半斤 2.5千克", 2_500),
        ("rice 10kg", 10_000),
        ("rice 5000g", 5_000),
    ],
)
def test_products_of_a_measure_come_first(
    generation: Generation, catalogue: list[Product], text: str, grams: int
) -> None:
    amount = {500: "500g", 2_500: "2.5kg", 5_000: "5kg", 10_000: "10kg"}[grams]
    wanted = {p.product_id for p in catalogue if (p.title_en or "").endswith(f"Rice {amount}")}
    assert set(found(generation, text)[: len(wanted)]) == wanted
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    assert not any(n.startswith("none_has") for n in answer.notes)


def test_measures_written_together_are_two(tmp_path: Path) -> None:
    phones = [
        product(i, f"Phone {i}", title_zh=f"手机 5G {memory}", category=("Phones",))
        for i, memory in enumerate(("8G+128G", "8G256G", "12G+512G"))
    ]
    shop = opened(phones, tmp_path)
    for text, first in (
        ("128G5G手机", "item-0"),
        ("8G256G手机", "item-1"),
        ("5G512G手机", "item-2"),
        ("12G512G", "item-2"),
    ):
        assert found(shop, text)[0] == first, text
        assert "measure" in read(shop, text), text
    assert "measure" not in read(shop, "5G手机")
    assert "measure" not in read(shop, "x5g10g")


def test_a_measure_that_no_product_has_is_a_note_and_others_follow(generation: Generation) -> None:
    answer = answer_set(generation, asked("rice 7 kg"), WORDS_ONLY)
    assert answer.notes == ("none_has:7 kg",)
    assert len(answer) == 10


def test_measures_are_read_from_attributes_with_the_units_of_the_shop(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    units = {"units": {"Battery": "mAh"}, "values": {"Midnight": "午夜黑"}}
    (tmp_path / "words" / "zh.json").write_text(json.dumps(units), "utf-8")
    products = [
        product(i, "power bank", attributes={"Battery": float(mah), "Colour": colour})
        for i, (mah, colour) in enumerate(
            [(10_000, "Black"), (20_000, "Red"), (26_800, "Midnight"), (5_000, "White")]
        )
    ]
    used = bags()
    folder = build(
        products, encoders=used, cache=None, out=tmp_path / "i", words=tmp_path / "words"
    )
    shop = Generation.open(folder, used)
    assert found(shop, "power bank 20000毫安")[0] == "item-1"
    assert found(shop, "power bank 午夜黑")[0] == "item-2"
    assert found(shop, "midnight power bank")[0] == "item-2"
    assert build(products, encoders=used, cache=None, out=tmp_path / "i") != folder


def test_an_index_of_an_older_version_has_no_measures_and_serves(
    catalogue: list[Product], tmp_path: Path
) -> None:
    folder = build(catalogue, encoders=bags(), cache=None, out=tmp_path)
    for name in ("measures", "measure_starts"):
        (folder / f"{name}.npy").unlink()
    names = json.loads((folder / "names.json").read_text("utf-8"))
    for name in ("measures", "shop_words", "currency"):
        del names[name]
    (folder / "names.json").write_text(json.dumps(names), "utf-8")
    as_before_hashes(folder)
    old = Generation.open(folder, bags())
    assert len(found(old, "rice 5kg")) == 10
    assert "none_has:5kg" in answer_set(old, asked("rice 5kg"), WORDS_ONLY).notes
