"""Finds known phrases in texts of two scripts: English ones by their stems, Chinese ones by their characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from baihuo.core import fold, has_han
from baihuo.index.traditional import to_simplified
from baihuo.index.words import han_word_ends, latin_stems, plain_han_word_ends

TOKEN = re.compile(r"[^\W_]+")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_PART_END = re.compile(r"[,;:(|–—/]| - | for | with | without | in | from ")
_NO_SPACE = re.compile(r"\S+")
MARK = "·"
"""Stands in a text where 的 or a measure between two words was taken out."""
_LONGEST_HAN = 8  # characters of the longest Chinese phrase that is looked up
_LONGEST_LATIN = 4  # words of the longest English phrase


@dataclass(frozen=True, slots=True)
class FoundPhrase:
    """A known phrase in a folded text."""

    key: str  # of :func:`phrase_key`
    start: int  # characters, end excluded
    end: int


def folded(text: str) -> str:
    """The form of a text in which phrases are found: folded, in simplified characters."""
    return to_simplified(fold(text))


def phrase_key(phrase: str) -> str:
    """The key of a phrase: stems, or Chinese characters without spaces; equal keys are the same phrase.

    >>> phrase_key("Running Shoes"), phrase_key("T恤")
    ('run shoe', 't恤')
    """
    text = folded(phrase)
    return text.replace(" ", "") if has_han(text) else " ".join(latin_stems(text))


def find_phrases(text: str, keys: Collection[str]) -> list[FoundPhrase]:
    """Phrases of ``keys`` in a folded text, in order; the longest where several end or overlap."""
    found = _latin(text, keys)
    if has_han(text):
        found += _han(text, keys)
    found.sort(key=lambda f: (f.end, f.start))
    kept: list[FoundPhrase] = []
    for one in found:
        while kept and one.start <= kept[-1].start:
            kept.pop()  # inside this one
        kept.append(one)
    return kept


def _latin(text: str, keys: Collection[str]) -> list[FoundPhrase]:
    spans, ending = _latin_keys(text)
    found = []
    for last, of_last in enumerate(ending):
        for first, key in of_last:
            if key in keys and (first == last or _is_one_phrase(text, spans[first : last + 1])):
                found.append(FoundPhrase(key, spans[first][0], spans[last][1]))
                break
    return found


@lru_cache(maxsize=64)
def _latin_keys(
    text: str,
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[tuple[int, str], ...], ...]]:
    """Where the words of a text stand, and the keys of the phrases that end with each, the longest first, with the place of
    their first word. One query is looked through for several sets of names."""
    spans = tuple(m.span() for run in _not_han(text) for m in TOKEN.finditer(text, *run))
    stems = [latin_stems(text[a:b])[0] for a, b in spans]
    ending = tuple(
        tuple(
            (first, " ".join(stems[first : last + 1]))
            for first in range(max(0, last + 1 - _LONGEST_LATIN), last + 1)
        )
        for last in range(len(stems))
    )
    return spans, ending


def _is_one_phrase(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    gaps = pairwise(spans)
    return all(re.fullmatch(r"[\s\-'’&+.·]*", text[a[1] : b[0]]) for a, b in gaps)


def han_runs(text: str) -> list[str]:
    """The runs of Chinese characters of a folded text."""
    return _HAN_RUN.findall(text)


def _not_han(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for run in _HAN_RUN.finditer(text):
        if run.start() > start:
            yield start, run.start()
        start = run.end()
    if start < len(text):
        yield start, len(text)


def _han(text: str, keys: Collection[str]) -> list[FoundPhrase]:
    found = []
    for run in _HAN_RUN.finditer(text):
        ends = han_word_ends(run.group())
        # Where a guessed word ends in the middle of a name, the name counts: 床包 in 床 + 包组.
        plain = [e for e in plain_han_word_ends(run.group()) if e not in ends]
        for at in sorted([*ends, *plain]):
            end = run.start() + at
            shortest = 2 if at in plain else 1
            for start in range(max(0, end - _LONGEST_HAN), end + 1 - shortest):
                if text[start:end] in keys:
                    found.append(FoundPhrase(text[start:end], start, end))
                    break
    return found


def heads(
    title: str,
    keys: Collection[str],
    own: Collection[str] = (),
    named: Collection[str] = (),
    described: Collection[str] = (),
    is_broader: Callable[[str, str], bool] = lambda broad, narrow: False,
) -> set[str]:
    """Keys of the phrases that name what a title is about, without those that only describe it.

    English: the last phrase of the first part of the title that has one ("Phone *Case* for Nova").
    Chinese: in the first run that has one, every phrase that is not directly followed by another (手机*壳*).

    Args:
        title: of a product, in one language.
        keys: of all known phrases.
        own: names of the product's own category. If the title has any, the others only describe it
            (a shampoo with *green tea*), unless it is directly followed by the name of another category
            (a *notebook* mouse among the notebooks).
        named: names of all categories.
        described: values of the product's attributes: they name nothing (a toothpaste, *green tea*).
        is_broader: whether a first phrase names a broader kind than a second, which it may follow: 牛仔裤男装 is 牛仔裤.
    """
    text = folded(title)
    is_chinese = has_han(text)
    bounds = [m.span() for m in _NO_SPACE.finditer(text)] if is_chinese else parts(text)
    first: list[FoundPhrase] = []
    for start, end in bounds:
        found = find_phrases(text[start:end], keys)
        if is_chinese:
            found = [f for f in found if has_han(f.key)]
        next_to = _next_to(text[start:end], found)
        pairs = list(zip(found, next_to, strict=True))
        sure = [f.key for f, k in pairs if k not in named or k in described]
        if names := {key for key in sure if ends_with_any(key, own)}:
            return names
        first = first or [f for f, k in pairs if not k or is_broader(k, f.key)]
    return {f.key for f in (first if is_chinese else first[-1:])}


def ends_with_any(key: str, names: Collection[str]) -> bool:
    """Whether a phrase is or ends with one of some names: a laptop backpack is a backpack."""
    if key in names:
        return True
    if has_han(key):
        return any(key[i:] in names for i in range(1, len(key) - 1))
    words = key.split(" ")
    return any(" ".join(words[i:]) in names for i in range(1, len(words)))


def _next_to(text: str, found: list[FoundPhrase]) -> list[str]:
    """For each phrase the key of the one that directly follows it, or empty."""
    followed = ["" if text[f.end : g.start].strip(" -") else g.key for f, g in pairwise(found)]
    return [*followed, ""][: len(found)]


def parts(text: str) -> list[tuple[int, int]]:
    """Start and end of the parts of an English text between commas, brackets and prepositions."""
    bounds, start = [], 0
    for mark in _PART_END.finditer(text):
        bounds.append((start, mark.start()))
        start = mark.end()
    return [*bounds, (start, len(text))]
