"""Parses a query text into groups of alternative terms, one group for each word."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from baihuo.index.snapshot import Snapshot
from baihuo.index.words import bigrams, is_han, query_words, stem

_MAX_WORDS = 12  # longer texts are cut off


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One word of the query: any of its terms matches, each with a weight up to 1."""

    word: str
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The words of the query as groups, and notes on changes, which the page shows."""

    groups: tuple[TermGroup, ...]
    notes: tuple[str, ...] = ()


def n_rows(snapshot: Snapshot, term: str) -> int:
    """Number of rows that have a term in any field (a lower bound: the maximum over fields)."""
    total = 0
    for segment in snapshot.segments:
        number = segment.terms.get(term)
        if number is not None:
            total += max(p.n_rows(number) for p in segment.postings.values())
    return total


def parse_query(text: str, snapshot: Snapshot) -> ParsedQuery:
    """Parse words into groups: compounds ("head set" finds headset), split words, spelling correction."""
    words = query_words(text)[:_MAX_WORDS]
    groups: list[TermGroup] = []
    notes: list[str] = []
    for word in words:
        if n_rows(snapshot, word):
            groups.append(TermGroup(word, ((word, 1.0),)))
        elif is_han(word):
            found = [b for b in bigrams(word) if n_rows(snapshot, b)]
            groups.extend(TermGroup(b, ((b, 0.8),)) for b in found)
            if not found:
                groups.append(TermGroup(word, ()))
        else:
            groups.extend(_unknown(word, snapshot, notes))
    return ParsedQuery(tuple(_with_compounds(groups, words, snapshot)), tuple(notes))


def _unknown(word: str, snapshot: Snapshot, notes: list[str]) -> list[TermGroup]:
    """A Latin word that no product has: a misspelt word, or two words written as one."""
    near = _spelling(word, snapshot)
    if near is not None:
        notes.append(f"corrected:{word}:{near}")
        return [TermGroup(word, ((near, 0.8),))]
    for cut in range(2, len(word) - 1):
        parts = word[:cut], stem(word[cut:])
        if all(len(p) > 1 and n_rows(snapshot, p) >= 2 for p in parts):
            return [TermGroup(p, ((p, 1.0),)) for p in parts]
    return [TermGroup(word, ())]


def _spelling(word: str, snapshot: Snapshot) -> str | None:
    if len(word) < 4 or any(c.isdigit() for c in word):
        return None  # short words and numbers have too many unrelated neighbours
    max_distance = 1 if len(word) < 8 else 2
    best: tuple[int, int, str] | None = None
    for segment in snapshot.segments:
        near = extract(
            word,
            segment.terms.keys(),
            scorer=DamerauLevenshtein.distance,
            score_cutoff=max_distance,
            limit=20,
        )
        for term, distance, _ in near:
            if term[0] != word[0] or not term.isalpha():
                continue
            entry = (-int(distance), n_rows(snapshot, term), term)
            best = entry if best is None else max(best, entry)
    return None if best is None else best[2]


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
