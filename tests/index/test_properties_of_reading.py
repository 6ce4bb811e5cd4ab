"""What holds of the reading of any search, whatever its words."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.index._shop import asked
from tests.index._wardrobe import WORDS_ONLY

from baihuo.core import Reading
from baihuo.index import Generation, answer_set
from baihuo.index.known_phrases import find_phrases
from baihuo.index.read_limits import READERS, Reader, read_limits

# Consonants alone: no word of a language, and none of the catalogue.
UNKNOWN = st.text("bdfgkpqvzj", min_size=6, max_size=10)
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@few
@given(word=UNKNOWN, is_first=st.booleans(), limit=st.sampled_from(["", " under 300", " women"]))
def test_a_word_that_nobody_knows_is_noted(
    generation: Generation, word: str, is_first: bool, limit: str
) -> None:
    text = (f"{word} shoes" if is_first else f"shoes {word}") + limit
    answer = answer_set(generation, asked(text), WORDS_ONLY)
    assert any(word in note for note in answer.notes), (text, answer.notes)


@few
@given(words=st.lists(st.sampled_from(["red", "women", "size 38", "under 300", "blue", "running"])))
def test_the_kind_asked_for_is_never_relaxed_away(generation: Generation, words: list[str]) -> None:
    answer = answer_set(generation, asked(" ".join([*words, "shoes"])), WORDS_ONLY)
    shoes = answer_set(generation, asked("shoes"), WORDS_ONLY)
    assert set(answer.rows.tolist()) <= set(shoes.rows.tolist())


SAID = [
    "red",
    "not black",
    "size 38",
    "xl",
    "38",
    "under 300",
    "女鞋",
    "5kg",
    "cheap",
    "gift for my mom",
    "gift for a boy 5",
    "2 x 8gb",
]


@few
@given(words=st.lists(st.sampled_from(SAID), max_size=5), order=st.permutations(READERS))
def test_the_order_of_the_readers_changes_nothing(
    generation: Generation, words: list[str], order: list[Reader]
) -> None:
    text = " ".join([*words, "shoes"])
    as_it_is = _read(generation, text)
    with patch("baihuo.index.read_limits.READERS", order):
        assert _read(generation, text) == as_it_is


def _read(generation: Generation, text: str) -> tuple[str, list[Reading]]:
    limits = read_limits(text, generation.snapshot, (), generation.lexicon.kinds.names)
    return limits.rest, sorted(limits.readings, key=str)


@few
@given(size=st.sampled_from(["5kg", "16gb", "13 inch", "2 x 8gb"]), is_first=st.booleans())
def test_what_may_be_an_age_is_of_the_measure(
    generation: Generation, size: str, is_first: bool
) -> None:
    gift = "gift for my mom"
    text = f"{size} shoes {gift}" if is_first else f"shoes {gift} {size}"
    kinds = {r.kind: r.text for r in generation.limits(text).readings}
    assert kinds["gift"] == gift
    assert "measure" in kinds


@few
@given(
    words=st.lists(st.sampled_from(["laptop", "bag", "case", "phone"]), min_size=2, max_size=4),
    extra=st.sets(st.sampled_from(["laptop", "bag", "case", "phone"])),
)
def test_the_longest_known_phrase_wins_over_those_inside_it(
    words: list[str], extra: set[str]
) -> None:
    text = " ".join(words)
    (found,) = find_phrases(text, {text, *extra})
    assert (found.key, found.start, found.end) == (text, 0, len(text))
