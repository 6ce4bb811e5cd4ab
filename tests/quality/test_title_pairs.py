"""Two titles compared exactly: what they share, and whether a difference is a typo or another product."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.quality.checks.near_duplicates.title_pairs import Compared, Titles
from baihuo.quality.checks.near_duplicates.title_words import MARK, TitleWords, flat

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


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sets(st.integers(1, 40), min_size=1, max_size=14), min_size=2, max_size=6),
    st.sampled_from([0.3, 0.5, 0.56, 0.7]),
)
@example([set(range(1, 15)), set(range(1, 26))], 0.56)  # 14 of 25: 0.56 × 25 is above 14 in floats
def test_pairs_are_kept_that_share_enough_as_counted_by_sets(
    sets: list[set[int]], bound: float
) -> None:
    """Every third word is a mark; a pair where both have a mark that the other lacks is left out."""
    words = [sorted(n << 2 | (int(MARK) if n % 3 == 0 else 0) for n in one) for one in sets]
    spelling = {w: "abcdefgh"[w % 8] * 3 for one in words for w in one}
    flat_words = np.array([w for one in words for w in one], np.uint64)
    titles = Titles(flat_words, np.cumsum([0, *map(len, words)]), spelling)
    pairs = [*combinations(range(len(sets)), 2)]
    kept = {pairs[at] for at in titles.compare(np.array(pairs), min_similarity=bound).at}
    wanted = set()
    for a, b in pairs:
        one, other = sets[a], sets[b]
        lone = [any(n % 3 == 0 for n in x) for x in (one - other, other - one)]
        if len(one & other) / len(one | other) >= bound and not all(lone):
            wanted.add((a, b))
    assert kept == wanted
