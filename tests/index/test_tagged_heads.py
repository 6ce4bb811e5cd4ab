"""Where nothing has a category, what the shop's tagger finds in titles names kinds, and what is called so comes first."""

from __future__ import annotations

from pathlib import Path

from tests.index._shop import asked, bags

from baihuo.core import Product
from baihuo.index import Generation, Thresholds, TitleTagger, answer_set, build

NAME = "打底衫"


def products(*, category: tuple[str, ...] = ()) -> list[Product]:
    named = [
        Product(product_id=f"shirt-{i}", title_zh=f"加厚X{i} {NAME}", category=category)
        for i in range(4)
    ]
    others = [
        Product(product_id=f"skirt-{i}", title_zh=f"{NAME} 同款X{i} 短裙", category=category)
        for i in range(4)
    ]
    return [*others, *named]


def things(title: str) -> list[str]:
    return [NAME] if title.endswith(NAME) else []


def opened(out: Path, catalogue: list[Product], tagger: TitleTagger | None) -> Generation:
    made = build(catalogue, encoders=bags(), cache=None, out=out, tagger=tagger)
    return Generation.open(made, bags())


def kind_and_first(shop: Generation) -> tuple[str, list[str]]:
    answer = answer_set(shop, asked(NAME), Thresholds(calibrations={}))
    first = sorted(str(shop.product_ids[row]) for row in answer.rows[:4])
    return "" if answer.kind is None else answer.kind.phrase, first


def test_what_the_tagger_calls_so_comes_first(tmp_path: Path) -> None:
    shop = opened(tmp_path, products(), TitleTagger("1", things))
    assert kind_and_first(shop) == (NAME, [f"shirt-{i}" for i in range(4)])


def test_without_a_tagger_and_with_categories_the_list_decides_alone(tmp_path: Path) -> None:
    assert NAME not in opened(tmp_path, products(), None).lexicon.kinds.keys
    sorted_in = products(category=("服装",))
    shop = opened(tmp_path, sorted_in, TitleTagger("1", things))
    assert NAME not in shop.lexicon.kinds.keys


def test_a_name_of_two_titles_is_none(tmp_path: Path) -> None:
    shop = opened(tmp_path, products()[:6], TitleTagger("1", things))
    assert NAME not in shop.lexicon.kinds.keys


def test_another_tagger_makes_another_index(tmp_path: Path) -> None:
    ids = {
        opened(tmp_path, products(), tagger).index_id
        for tagger in (None, TitleTagger("1", things), TitleTagger("2", things))
    }
    assert len(ids) == 3
