"""Two titles compared exactly: what they share, and whether a difference is a typo or another product."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.quality.checks.near_duplicates.title_pairs import Compared, Titles
from baihuo.quality.checks.near_duplicates.title_words import TitleWords, flat

RULES = NearDuplicatesRules()


def compared(a: str, b: str, *others: str, min_similarity: float = 0.5) -> Compared:
    title_words = TitleWords(RULES.says_nothing, RULES.tells_apart)
    titles = Titles(*flat(title_words([a, b, *others])), title_words.spelling_of)
    return titles.compare(np.array([[0, 1]]), min_similarity=min_similarity)


def test_similarity_is_shared_words_by_all_words() -> None:
    got = compared("red cotton mug large handle", "red cotton mug large spoon")
    assert got.similarity.tolist() == [round(4 / 6, 4)]
    assert got.is_swapped.tolist() == [True]  # a handle is no spoon


def test_a_mark_that_only_one_title_has_is_counted_and_one_on_each_side_ends_it() -> None:
    assert compared("mujia desk lamp r49 black", "mujia desk lamp r49").n_lone_marks.tolist() == [1]
    assert len(compared("mujia desk lamp r49 black", "mujia desk lamp r49 white").at) == 0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("norvik wireless mouse pad", "norvik wirelss mouse pad"),
        ("norvik wireless mouse pad", "norvik wireless mouse pads"),
        ("norvik power bank slim", "norvik powerbank slim"),
        ("诺维克 无线键盘 静音", "诺维克 无线建盘 静音"),
    ],
)
def test_a_typo_is_the_same_word(a: str, b: str) -> None:
    got = compared(a, b, *[f"{a} {i}" for i in range(5)], min_similarity=0.3)
    assert got.is_swapped.tolist() == [False]


def test_a_typo_that_many_made_is_still_one_next_to_a_word_that_thousands_use() -> None:
    """In a million titles "cofee" is in more than two; a word as frequent as the other is no typo."""
    often = [f"norvik coffee grinder {i}" for i in range(2_000)]
    typos = [f"hearthly cofee pot {i}" for i in range(8)]
    args = ("norvik coffee grinder steel", "norvik cofee grinder steel")
    assert compared(*args, *often, *typos).is_swapped.tolist() == [False]
    assert compared(*args, *often[:100], *typos).is_swapped.tolist() == [True]
    brands = [f"norvic coffee grinder {i}" for i in range(2_000)]
    args = ("norvik coffee grinder steel", "norvic coffee grinder steel")
    assert compared(*args, *often, *brands).is_swapped.tolist() == [True]
