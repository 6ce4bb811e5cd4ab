"""Parses a query text: the kind asked for, and groups of alternative terms, one group for each word."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from baihuo.core import has_han
from baihuo.encode import Encoders
from baihuo.index.function_words import function_words, unnamed_words
from baihuo.index.goods import general_goods
from baihuo.index.kind_match import QueryKind
from baihuo.index.kinds import Kinds
from baihuo.index.known_phrases import MARK, find_phrases, folded, phrase_key
from baihuo.index.known_terms import n_rows
from baihuo.index.phrases import rows_of_heads, rows_with, titles_with
from baihuo.index.pinyin import Sounds
from baihuo.index.postings import FIELDS
from baihuo.index.query_kind import Nearest, read_kind, same_words
from baihuo.index.read_as import ReadAs, words_read_as
from baihuo.index.snapshot import Snapshot
from baihuo.index.spelling import Surfaces, corrected
from baihuo.index.words import (
    bigrams,
    han_words,
    is_han,
    latin_stems,
    latin_words,
    query_words,
    stem,
)

_MOST_OTHERWISE = 0.5  # share of the titles of a kind that have other names than the typed one
_OTHERWISE = 0.4  # weight of such a title, where all have
_A_PAGE = 24  # titles with the typed name: the others need not be looked for
_MAX_WORDS = 12  # longer texts are cut off
_AROUND = 40  # characters on each side that decide whether 的 joins a name; a name is far shorter
_NEIGHBOURS = re.compile(r"(?<![a-z0-9-])([a-z]{2,}) (?=([a-z]{2,})(?![a-z0-9-]))")
_DIGIT_IN_A_WORD = re.compile(r"(?<![a-z0-9.])([1-9])([\u4e00-\u9fff])")
_NUMERALS = "零一二三四五六七八九"
_LINK, _SUFFIX = "的", "子"
SPELLING = "spelling"  # the reading that a visitor can switch off


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One word of the query: any of its terms matches, each with a weight up to 1."""

    word: str
    terms: tuple[tuple[str, float], ...]
    names_kind: bool = False  # products of the kind have it, whatever their titles call them
    heads: tuple[
        str, ...
    ] = ()  # other names of the kind: a title with one as its head matches, too
    head_weight: float = 0.0  # of such a title, beside 1 of one that has a term once


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The words of the query as groups, the kind, and notes on changes, which the page shows."""

    text: str  # folded and corrected
    groups: tuple[TermGroup, ...]
    notes: tuple[str, ...] = ()
    kind: QueryKind | None = None
    not_sold: str = ""  # words for something that is not sold: nothing answers the query
    unfound: tuple[str, ...] = ()  # typed words that no product has; notes leave out the shortest


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """What is known of words beside the terms of the index."""

    kinds: Kinds
    surfaces: Surfaces
    sounds: Sounds = field(default_factory=Sounds)
    read_as: ReadAs = field(default_factory=dict)  # words that mean the same


def parse_query(
    text: str,
    snapshot: Snapshot,
    lexicon: Lexicon,
    encoders: Encoders,
    nearest: Nearest,
    as_typed: Collection[str] = (),
) -> ParsedQuery:
    """Parse a query.

    Args:
        text: as typed.
        snapshot: the index now.
        lexicon: of this generation.
        encoders: whose vocabulary says what is a word of the language.
        nearest: for words that no product has.
        as_typed: readings to leave out: ``spelling``.
    """
    simple = _without_links(folded(text), lexicon.kinds.keys, snapshot)
    simple = _with_split_names(simple, lexicon.kinds.keys, snapshot)
    simple = _with_numerals(simple, snapshot)
    notes: list[str] = []
    if SPELLING not in as_typed:
        simple, also = words_read_as(simple, snapshot, lexicon.read_as, lexicon.kinds.keys)
        simple, corrections = spelled(simple, snapshot, lexicon, encoders)
        notes = [*also, *corrections]
    reading = read_kind(simple, lexicon.kinds, snapshot, nearest)
    if reading.not_sold:
        notes.append(f"not_sold:{_plain(reading.not_sold)}")
        return ParsedQuery(simple, (), tuple(notes), not_sold=reading.not_sold)
    kind = reading.kind
    if kind is None:
        groups = tuple(_groups(simple, snapshot))
        return ParsedQuery(simple, groups, tuple(notes), unfound=_unfound(groups))
    groups, unfound, kind_notes = _groups_with_kind(simple, kind, snapshot)
    return ParsedQuery(simple, groups, (*notes, *kind_notes), kind, unfound=unfound)


def _groups_with_kind(
    simple: str, kind: QueryKind, snapshot: Snapshot
) -> tuple[tuple[TermGroup, ...], tuple[str, ...], list[str]]:
    """The groups of a text with a kind, those that name it last, the words that no product has, and notes on them."""
    rest = f"{simple[: kind.start]} {simple[kind.end :]}"
    named = _naming(kind, snapshot)
    others = _groups(rest, snapshot) if kind.end else []
    if not kind.end:  # the whole text says the kind: its words may describe it, too
        words = set(query_words(kind.phrase))
        others = [g for g in _groups(simple, snapshot) if g.word not in words]
    known = [g for g in others if g.terms]
    notes = _unknown_notes(rest if kind.end else simple, others, kind, snapshot)
    return (*known, *(named or [_kind_group(kind)])), _unfound(others), notes


def _naming(kind: QueryKind, snapshot: Snapshot) -> list[TermGroup]:
    """The groups that name the kind. Where no category says what is of the kind, and the catalogue calls most of it
    otherwise than typed, titles with the other names match nearly as well."""
    groups = [TermGroup(g.word, g.terms, True) for g in _groups(kind.phrase, snapshot)]
    if kind.is_certain:
        return groups
    n_typed = len(rows_of_heads(snapshot, kind.keys[:1]))
    if n_typed >= _A_PAGE:
        return groups
    n_called = len(rows_of_heads(snapshot, kind.keys))
    share = 1 - n_typed / n_called if n_called else 0.0
    if share < _MOST_OTHERWISE:
        return groups
    others = tuple(k for k in kind.keys[1:] if not kind.keys[0].endswith(f" {k}"))
    weight = _OTHERWISE * share
    return [replace(g, heads=others, head_weight=weight) for g in groups or [_kind_group(kind)]]


def _unfound(groups: Iterable[TermGroup]) -> tuple[str, ...]:
    return tuple(g.word for g in groups if not g.terms and g.word not in unnamed_words())


def _without_links(text: str, keys: Collection[str], snapshot: Snapshot) -> str:
    """The text without 的 between two words: as one where that makes a name (手机的壳), else with a mark between them,
    after which stands what is asked for. With it where products have that (我的世界). Without the ending of a name that
    only sounds fuller (壳子)."""
    for start, word in reversed(list(han_words(text))):
        if word[-1] == _SUFFIX and word[:-1] in keys and word not in keys:
            if not n_rows(snapshot, word):
                text = text[: start + len(word) - 1] + text[start + len(word) :]  # 壳子 is 壳
            continue
        around = text[start - 1 : start + 2] if start else ""
        is_between = len(around) == 3 and is_han(around[0]) and is_han(around[2])
        if word != _LINK or not is_between or all(n_rows(snapshot, p) for p in bigrams(around)):
            continue
        joined = text[:start] + text[start + 1 :]
        first = max(0, start - _AROUND)
        near = find_phrases(joined[first : start + _AROUND], keys)
        makes_a_name = any(f.start < start - first < f.end for f in near)
        text = joined if makes_a_name else text[:start] + MARK + text[start + 1 :]
    return text


def _with_numerals(text: str, snapshot: Snapshot) -> str:
    """The text with Chinese numerals for digits, where products write them so before the next character: 5分裤 is 五分裤."""

    def written(match: re.Match[str]) -> str:
        numeral = _NUMERALS[int(match[1])]
        pair = bigrams(numeral + match[2])[0]
        is_usual = n_rows(snapshot, pair) and not len(titles_with(snapshot, match.group()))
        return (numeral if is_usual else match[1]) + match[2]

    return _DIGIT_IN_A_WORD.sub(written, text)


def _with_split_names(text: str, keys: Collection[str], snapshot: Snapshot) -> str:
    """The text with two English words as one where that names a kind and no product has one of the two: "lap top"."""
    for match in _NEIGHBOURS.finditer(text):
        first, second = match[1], match[2]
        is_name = phrase_key(first + second) in keys
        is_split = is_name and phrase_key(f"{first} {second}") not in keys
        if is_split and not all(n_rows(snapshot, stem(word)) for word in (first, second)):
            return text.replace(f"{first} {second}", first + second)
    return text


def _kind_group(kind: QueryKind) -> TermGroup:
    return TermGroup(kind.phrase, (), True)


def _plain(words: str) -> str:
    return words.replace(":", " ").replace(MARK, _LINK if has_han(words) else " ").strip()


def spelled(
    simple: str, snapshot: Snapshot, lexicon: Lexicon, encoders: Encoders
) -> tuple[str, list[str]]:
    """The text with misspelt words corrected, and a note for each."""
    notes = []
    known, brands = lexicon.kinds.keys, general_goods().brands
    in_brands = {w for f in find_phrases(simple, brands) for w in f.key.split(" ")}

    def is_known(word: str) -> bool:
        key = latin_stems(word)[0]
        return key in known or key in in_brands or encoders.has_word(word)

    for word in dict.fromkeys(latin_words(simple)):
        if n_rows(snapshot, stem(word)):
            continue
        if apart := _apart(word, known):
            simple = simple.replace(word, apart)
            continue
        near = corrected(word, lexicon.surfaces, is_known=is_known)
        if near is not None:
            notes.append(f"corrected:{word}:{near}")
            simple = simple.replace(word, near)
    return simple, notes


def _apart(word: str, known: Collection[str]) -> str | None:
    """A kind of two words that was written as one: "powerbank"."""
    for cut in range(3, len(word) - 2):
        if f"{latin_stems(word[:cut])[0]} {latin_stems(word[cut:])[0]}" in known:
            return f"{word[:cut]} {word[cut:]}"
    return None


def _unknown_notes(
    rest: str, groups: list[TermGroup], kind: QueryKind, snapshot: Snapshot
) -> list[str]:
    """Notes on words beside a known kind that no product has."""
    brands = general_goods().brands
    notes, in_brand = [], set()
    for found in find_phrases(rest, brands):
        words = query_words(rest[found.start : found.end])
        if not all(n_rows(snapshot, w) for w in words):
            notes.append(f"unknown_brand:{_plain(rest[found.start : found.end])}")
            in_brand |= set(words)
    is_brand = kind.source == "clicks" and phrase_key(kind.phrase) in brands
    if (kind.source == "brand" or is_brand) and not notes:
        notes.append(f"unknown_brand:{_plain(kind.phrase)}")
    if kind.source == "broader":
        notes.append(f"unknown_word:{_plain(kind.phrase)}")
    unknown = {g.word for g in groups if not g.terms and g.word not in in_brand}
    if kind.source == "meaning":
        unknown = {w for w in query_words(rest) if not n_rows(snapshot, w)}
    named = _as_written(rest, unknown - unnamed_words())
    return notes + [f"unknown_word:{_plain(word)}" for word in named]


def _as_written(text: str, unknown: Collection[str]) -> list[str]:
    """The unknown words as they stand in a folded text. Chinese ones side by side are one word that the dictionary does
    not have, and one character or letter alone is no word."""
    found = {w: None for w in latin_words(text) if len(w) > 1 and latin_stems(w)[0] in unknown}
    run, end = "", -1
    for start, word in (*han_words(text), (len(text) + 1, "")):
        if word not in unknown or start != end:
            found |= {run: None} if len(run) > 1 else {}
            run = ""
        run += word if word in unknown else ""
        end = start + len(word)
    return list(found)


def _groups(text: str, snapshot: Snapshot) -> list[TermGroup]:
    """Words as groups: compounds ("head set" finds headset), split words."""
    typed = query_words(text)
    naming = [w for w in typed if w not in function_words()]
    groups = _groups_of(naming[:_MAX_WORDS], snapshot)
    return groups if any(g.terms for g in groups) else _groups_of(typed[:_MAX_WORDS], snapshot)


def _groups_of(words: list[str], snapshot: Snapshot) -> list[TermGroup]:
    groups: list[TermGroup] = []
    for word in words:
        if gifts := [t for t in same_words(word) if n_rows(snapshot, t)]:
            groups.append(TermGroup(word, tuple((t, 1.0) for t in gifts)))
        elif n_rows(snapshot, word):
            groups.append(TermGroup(word, ((word, 1.0),)))
        elif is_han(word):
            found = [b for b in bigrams(word) if n_rows(snapshot, b)]
            groups.extend(TermGroup(b, ((b, 0.8),)) for b in found)
            if not found:
                groups.append(TermGroup(word, ()))
        elif parts := _parts_of(word, snapshot):
            groups.extend(TermGroup(p, ((p, 1.0),)) for p in parts)
        else:
            groups.append(TermGroup(word, ()))
    return _with_compounds(groups, words, snapshot)


def _parts_of(word: str, snapshot: Snapshot) -> tuple[str, str] | None:
    """Two words of the index that a Latin word is made of; None if there are none. With digits it is cut only where these
    begin or end, and only if a product has both parts: nothing of a model number is taken for another one."""
    has_digits = any(map(str.isdigit, word))
    for cut in range(2, len(word) - 1):
        if has_digits and word[cut - 1].isdigit() == word[cut].isdigit():
            continue
        parts = word[:cut], stem(word[cut:])
        if not all(len(p) > 1 and n_rows(snapshot, p) >= 2 for p in parts):
            continue
        if not has_digits or len(rows_with(snapshot, parts, FIELDS)):
            return parts
    return None


def _with_compounds(
    groups: list[TermGroup], words: list[str], snapshot: Snapshot
) -> list[TermGroup]:
    """Let two adjacent words also match their compound, if a product writes them as one word."""
    joined = list(groups)
    for i in range(len(groups) - 1):
        left, right = groups[i], groups[i + 1]
        if left.word not in words or right.word not in words or is_han(left.word + right.word):
            continue
        one = left.word + right.word
        if len(one) >= 4 and n_rows(snapshot, one):
            for at in (i, i + 1):
                joined[at] = TermGroup(joined[at].word, (*joined[at].terms, (one, 1.0)))
    return joined
