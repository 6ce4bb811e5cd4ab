"""A word that no product has is read as one that says the same and that products have; what was read is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.index._shop import asked, bags, opened

from baihuo.core import BrokenFile, Product
from baihuo.index import Generation, IndexOptions, Thresholds, answer_set, build
from baihuo.index.known_phrases import phrase_key
from baihuo.index.read_as import load_read_as, same_words_lists

TITLES = {
    "wireless": "Acme {} wireless mouse",
    "wired": "Acme {} wired mouse",
    "waterproof": "Ridge {} waterproof backpack",
    "plain": "Ridge {} backpack",
}


def catalogue() -> list[Product]:
    return [
        Product(product_id=f"{kind}-{i}", title_en=title.format(f"X{i}"))
        for kind, title in TITLES.items()
        for i in range(5)
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(catalogue(), tmp_path_factory.mktemp("other"))


def found(shop: Generation, text: str) -> tuple[list[str], tuple[str, ...]]:
    answer = answer_set(shop, asked(text), Thresholds())
    return [str(shop.product_ids[r]).split("-")[0] for r in answer.rows[:5]], answer.notes


@pytest.mark.parametrize(
    ("text", "kind", "note"),
    [
        ("cordless mouse", "wireless", "read_as:cordless:wireless"),
        ("mouse corded", "wired", "read_as:corded:wired"),
        ("water-resistant backpack", "waterproof", "read_as:water-resistant:waterproof"),
        ("water resistant backpack", "waterproof", "read_as:water resistant:waterproof"),
        ("无线 mouse", "wireless", "read_as:无线:wireless"),
    ],
)
def test_another_word_for_the_same_is_read(
    shop: Generation, text: str, kind: str, note: str
) -> None:
    assert found(shop, text) == ([kind] * 5, (note,))


def test_a_word_that_a_product_has_means_itself(tmp_path: Path) -> None:
    named = Product(product_id="named", title_en="Vintage cordless mouse")
    shop = opened([*catalogue(), named], tmp_path)
    rows, notes = found(shop, "cordless mouse")
    assert rows[0] == "named"
    assert notes == ()
    shop.remove(["named"])


def test_a_name_of_goods_stays(shop: Generation) -> None:
    _, notes = found(shop, "cordless phone")
    assert not any(note.startswith("read_as") for note in notes)


def test_it_can_be_switched_off_for_a_search_and_for_a_shop(
    shop: Generation, tmp_path: Path
) -> None:
    answer = answer_set(shop, asked("cordless mouse", as_typed=("spelling",)), Thresholds())
    assert not any(note.startswith("read_as") for note in answer.notes)
    options = IndexOptions(mines_synonyms=False)
    folder = build(catalogue(), encoders=bags(), cache=None, out=tmp_path, options=options)
    _, notes = found(Generation.open(folder, bags()), "cordless mouse")
    assert not any(note.startswith("read_as") for note in notes)


def test_every_line_of_the_list_has_several_words() -> None:
    lines = same_words_lists()
    assert len(lines) > 100
    for words in lines:
        assert len({phrase_key(w) for w in words}) > 1, words
        assert all(phrase_key(w) for w in words), words


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "3",
        '{"format": 1}',
        '[{"word": "nylon"}]',
        '[{"word": 3, "also": "x", "n_titles": 3, "agreement": 1.0, "source": "list"}]',
        '[{"word": "x", "also": "y", "n_titles": 3, "agreement": "high", "source": "list"}]',
    ],
)
def test_a_file_that_was_damaged_by_hand_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "mined_synonyms.json").write_text(content, encoding="utf-8")
    with pytest.raises(BrokenFile, match=r"mined_synonyms\.json"):
        load_read_as(tmp_path)
