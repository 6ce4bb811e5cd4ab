"""Words that no product has, read as those that mean the same and that products have: *cordless mouse* as *wireless mouse*.

Pairs are of two sources: ``other_words.txt``, general words that say the same, of which a catalogue uses one, and visits in which
shoppers put a search otherwise (:mod:`baihuo.index.searched_synonyms`). A name of a kind of goods is left to the reading of kinds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from baihuo.core import BrokenFile, has_han
from baihuo.index.known_phrases import find_phrases, phrase_key
from baihuo.index.known_terms import is_unknown
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import phrase_terms

NOTE = "read_as"
"""Starts the note of a page on a word that was read as another one."""
SEARCHED_FILE = "searched_synonyms.json"
"""Of the search log, beside that of the catalogue."""
MIN_PRODUCTS = 3  # that have a word which another one is read as
_FILE = "mined_synonyms.json"
_SEEN_IN = ("title_en", "title_zh", "attributes", "description", "category")


@dataclass(frozen=True, slots=True)
class MinedSynonym:
    """A word that is read as another one, and how that is known."""

    word: str  # phrase key
    also: str  # as written
    n_titles: int  # products with the other one, or visitors
    agreement: float  # 1, or the share of the visitors who put the word otherwise
    source: str  # "list" or "visits"

    @property
    def evidence(self) -> str:
        """In words, for people."""
        n, share = self.n_titles, self.agreement
        if self.source == "list":
            return f"general words that say the same; {n} products have the second"
        return f"{n} visitors searched so next and found something, {share:.0%} of those who put it otherwise"


ReadAs = Mapping[str, MinedSynonym]
"""By phrase key: what a word is read as that no product has."""


@cache
def same_words_lists() -> tuple[tuple[str, ...], ...]:
    """The lines of ``other_words.txt``: words that say the same, as written, English ones first."""
    text = Path(__file__).with_name("other_words.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return tuple(
        tuple(w.strip() for w in line.replace("|", ",").split(",") if w.strip()) for line in lines
    )


def general_synonyms(segment: Segment) -> list[MinedSynonym]:
    """For each general word that no product has, the one that says the same and most products have. Words of several lines
    mean several things, and tell nothing."""
    lists = same_words_lists()
    n_lines = Counter(key for words in lists for key in {phrase_key(w) for w in words})
    found: dict[str, MinedSynonym] = {}
    for words in lists:
        counts = {word: _n_products(word, segment) for word in words}
        for word in words:
            key = phrase_key(word)
            used = [w for w in words if phrase_key(w) != key and counts[w] >= MIN_PRODUCTS]
            used = [w for w in used if has_han(w) == has_han(word)] or used
            if used and not counts[word] and n_lines[key] == 1:
                best = max(used, key=counts.__getitem__)
                found.setdefault(key, MinedSynonym(key, best, counts[best], 1.0, "list"))
    return list(found.values())


def _n_products(phrase: str, segment: Segment) -> int:
    """Products that have all terms of a phrase."""
    terms = phrase_terms(phrase)
    return int(np.count_nonzero(segment.has_all(terms, _SEEN_IN))) if terms else 0


def save_read_as(pairs: Iterable[MinedSynonym], folder: Path, name: str = _FILE) -> None:
    """Write pairs with their evidence, to be read by people, too."""
    rows = [asdict(one) for one in pairs]
    (folder / name).write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")


def load_read_as(folder: Path) -> dict[str, MinedSynonym]:
    """Load what :func:`save_read_as` wrote of the catalogue and of the search log, which comes first.

    Raises:
        BrokenFile: a file was changed and cannot be used.
    """
    return {pair.word: pair for name in (_FILE, SEARCHED_FILE) for pair in _pairs(folder / name)}


def _pairs(file: Path) -> list[MinedSynonym]:
    if not file.exists():
        return []
    try:
        pairs = [MinedSynonym(**pair) for pair in json.loads(file.read_text("utf-8"))]
        for pair in pairs:
            if not (isinstance(pair.word, str) and isinstance(pair.also, str)):
                raise TypeError(f"{pair.word!r} and {pair.also!r} are not both words")
            if not isinstance(pair.agreement, int | float):
                raise TypeError(f"agreement {pair.agreement!r} of {pair.word!r} is no number")
        return pairs
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFile(
            f"{file} is no list of pairs of words: {error}",
            fix="build it again: baihuo index; index.mined_synonyms: false in shop.yaml makes none",
        ) from error


def words_read_as(
    text: str, snapshot: Snapshot, read_as: ReadAs, names: Collection[str]
) -> tuple[str, list[str]]:
    """A folded text with each word that no product has as the one that means the same, and a note for each.

    Args:
        text: folded.
        snapshot: the index now: a product with the word ends its being read as another.
        read_as: by phrase key.
        names: phrase keys of kinds of goods; words inside of one stay (*cordless phone*).
    """
    found = find_phrases(text, read_as) if read_as else []
    if not found:
        return text, []
    kinds = [(f.start, f.end) for f in find_phrases(text, names)]
    notes = []
    for one in reversed(found):
        typed, used = text[one.start : one.end], read_as[one.key].also
        size = one.end - one.start
        is_name = any(a <= one.start and one.end <= b and b - a > size for a, b in kinds)
        if is_name or not is_unknown(one.key, snapshot):
            continue
        before, after = text[: one.start], text[one.end :]
        if not has_han(used):
            before, after = f"{before.rstrip()} ".lstrip(), f" {after.lstrip()}".rstrip()
        text = before + used + after
        notes.append(f"{NOTE}:{typed}:{used}")
    return text, notes[::-1]


def synonyms_used(notes: Iterable[str], read_as: ReadAs) -> tuple[MinedSynonym, ...]:
    """The pairs that the notes of a search name."""
    typed = (note.split(":")[1] for note in notes if note.startswith(f"{NOTE}:"))
    pairs = (read_as.get(phrase_key(word)) for word in typed)
    return tuple(dict.fromkeys(pair for pair in pairs if pair is not None))
