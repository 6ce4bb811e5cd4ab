"""Searches that name a purpose and no product find the kinds of goods that are for it; names stay names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import WordBag, asked
from tests.index.test_kinds import SHOP, categories, products

from baihuo.core import BrokenFile, Product
from baihuo.encode import Encoders, VectorCache
from baihuo.index import AnswerSet, Generation, IndexOptions, Thresholds, answer_set, build
from baihuo.index.purposes import KindForSale, parse_purposes, with_purpose_vectors


@pytest.fixture(scope="module")
def encoders(exported_encoders: Path) -> Encoders:
    return Encoders.open(exported_encoders)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wishes")


@pytest.fixture(scope="module")
def vectors(folder: Path) -> VectorCache:
    return VectorCache(folder / "vectors.sqlite")


@pytest.fixture(scope="module")
def shop(folder: Path, encoders: Encoders, vectors: VectorCache) -> Generation:
    built = build(products(), encoders=encoders, cache=vectors, out=folder)
    return Generation.open(built, encoders)


def answer(shop: Generation, text: str, *as_typed: str) -> AnswerSet:
    return answer_set(shop, asked(text, as_typed=as_typed), Thresholds())


def first(shop: Generation, text: str) -> str:
    return shop.product(int(answer(shop, text).rows[0])).category[-1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("dog hair all over the carpet", "Vacuum cleaners"),
        ("wake up with a stiff neck", "Pillows"),
        ("cannot wake up on monday morning", "Coffee"),
        ("my scalp itches", "Shampoo"),
        ("carrying my computer to work by bike", "Backpacks"),
        ("睡醒脖子疼", "Pillows"),
        ("地板上都是猫毛", "Vacuum cleaners"),
        ("头皮痒头屑多", "Shampoo"),
    ],
)
def test_a_wish_finds_what_is_for_it_and_the_page_says_what_it_was_taken_for(
    shop: Generation, text: str, kind: str
) -> None:
    found = answer(shop, text)
    assert first(shop, text) == kind
    assert [note.split(":")[0] for note in found.notes] == ["meant"]
    assert found.kind is not None
    assert found.kind.source == "purpose"
    assert "(" in found.kind.evidence  # the phrase that is nearest


def test_a_wish_can_be_switched_off_for_a_search_and_for_a_shop(
    shop: Generation, folder: Path, encoders: Encoders, vectors: VectorCache
) -> None:
    text = "wake up with a stiff neck"
    assert not any(n.startswith("meant") for n in answer(shop, text, "wish").notes)
    options = IndexOptions(as_typed=("wish",))
    built = build(products(), encoders=encoders, cache=vectors, out=folder, options=options)
    assert not any(
        n.startswith("meant") for n in answer(Generation.open(built, encoders), text).notes
    )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SHOP)), st.integers(0, 5), st.booleans(), st.data())
def test_words_of_a_title_are_never_taken_for_a_wish(
    shop: Generation, path: tuple[str, str], number: int, chinese: bool, data: st.DataObject
) -> None:
    words = SHOP[path][chinese].format(f"X{number}").replace(",", "").split()
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    notes = answer(shop, " ".join(words[start:end])).notes
    assert not any(n.startswith("meant") for n in notes), notes


def test_of_a_thing_and_a_purpose_the_thing_is_asked_for(shop: Generation) -> None:
    assert categories(shop, "pillow for my stiff neck") == {"Pillows"}
    assert first(shop, "kettle that fits in a tiny student room") == "Kettles"


def clothes() -> list[Product]:
    """Without categories: titles alone say what they are."""
    titles = ("{} 立领 短款 风衣 女装", "{} 常规款 棉服 男装", "{} 加绒 小脚裤 女装")
    return [
        Product(
            product_id=f"{kind}-{i}",
            title_zh=title.format(f"原色{i}号"),
            attributes={"颜色": ("红色", "黑色")[i % 2]},
        )
        for kind, title in enumerate(titles)
        for i in range(8)
    ]


@pytest.mark.parametrize(
    "text", ["棉服 超长 里领 绿色", "女士短款里领风衣", "白色 标肫 高领 小脚裤"]
)
def test_a_name_beside_words_that_no_product_has_is_asked_for_without_categories_too(
    folder: Path, encoders: Encoders, vectors: VectorCache, text: str
) -> None:
    built = build(clothes(), encoders=encoders, cache=vectors, out=folder)
    found = answer(Generation.open(built, encoders), text)
    assert not any(n.startswith("meant") for n in found.notes)
    assert found.kind is not None
    assert found.kind.source == "name"


def test_what_a_wish_is_about_and_nothing_sold_is_for_is_owned_up_to(shop: Generation) -> None:
    for text in ("runny nose and itchy eyes", "weeds between my paving stones"):
        found = answer(shop, text)
        assert [n.split(":")[0] for n in found.notes] == ["not_sold"]
        assert not len(found.rows)
        assert len(found.alternatives)


def test_a_price_beside_a_wish_is_a_limit(
    folder: Path, encoders: Encoders, vectors: VectorCache
) -> None:
    priced = [
        replace(p, price_minor=10_000 + 1_000 * at, currency="USD")
        for at, p in enumerate(products())
    ]
    built = build(priced, encoders=encoders, cache=vectors, out=folder)
    found = answer(Generation.open(built, encoders), "wake up with a stiff neck under 900")
    assert [r.kind for r in found.read] == ["price"]
    assert any(n.startswith("meant:pillow") for n in found.notes)


def test_a_shop_says_itself_what_its_goods_are_for(
    folder: Path, encoders: Encoders, vectors: VectorCache, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.mkdir()
    text = "something to stand on while the choir sings"
    (words / "purposes.txt").write_text("Boots\tstanding on cold steps while the choir sings\n")
    built = build(products(), encoders=encoders, cache=vectors, out=folder, words=words)
    assert first(Generation.open(built, encoders), text) == "Boots"


@pytest.mark.parametrize("line", ["Boots", "\tcold feet", "Boots\t ; "])
def test_a_wrong_line_of_purposes_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "purposes.txt"
    path.write_text(f"# ours\nLamp\tdark hall\n{line}\n", encoding="utf-8")
    with pytest.raises(BrokenFile, match=r"line 3 of .*purposes\.txt"):
        parse_purposes(path)


def test_products_that_only_bear_the_name_of_a_kind_do_not_count_as_it() -> None:
    """A printer's drum is no instrument: its products are like what other kinds are for."""
    bag = WordBag("minilm")
    none, rows = np.empty(0, np.intp), np.arange(3)
    others = [KindForSale(f"k{i}", f"k{i}", [f"toner{i} pages"], none, False) for i in range(20)]
    kinds = [KindForSale("drum", "drum", ["band rehearsal rhythm"], rows, False), *others]
    instrument = bag.encode(["band rhythm"] * 3 + ["lamp"] * 20)
    printer = bag.encode(["pages " + " ".join(f"toner{i}" for i in range(20))] * 3 + ["lamp"] * 20)
    assert with_purpose_vectors(kinds, instrument, bag, None).is_trusted[0]
    assert not with_purpose_vectors(kinds, printer, bag, None).is_trusted[0]
    said_by_the_shop = [replace(kinds[0], is_own=True), *others]
    assert with_purpose_vectors(said_by_the_shop, printer, bag, None).is_trusted[0]
