"""Titles as sets of words: the words of a title do not depend on which were read before it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.quality.checks.near_duplicates.title_words import MARK, TitleWords

RULES = NearDuplicatesRules()
PARTS = "黑色|手机|男|女装|黑色手机|三件套|Norvik|black|M94|500ml|2024新款|１００页|s|cofee".split(
    "|"
)


def words(*titles: str) -> list[set[int]]:
    title_words = TitleWords(RULES.says_nothing, RULES.tells_apart)
    return [set(title_words([title]).to_pylist()[0]) for title in titles]


def test_a_chinese_colour_tells_products_apart_in_every_title_and_not_only_in_the_first() -> None:
    first, second = words("耳机 黑色", "耳机 黑色")  # one batch after the other
    assert first == second
    assert sum(word & int(MARK) > 0 for word in second) == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map(" ".join), max_size=6))
def test_what_a_title_says_does_not_depend_on_those_before_it(titles: list[str]) -> None:
    assert words(*titles) == [words(title)[0] for title in titles]
    at_once = TitleWords(RULES.says_nothing, RULES.tells_apart)(titles).to_pylist()
    assert [set(words_) for words_ in at_once] == words(*titles)


def test_the_year_that_sellers_put_before_a_title_says_nothing() -> None:
    plain, *dressed = words(
        "耳机 M94",
        "2024新款 耳机 M94",
        "２０２４新款耳机 M94",
        "【正品】2024新款 耳机 M94 全国包邮",
        "2025款 耳机 M94",
    )
    assert dressed == [plain] * 4


def test_a_measure_is_one_word_however_it_is_written() -> None:
    assert (
        len(
            {
                frozenset(w)
                for w in words("水杯 1.5升", "水杯 1.5 L", "水杯 1500ml", "水杯 １．５Ｌ")
            }
        )
        == 1
    )
