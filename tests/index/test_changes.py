"""The delta: visible at once, never half seen, and a product keeps its row."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.index._shop import asked, bags, opened

from baihuo.core import Filters, NotFound, Product
from baihuo.index import Generation, Thresholds, answer_set, attribute_groups, build
from baihuo.index import catalogue_words as catalogue_words_room
from baihuo.index.attribute_groups import by_attribute
from baihuo.index.catalogue_words import catalogue_words

LEXICAL = Thresholds(calibrations={})


def shop(n: int = 50) -> list[Product]:
    return [
        Product(
            product_id=f"p{i}",
            title_en=f"lamp number{i}",
            brand="Acme",
            price_minor=i,
            stock_units=1,
        )
        for i in range(n)
    ]


def test_an_offer_is_seen_by_the_next_filter_and_by_the_page(tmp_path: Path) -> None:
    generation = opened(shop(), tmp_path)
    row = generation.row_of["p3"]
    generation.set_offer(row, stock_units=0, price_minor=900)
    in_stock = answer_set(generation, asked("lamp", filters=Filters(in_stock=True)), LEXICAL)
    assert row not in in_stock.rows
    assert (generation.product(row).price_minor, generation.product(row).stock_units) == (900, 0)
    dear = answer_set(generation, asked("lamp", filters=Filters(price_min_minor=900)), LEXICAL)
    assert list(dear.rows) == [row]
    generation.set_offer(row, stock_units=-1)
    assert generation.product(row).stock_units is None


def test_what_a_page_shows_is_of_now_and_kept_decoded(tmp_path: Path) -> None:
    generation = opened(shop(), tmp_path)
    row = generation.row_of["p3"]
    first = generation.shown(row)
    assert first == {name: generation.fields(row)[name] for name in first}
    first["title_en"] = "changed by its reader"
    generation.set_offer(row, stock_units=0, price_minor=900)
    assert generation.shown(row) == first | {
        "title_en": "lamp number3",
        "price_minor": 900,
        "stock_units": 0,
    }
    generation.upsert([Product(product_id="p3", title_en="a new lamp", price_minor=5)])
    assert generation.shown(generation.row_of["p3"])["title_en"] == "a new lamp"


def test_the_question_after_a_change_sees_it(tmp_path: Path) -> None:
    generation = opened(shop(2000), tmp_path)
    generation.upsert([Product(product_id="new", title_en="zeppelin", price_minor=5)])
    answer = answer_set(generation, asked("zeppelin"), LEXICAL)
    assert list(generation.product_ids[answer.rows]) == ["new"]
    generation.remove(["new"])
    assert len(answer_set(generation, asked("zeppelin"), LEXICAL)) == 0


def test_a_product_that_comes_back_gets_its_row_back(tmp_path: Path) -> None:
    generation = opened(shop(5), tmp_path)
    row = generation.row_of["p2"]
    generation.remove(["p2"])
    assert "p2" not in generation.row_of
    generation.upsert([Product(product_id="p2", title_en="zeppelin")])
    assert generation.row_of["p2"] == row
    assert len(answer_set(generation, asked("number2"), LEXICAL)) == 0  # the old text is gone


def test_vectors_follow_a_changed_text(tmp_path: Path) -> None:
    generation = opened(shop(5), tmp_path)
    vector = bags().get("minilm").encode(["zeppelin. "])[0]
    generation.upsert([Product(product_id="p1", title_en="zeppelin")])
    cosines = generation.vectors("minilm") @ vector
    assert cosines.argmax() == generation.row_of["p1"]
    np.testing.assert_allclose(cosines, generation.vectors("minilm")[:] @ vector, atol=0.01)
    assert np.asarray(generation.vectors("minilm")).shape == (5, 96)


def test_a_small_change_after_a_large_one_does_not_index_the_large_one_again(
    tmp_path: Path,
) -> None:
    generation = opened(shop(20), tmp_path)
    generation.upsert([Product(product_id=f"m{i}", title_en=f"sofa m{i}") for i in range(200)])
    large = generation.snapshot.segments[1]
    for i in range(40):
        generation.upsert([Product(product_id=f"s{i}", title_en=f"kettle s{i}")])
        generation.upsert([Product(product_id=f"m{i}", title_en=f"kettle m{i}")])
        generation.remove([f"s{i - 1}"])
        assert len(generation.snapshot.segments) <= 8
        assert generation.snapshot.segments[1] is large
    found = answer_set(generation, asked("kettle"), LEXICAL)
    assert sorted(generation.product_ids[found.rows]) == sorted(
        [*(f"m{i}" for i in range(40)), "s39"]
    )
    sofas = answer_set(generation, asked("sofa"), LEXICAL)
    assert sorted(generation.product_ids[sofas.rows]) == sorted(f"m{i}" for i in range(40, 200))


def test_many_small_changes_stay_few_segments_and_lose_nothing(tmp_path: Path) -> None:
    generation = opened(shop(20), tmp_path)
    for i in range(60):
        generation.upsert([Product(product_id=f"n{i % 25}", title_en=f"zeppelin model{i}")])
        if i % 7 == 0:
            generation.remove([f"n{(i * 3) % 25}"])
        if i == 30:
            generation.set_offer(
                generation.row_of["n30" if "n30" in generation.row_of else "n5"], price_minor=77
            )
    snapshot = generation.snapshot
    assert len(snapshot.segments) <= 8
    answer = answer_set(generation, asked("zeppelin"), LEXICAL)
    live = {i for i in generation.row_of if i.startswith("n")}
    assert set(generation.product_ids[answer.rows]) == live
    for product_id in live:
        row = generation.row_of[product_id]
        product = generation.product(row)
        assert product.product_id == product_id
        words = str(product.title_en)
        assert row in answer_set(generation, asked(words), LEXICAL).rows
        own = bags().get("minilm").encode([f"{words}. "])[0]
        assert generation.vectors("minilm")[row] @ own > 0.999
    assert len(answer_set(generation, asked("lamp"), LEXICAL)) == 20


def test_readers_never_see_half_a_change(tmp_path: Path) -> None:
    """Both products change together; a reader that ever finds only one has seen half."""
    generation = opened(shop(200), tmp_path)
    stop = threading.Event()
    failures: list[int | Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                found = len(answer_set(generation, asked("zeppelin"), LEXICAL))
                if found not in (0, 2):
                    failures.append(found)
            except Exception as error:
                failures.append(error)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(3)]
    for reader in readers:
        reader.start()
    pair = [Product(product_id=f"z{i}", title_en="zeppelin", brand=f"B{i}") for i in range(2)]
    for i in range(20):
        generation.upsert(pair)
        generation.set_offer(i, price_minor=i)
        generation.remove(["z0", "z1"])
    stop.set()
    for reader in readers:
        reader.join(timeout=60)
        assert not reader.is_alive()
    assert failures == []


def test_the_same_catalogue_gives_the_same_generation(tmp_path: Path) -> None:
    first = build(shop(), encoders=bags(), cache=None, out=tmp_path)
    written = (first / "generation.json").stat().st_mtime_ns
    assert build(shop(), encoders=bags(), cache=None, out=tmp_path) == first
    assert (first / "generation.json").stat().st_mtime_ns == written
    assert build(shop(49), encoders=bags(), cache=None, out=tmp_path) != first
    assert Generation.open(first, bags()).index_id == first.name


def test_what_is_read_back_is_what_was_built(tmp_path: Path) -> None:
    products = shop(10)
    generation = opened(products, tmp_path)
    assert [generation.product(generation.row_of[p.product_id]) for p in products] == products
    assert generation.n == len(generation.row_of) == 10
    assert list(generation.snapshot.brand_names) == ["Acme"]


def test_a_missing_generation_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="baihuo release"):
        Generation.open(tmp_path / "none", bags())


def test_pair_scores_do_not_depend_on_which_rows_are_asked(tmp_path: Path) -> None:
    generation = opened(shop(), tmp_path)
    every = generation.pair_scores("lamp number7", np.arange(50, dtype=np.int32))
    some = generation.pair_scores("lamp number7", np.array([7, 3], np.int32))
    for name in ("bm25", "cosine", "coverage", "naming", "relevance"):
        np.testing.assert_array_equal(every[name][[7, 3]], some[name])
    assert every["relevance"].argmax() == 7
    assert generation.pair_scores("", np.array([1], np.int32))["relevance"] == [0]


def test_words_learned_with_each_change_are_those_of_learning_them_whole(tmp_path: Path) -> None:
    """New values, attributes and brands are added to what is known; nothing is read twice, and nothing differs."""
    sizes, colours = ("S", "M", "L", "XL"), ("Red", "Dark Red", "Midnight", "蓝色")
    made = [
        Product(
            product_id=f"s{i}",
            title_en=f"shirt number {i}",
            brand=f"Maker {i % 5}",
            attributes={"Colour": colours[i % 3], "Size": sizes[i % 3]},
        )
        for i in range(40)
    ]
    generation = opened(made, tmp_path)
    catalogue_words(generation.snapshot)
    for i, attributes in enumerate(
        [
            {"Colour": "Blue", "Size": "XL"},
            {"Age": "adult", "Colour": "蓝色"},
            {"Gender": "Women", "Size": "42"},
            {"Aardvark": "yes"},
            *({"Colour": f"Hue {n}", "Zone": f"z{n}"} for n in range(30)),
        ]
    ):
        new = Product(
            product_id=f"n{i}",
            title_en="shirt",
            brand="New House",
            attributes=dict[str, str | float | bool](attributes),
        )
        generation.upsert([new, replace(new, product_id=f"m{i}", brand=f"Other House {i}")])
        step_by_step = catalogue_words(generation.snapshot)
    pairs = generation.snapshot.dictionaries.pairs
    grouped = by_attribute(pairs)
    everything = (
        attribute_groups._GROUPED,
        attribute_groups._ALPHABETICAL,
        catalogue_words_room._FACTS,
    )
    for cache in (*everything, catalogue_words_room._OF_SEGMENT, catalogue_words_room._LEARNED):
        cache.clear()
    whole, rebuilt = catalogue_words(generation.snapshot), by_attribute(pairs)
    assert rebuilt.names == grouped.names
    np.testing.assert_array_equal(rebuilt.attribute, grouped.attribute)
    np.testing.assert_array_equal(rebuilt.rank, grouped.rank)
    np.testing.assert_array_equal(rebuilt.by_rank, grouped.by_rank)
    assert step_by_step.sizes == whole.sizes
    assert step_by_step.brands == whole.brands
    assert "new house" in whole.brands
    for one, two in ((step_by_step.colours, whole.colours), (step_by_step.genders, whole.genders)):
        assert one.words == two.words
        assert one.pattern == two.pattern
        for mine, theirs in ((one.exact, two.exact), (one.wider, two.wider)):
            assert {k: v.tolist() for k, v in mine.items()} == {
                k: v.tolist() for k, v in theirs.items()
            }
