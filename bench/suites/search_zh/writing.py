"""Writes queries of a kind and two or more attributes from titles, and says by rules which products are right.

Each query is written from a title drawn at random, then noised: every class has the same queries in another writing. A
product has a wish if its title or an attribute has the word; it is right (grade 3) if it has the kind and all wishes, and
nearly right (1) if it has the kind and all wishes but one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from suites.search_zh.titles import WHO, Title, Vocabulary

CLASSES = ("clean", "order", "traditional", "typo", "pinyin", "pinyin_spaced", "mixed", "without")
MOST_RIGHT = 150  # products with everything; wider queries tell no two orders apart
_SPACED = 0.5  # share of queries with spaces between the words
_ALL_BUT_ONE, _ALL = 1, 3


@dataclass(frozen=True, slots=True)
class Words:
    """What is asked for, word by word, with the kind last."""

    wishes: tuple[str, ...]
    kind: str
    has_spaces: bool
    unwanted: str = ""

    def text(self) -> str:
        """As somebody types it."""
        typed = (" " if self.has_spaces else "").join(
            (*(WHO.get(w, w) for w in self.wishes), self.kind)
        )
        return f"{typed} 不要{self.unwanted}" if self.unwanted else typed


@dataclass(frozen=True, slots=True)
class Written:
    """One query and the grades of the products that answer it."""

    text: str
    query_class: str
    grades: Mapping[str, int]


Noise = Callable[[str], str | None]
"""A word in another writing; None where it has no other."""


def write_queries(
    titles: Sequence[Title], known: Vocabulary, noises: Mapping[str, Noise], *, n: int, seed: int
) -> list[Written]:
    """``n`` queries in every class of :data:`CLASSES` that they can be written in.

    Args:
        titles: of the catalogue.
        known: their words.
        noises: class → how one word is written in it: ``traditional``, ``typo`` and ``pinyin``.
        n: of clean queries.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    made: dict[str, Words] = {}
    for at in rng.permutation(len(titles)):
        if len(made) == n:
            break
        words = _drawn(titles[int(at)], known, rng)
        if words is not None and 0 < _n_right(words, titles) <= MOST_RIGHT:
            made.setdefault(words.text(), words)
    return [
        q for words in made.values() for q in _in_all_classes(words, titles, known, noises, rng)
    ]


def grade(words: Words, titles: Sequence[Title]) -> dict[str, int]:
    """Product → grade, without those of grade 0."""
    found = {}
    for title in titles:
        text = title.text
        if words.kind not in text or (words.unwanted and words.unwanted in text):
            continue
        n_missing = sum(w not in text for w in words.wishes)
        if n_missing < 2:
            found[title.product_id] = _ALL_BUT_ONE if n_missing else _ALL
    return found


def _n_right(words: Words, titles: Sequence[Title]) -> int:
    return sum(g == _ALL for g in grade(words, titles).values())


def _drawn(title: Title, known: Vocabulary, rng: np.random.Generator) -> Words | None:
    """The words of a title that a query asks for: a kind and two to three of the others; None where it has too few."""
    kinds = [k for k in known.kinds if k in title.title]
    kinds = [k for k in kinds if not any(k != o and k in o for o in kinds)]
    wishes = [w for w in (*WHO, *known.colours, *known.others) if w in title.text]
    wishes = [w for w in wishes if not any(w in k for k in kinds)]
    if not kinds or len(wishes) < 2:
        return None
    kind = kinds[int(rng.integers(len(kinds)))]
    chosen = rng.permutation(len(wishes))[: int(rng.integers(2, 4))]
    typed = tuple(wishes[i] for i in sorted(chosen.tolist()))
    return Words(typed, kind, bool(rng.random() < _SPACED))


def _in_all_classes(
    words: Words,
    titles: Sequence[Title],
    known: Vocabulary,
    noises: Mapping[str, Noise],
    rng: np.random.Generator,
) -> list[Written]:
    grades = grade(words, titles)
    typed = [WHO.get(w, w) for w in words.wishes] + [words.kind]
    glue = " " if words.has_spaces else ""
    turned = [typed[-1], *(typed[int(i)] for i in rng.permutation(len(typed) - 1))]
    texts = {
        "clean": words.text(),
        "order": " ".join(turned),
        "traditional": glue.join(noises["traditional"](w) or w for w in typed),
    }
    at = int(rng.integers(len(typed)))  # one word is misspelt, or written in pinyin
    for name in ("typo", "mixed"):
        other = noises["pinyin" if name == "mixed" else name](typed[at])
        if other is not None:
            texts[name] = glue.join([*typed[:at], other, *typed[at + 1 :]])
    latin = [noises["pinyin"](w) for w in typed]
    texts["pinyin"] = " ".join(w or t for w, t in zip(latin, typed, strict=True))
    one_by_one = [" ".join(filter(None, map(noises["pinyin"], w))) for w in typed]
    texts["pinyin_spaced"] = " ".join(one_by_one)
    clean = texts["clean"]
    written = [
        Written(text, name, grades)
        for name, text in texts.items()
        if name == "clean" or text != clean
    ]
    without = _without(words, titles, known, grades)
    return (
        [*written, Written(without.text(), "without", grade(without, titles))]
        if without
        else written
    )


def _without(
    words: Words, titles: Sequence[Title], known: Vocabulary, grades: Mapping[str, int]
) -> Words | None:
    """The query with one wish less and a colour that is not wanted: the one that most of its products have."""
    wider = replace(words, wishes=tuple(w for w in words.wishes if w not in known.colours)[:2])
    right = [t.text for t in titles if grades.get(t.product_id) == _ALL]
    right = right if wider == words else _texts_of(wider, titles)
    counts = {c: sum(c in text for text in right) for c in known.colours}
    colour = max(counts, key=counts.__getitem__, default="")
    if len(wider.wishes) < 1 or not 0 < counts.get(colour, 0) < len(right):
        return None
    return replace(wider, unwanted=colour)


def _texts_of(words: Words, titles: Sequence[Title]) -> list[str]:
    right = {i for i, g in grade(words, titles).items() if g == _ALL}
    return [t.text for t in titles if t.product_id in right]
