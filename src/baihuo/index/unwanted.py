"""Reads what products shall not have: "not wireless", "without stand", 不防水, 不要蓝牙."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.core import Reading
from baihuo.index.catalogue_words import KindNames
from baihuo.index.known_phrases import find_phrases
from baihuo.index.lattice import Candidate, Text
from baihuo.index.phrases import rows_with, titles_with
from baihuo.index.query_limits import NotRead, Preference
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import bigrams, han_words, is_han, stem

_ENGLISH = re.compile(
    r"(?<![a-z0-9\-])(?:is |are |but )?(?P<denial>not|non|without|no|except|excluding|other than)(?: (?:for|a|an|any|the|from|by))?"
    r"[ \-](?P<word>[a-z][a-z0-9]+)(?![a-z0-9])"
)
# 有没有防水的耳机 and 要不要 are questions.
_CHINESE = re.compile(
    r"(?<![有要])(?P<denial>不想要|不要|不带|不含|不是|没有|除了|除去|除|不|无|非)的?(?P<word>[\u3400-\u9fff]+)"
)
_JUST_BEFORE = re.compile(
    r"(?:(?<![a-z0-9-])(?:not|non|without|no)[ -](?:an? |any )?|(?<![有要])(?:不想要|不要|不带|不含|不是|没有|除了|除去|除|不|非))$"
)
_JUST_AFTER = re.compile(r"之?以?外的?")
_SHORTEST = 3  # letters of a word that is no brand
_LEAST_TITLES = 3  # that have a compound, or a word for lacking something
_TWO = re.compile(r"[a-z]{3,} [a-z]{3,}(?![a-z0-9])")
_NO_WORDS = frozenset("for the with and too very more less only just that this matter".split())
DENIED_IN = (
    "title_en",
    "title_zh",
    "attributes",
    "brand",
)  # fields that say what a product is or has
_LACKING = "无"
_WITHOUT_END = "子"  # 帽子 is 帽


def unwanted(text: Text) -> Iterator[Candidate]:
    """Each denied word, or two that titles have side by side, the denial included: products must not be lifted by it.

    A denial that is a part of a name is none: titles say "non-stick" and 不锈钢 of what a product is.
    """
    folded = text.folded
    if "without" in text.as_typed:
        return
    denied = (*_ENGLISH.finditer(folded), *_CHINESE.finditer(folded))
    if not denied:  # as in most searches
        return
    kinds, snapshot = text.words.kinds, text.snapshot
    names = [(f.start, f.end) for f in find_phrases(folded, kinds.sold)]
    colours = () if "colour" in text.as_typed else text.words.colours.words  # read as such, denied
    for match in denied:
        start, at, word = match.start(), match.start("word"), match["word"]
        if is_han(word):
            word = _first_han(_before_kind(word, kinds), match["denial"], snapshot)
        elif two := _phrase_at(folded, at, kinds, snapshot):
            word = two
        if (
            not word
            or word in _NO_WORDS
            or word in colours
            or any(n < at < n_end for n, n_end in names)
        ):
            continue
        if len(word) < _SHORTEST and not is_han(word) and not _is_brand(word, snapshot):
            continue  # "not in"
        if match["denial"] == "non" and not len(rows_with(snapshot, terms_of(word), DENIED_IN)):
            continue  # "non-stick" where no title says so: the name of a property
        yield _candidate(start, end_of_denial(folded, at + len(word)), word, text)


def _candidate(start: int, end: int, word: str, text: Text) -> Candidate:
    words = text.folded[start:end].strip()
    written = dict.fromkeys([words, words.replace("-", " "), words.replace(" ", "-")])

    def doubt(beside: str) -> NotRead | None:
        return text.as_name("without", words, written)

    if lacking := word_for_lacking(word, text.snapshot):
        return Candidate("without", start, end, kept=lacking, doubt=doubt)
    if not (terms := denied_terms(word, text.snapshot)):
        return Candidate("without", start, end, note=f"unknown_word:{word}", doubt=doubt)
    reading = Reading(kind="without", text=words, values=(word,))
    preference = Preference(reading=reading, terms=tuple(terms))
    return Candidate("without", start, end, preferences=(preference,), doubt=doubt)


def end_of_denial(folded: str, end: int) -> int:
    """Where the denial of what ends at ``end`` ends: 除了黑色以外 denies with its last characters, too."""
    match = _JUST_AFTER.match(folded, end)
    return end if match is None else match.end()


def word_for_lacking(word: str, snapshot: Snapshot) -> str:
    """The word of titles for products that have none of something: *wireless*, 无袖; empty where there is none."""
    lacking = (
        f"{_LACKING}{word.removesuffix(_WITHOUT_END)}" if is_han(word) else f"{stem(word)}less"
    )
    has = titles_with(snapshot, lacking)
    return lacking if len(has) >= _LEAST_TITLES else ""


def _is_brand(word: str, snapshot: Snapshot) -> bool:
    return len(rows_with(snapshot, [stem(word)], ["brand"])) > 0


def denial_before(folded: str, start: int) -> int | None:
    """Where the denial of what stands at ``start`` begins: "not red", 不要红色; None where there is none."""
    match = _JUST_BEFORE.search(folded[:start])
    return None if match is None else match.start()


def _phrase_at(folded: str, at: int, kinds: KindNames, snapshot: Snapshot) -> str:
    """Two words that titles have side by side, "noise cancelling"; empty where the second names a kind."""
    two = _TWO.match(folded, at)
    if two is None or find_phrases(two.group().split()[1], kinds.sold):
        return ""
    return two.group() if len(titles_with(snapshot, two.group())) else ""


def _first_han(run: str, denial: str, snapshot: Snapshot) -> str:
    """The word that a Chinese run starts with; empty where no title or attribute has it: 非洲, 无印良品."""
    word = next((w for _, w in han_words(run)), "")
    is_sure = len(word) > 1 or len(denial) > 1 or denial == _LACKING
    return word if is_sure and denied_terms(word, snapshot) else ""


def _before_kind(run: str, kinds: KindNames) -> str:
    """What stands before the thing: 帽 of 帽卫衣, which is no word; the run, where it starts with the thing."""
    names = [f for f in find_phrases(run, kinds.known) if f.end == len(run)]
    return run[: names[-1].start] or run if names else run


def terms_of(words: str) -> list[str]:
    """The terms of a Chinese word, or of one or two English ones."""
    if is_han(words):
        return bigrams(words) or [words]
    return [stem(word) for word in words.split()]


def denied_terms(words: str, snapshot: Snapshot) -> list[tuple[str, ...]]:
    """What products must not have: alternatives, of each all terms. Of something worn or built in titles have compounds, of
    which all that end in it count: who wants no hood, 帽, wants nothing that is 连帽. Empty where no product has any."""
    terms = tuple(terms_of(words))
    if len(rows_with(snapshot, terms, DENIED_IN)):
        return [terms]
    end = words.removesuffix(_WITHOUT_END) if is_han(words) else ""
    if len(end) != 1:
        return []
    every = {t for s in snapshot.segments for t in s.terms if len(t) == 2 and t[1] == end}
    usual = (
        t for t in sorted(every) if is_han(t) and len(titles_with(snapshot, t)) >= _LEAST_TITLES
    )
    return [(term,) for term in usual]
