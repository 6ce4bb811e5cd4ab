"""Words that titles in two languages share find each other, with evidence that people can read, and can be switched off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.index._shop import asked, bags

from baihuo.core import BrokenFile, Product
from baihuo.index import Generation, IndexOptions, Thresholds, answer_set, build
from baihuo.index.mined_synonyms import load_mined

MATERIALS = {"nylon": "尼龙", "canvas": "帆布", "leather": "真皮"}


def catalogue() -> list[Product]:
    both = [
        Product(
            product_id=f"{en}-{i}",
            title_en=f"Acme Ridge X{i} Backpack, {en}",
            title_zh=f"山脊X{i} 双肩包 {zh}",
            category=("Bags", "Backpacks"),
        )
        for en, zh in MATERIALS.items()
        for i in range(10)
    ]
    only = [
        Product(product_id=f"zh-{en}", title_zh=f"通勤 双肩包 {zh}", category=("Bags", "Backpacks"))
        for en, zh in MATERIALS.items()
    ]
    return [*both, *only]


def opened(out: Path, *, mines_synonyms: bool = True) -> Generation:
    folder = build(
        catalogue(),
        encoders=bags(),
        cache=None,
        out=out,
        options=IndexOptions(mines_synonyms=mines_synonyms),
    )
    return Generation.open(folder, bags())


def with_all_words(shop: Generation, text: str) -> set[str]:
    answer = answer_set(shop, asked(text), Thresholds(calibrations={}))
    return {str(shop.product_ids[row]) for row in answer.rows[answer.is_lexical]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(tmp_path_factory.mktemp("mined"))


@pytest.mark.parametrize("text", ["nylon backpack", "尼龙双肩包"])
def test_a_title_in_the_other_language_alone_is_found(shop: Generation, text: str) -> None:
    assert with_all_words(shop, text) == {"zh-nylon", *(f"nylon-{i}" for i in range(10))}


def test_what_was_learned_is_a_file_with_its_evidence(tmp_path: Path) -> None:
    opened(tmp_path)
    (file,) = tmp_path.glob("*/mined_synonyms.json")
    learned = {(one["word"], one["also"]): one for one in json.loads(file.read_text("utf-8"))}
    assert learned["nylon", "尼龙"] == {
        "word": "nylon",
        "also": "尼龙",
        "n_titles": 10,
        "agreement": 1.0,
        "source": "titles",
    }
    assert not any("真皮" in pair for pair in learned if "nylon" in pair)


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    shop = opened(tmp_path, mines_synonyms=False)
    assert "zh-nylon" not in with_all_words(shop, "nylon backpack")


def test_titles_in_one_language_teach_nothing(tmp_path: Path) -> None:
    made = [Product(product_id=f"{i}", title_en=f"Acme Bag nylon X{i}") for i in range(20)]
    shop = Generation.open(build(made, encoders=bags(), cache=None, out=tmp_path), bags())
    assert not [p for of in shop.lexicon.mined.values() for p in of if p.source == "titles"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "3",
        '{"format": 1}',
        '[{"word": "nylon"}]',
        '[{"word": 3, "also": "x", "n_titles": 3, "agreement": 1.0}]',
        '[{"word": "x", "also": "y", "n_titles": 3, "agreement": "high"}]',
    ],
)
def test_a_file_that_was_damaged_by_hand_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "mined_synonyms.json").write_text(content, encoding="utf-8")
    with pytest.raises(BrokenFile, match=r"mined_synonyms\.json"):
        load_mined(tmp_path)
