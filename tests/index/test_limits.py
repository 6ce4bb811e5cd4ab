"""All limits together: switched off, replaced by filters, counted by facets, and read in any text."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, opened
from tests.index._wardrobe import WORDS_ONLY, found, product, read

from baihuo.core import READING_KINDS, Filters, Product, Variant
from baihuo.index import Generation, answer_set

Attributes = dict[str, str | float | bool]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("shirt xl", "size"),
        ("rice 5kg", "measure"),
        ("red running shoes", "colour"),
        ("women running shoes", "gender"),
    ],
)
def test_what_is_switched_off_is_words_like_others(
    generation: Generation, text: str, kind: str
) -> None:
    assert kind in read(generation, text)
    assert kind not in read(generation, text, as_typed=(kind,))
    assert found(generation, text, as_typed=(kind,)) == found(
        generation, text, as_typed=READING_KINDS
    )


def test_a_filter_of_the_request_replaces_the_reading_of_its_kind(generation: Generation) -> None:
    chosen = Filters(price_max_minor=12_000)
    assert found(generation, "shoes under 500", filters=chosen) == found(
        generation, "shoes", filters=chosen
    )
    assert "price" not in read(generation, "shoes under 500", filters=chosen)
    forty = Filters(attributes=(("Shoe size", ("40",)),))
    assert set(found(generation, "shoes size 38", filters=forty)) == set(
        found(generation, "shoes size 40")
    )


@pytest.mark.parametrize("text", ["shoes size 38", "shoes under 200", "red shoes 38码 200元以下"])
def test_a_facet_counts_what_choosing_it_gives(generation: Generation, text: str) -> None:
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    for facet in answer.facets():
        for value in facet.values:
            if facet.name == "price":
                low, _, high = value.value.partition("-")
                chosen = Filters(
                    price_min_minor=int(low), price_max_minor=int(high) if high else None
                )
            elif facet.name == "category":
                chosen = Filters(category=(value.value,))
            elif facet.name == "brand":
                chosen = Filters(brands=(value.value,))
            else:
                chosen = Filters(attributes=((facet.name, (value.value,)),))
            n = len(found(generation, text, filters=chosen))
            assert n == value.n_products, (facet.name, value)


def test_changes_of_the_catalogue_bring_new_sizes_colours_and_measures(
    catalogue: list[Product], tmp_path: Path
) -> None:
    shop = opened(catalogue, tmp_path)
    assert "size" not in read(shop, "shoes size 50")
    attributes: Attributes = {"Colour": "Teal"}
    new = product(
        1_000,
        "Running Shoes 3 kg",
        price_minor=9_900,  # without a price it would be last
        attributes=attributes,
        variants=(Variant(variant_id="new-50", attributes={"Shoe size": "50"}),),
    )
    shop.upsert([new])
    assert found(shop, "shoes size 50") == ["item-1000"]
    assert found(shop, "teal shoes")[0] == "item-1000"
    assert found(shop, "shoes 3公斤")[0] == "item-1000"
    assert found(shop, "new-50") == ["item-1000"]


_PIECES = st.sampled_from(
    [
        *"red 红色 xl 38码 under 300 300元以下 5kg 10斤 women's 女鞋 黑 - ~ ¥ $ 万 千 以内 between and to , . ' : ° ½ ²".split(),
        "size 38",
        "１２３",
        "\u0000",
        "9" * 40,
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(_PIECES, max_size=10).map(" ".join),
        st.lists(_PIECES, max_size=10).map("".join),
    ),
    st.sets(st.sampled_from(READING_KINDS)),
)
@example("between 一 and 万", set())
@example("½kg ²元以下", set())
@example("1元:", set())
@example("1元 between", set())
def test_reading_never_fails(generation: Generation, text: str, off: set[str]) -> None:
    limits = generation.limits(text, tuple(sorted(off)))
    assert not off & {r.kind for r in limits.readings}
    if not limits:  # words are left out with a note only ("1元 shoes", and nothing costs that)
        assert limits.rest == text or limits.notes or "price" in off
    assert limits.rest.strip() or not text.strip() or limits or "price" in off


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("bcdfgjkpqvyz 电脑耳机键盘"), max_size=40))
def test_a_text_without_limits_is_unchanged(generation: Generation, text: str) -> None:
    limits = generation.limits(text)
    assert limits.rest == text
    assert limits.readings == ()


def test_what_models_read_is_the_relevance_of_the_words_without_limits(
    generation: Generation,
) -> None:
    rows = np.arange(20, dtype=np.int32)
    for name, column in generation.pair_scores("shoes size 38 under 300", rows).items():
        assert np.array_equal(column, generation.pair_scores("shoes", rows)[name])


@pytest.mark.parametrize("text", ["red " * 50, "男" * 200, "5kg " * 50, "1" * 200, "xl " * 60])
def test_a_text_of_nothing_but_limits_takes_little_time(generation: Generation, text: str) -> None:
    generation.limits("red shoes")  # the words are learned once
    started = time.process_time()
    generation.limits(text)
    assert time.process_time() - started < 0.1


def test_a_vulgar_fraction_is_a_number(tmp_path: Path) -> None:
    shop = opened(
        [
            Product(product_id="half", title_en="Copper pipe ½ inch", category=("Pipes",)),
            Product(product_id="two", title_en="Copper pipe 2 inch", category=("Pipes",)),
            Product(product_id="more", title_en="Copper pipe 2½ inch", category=("Pipes",)),
        ],
        tmp_path,
    )
    assert read(shop, "pipe 0.5 inch")["measure"] == read(shop, "pipe ½ inch")["measure"]
    for typed, first in (
        ("pipe ½ inch", "half"),
        ("pipe 2½ inch", "more"),
        ("pipe 2.5 inch", "more"),
    ):
        assert found(shop, typed)[0] == first
