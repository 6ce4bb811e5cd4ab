"""Entities in a message: a linear-chain CRF over its words, read with numpy."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from baihuo.assist.turns import Entity
from baihuo.assist.understand.readable import readable
from baihuo.tag import Crf, spans_of

_TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|\d+|[^\s\w]|_"
)
_CHUNK = re.compile(r"\S+")
_MOST_TOKENS = 200
_EDGE = "\x02"


class Token(NamedTuple):
    """A word, number, Chinese character or mark of a text."""

    start: int
    end: int
    word: str  # readable
    shape: str  # of it as typed
    chunk: str  # shape of all that stands together without spaces


@dataclass(frozen=True, slots=True, eq=False)
class SpanModel:
    """Finds entities. Immutable; threads may share it."""

    tags: tuple[str, ...]
    number_of: Mapping[str, int]  # of each feature
    known_words: frozenset[str]  # common in what it learned from: no new values
    crf: Crf

    def find(self, text: str) -> tuple[Entity, ...]:
        """The entities of a text, in order; values as typed."""
        tokens = tokens_of(text)
        if not tokens:
            return ()
        emission, get = self.crf.emission, self.number_of.get
        scores = np.zeros((len(tokens), len(self.tags)))
        for at, names in enumerate(token_features(tokens, self.known_words)):
            numbers = [n for name in names if (n := get(name)) is not None]
            scores[at] = emission[numbers].sum(axis=0)
        outside = self.tags.index("O")
        if (scores.argmax(axis=1) == outside).all() and self._is_surely_outside(scores, outside):
            return ()
        best, probabilities = self.crf.best(scores)
        sure = probabilities[np.arange(len(tokens)), best]
        return tuple(
            Entity(
                kind=span.tag,
                value=text[tokens[span.start].start : tokens[span.end - 1].end],
                start=tokens[span.start].start,
                end=tokens[span.end - 1].end,
                probability=float(sure[span.start : span.end].min()),
            )
            for span in spans_of([self.tags[i] for i in best])
        )

    def _is_surely_outside(self, scores: np.ndarray, outside: int) -> bool:
        """Whether no path through another tag can be better: each loses more than transitions could give back."""
        others = np.delete(scores, outside, axis=1)
        gain = float(self.crf.transition.max() - self.crf.transition[outside, outside])
        most_gain = 2 * gain + float(self.crf.start.max() - self.crf.start[outside])
        return bool((scores[:, outside] - others.max(axis=1)).min() > most_gain)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, at most 200.

    >>> [t.word for t in tokens_of("Order #W-12 到Paris")]
    ['order', '#', 'w', '-', '12', '到', 'paris']
    """
    plain = readable(text)
    chunks: list[tuple[int, int, str]] = [
        (m.start(), m.end(), _shape(text[m.start() : m.end()])) for m in _CHUNK.finditer(plain)
    ]
    tokens: list[Token] = []
    chunk_at = 0
    for match in _TOKEN.finditer(plain):
        if len(tokens) == _MOST_TOKENS:
            break
        start, end = match.span()
        while chunks[chunk_at][1] <= start:
            chunk_at += 1
        shape = _shape(text[start:end])
        tokens.append(Token(start, end, match.group(), shape, chunks[chunk_at][2]))
    return tokens


def token_features(tokens: Sequence[Token], known: frozenset[str]) -> list[list[str]]:
    """The features of each token: it and its neighbours, their shapes, beginnings and ends, whether they are new, and lists of
    places.

    Args:
        tokens: as :func:`tokens_of` returns them.
        known: common words: the others are new, as values are.
    """
    n = len(tokens)
    words = [_EDGE, _EDGE, *(t.word for t in tokens), _EDGE, _EDGE]
    # Of numbers only their form counts: which they are tells nothing.
    words = ["0" if w.isdigit() else w for w in words]
    shapes = ["^", *(t.shape for t in tokens), "^"]
    new = ["-", *("0" if t.word in known or not t.word[0].isalpha() else "1" for t in tokens), "-"]
    places = ["", *(_list_of(t.word) for t in tokens), ""]
    glued = [
        "0",
        *(str(int(a.end == b.start)) for a, b in itertools.pairwise(tokens)),
        "0",
    ]
    found = []
    for at in range(n):
        b2, b1, w, a1, a2 = words[at : at + 5]
        token = tokens[at]
        s0, s1, s2 = shapes[at : at + 3]
        n0, n1, n2 = new[at : at + 3]
        found.append(
            [
                f"a{w}",
                f"b{b1}",
                f"c{a1}",
                f"d{b2}",
                f"e{a2}",
                f"f{b1}|{w}",
                f"g{w}|{a1}",
                f"h{b2}|{b1}",
                f"i{a1}|{a2}",
                f"j{b1}|{a1}",
                f"k{s1}",
                f"l{s0}|{s1}|{s2}",
                f"m{b1}|{s1}",
                f"n{s1}|{a1}",
                f"o{token.chunk}",
                f"p{token.chunk}|{b1}",
                f"q{n1}",
                f"r{n0}{n1}{n2}",
                f"s{b1}|{n1}",
                f"t{n1}|{a1}",
                f"u{b2}|{b1}|{n1}",
                f"v{n1}|{a1}|{a2}",
                f"w{b1}|{n1}|{a1}",
                f"x{places[at]}|{places[at + 1]}|{places[at + 2]}",
                f"y{places[at + 1]}|{n1}",
                f"z{glued[at]}{glued[at + 1]}{s0}|{s1}|{s2}",
                f"A{w[:3]}",
                f"B{w[-3:]}",
                f"C{b1[:3]}|{n1}",
                f"D{a1[:3]}|{n1}",
                f"E{b1[-3:]}|{n1}",
                f"F{min(token.end - token.start, 9)}{s1}",
                f"G{int(at == 0)}{int(at == n - 1)}{n1}",
            ]
        )
    return found


@cache
def _places_file() -> Mapping[str, Sequence[str]]:
    file = Path(__file__).with_name("places.yaml")
    raw: Mapping[str, Sequence[str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return raw


def place_names(kind: str) -> Sequence[str]:
    """The names of ``country`` or ``city`` in ``places.yaml``."""
    return _places_file()[kind]


@cache
def places() -> Mapping[str, str]:
    """Words of ``places.yaml`` → ``country`` or ``city``."""
    found = {}
    for kind in ("city", "country"):
        for name in place_names(kind):
            for word in name.lower().split():
                if len(word) > 3 or word == name.lower():
                    found[word] = kind
    return found


def _list_of(word: str) -> str:
    return places().get(word, "")


@cache
def _class(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "字" if ord(character) >= 0x2E80 else "A" if character.isupper() else "a"
    return character if character.isascii() else "."


@lru_cache(maxsize=20_000)
def _shape(text: str) -> str:
    """The classes of the first characters, each run once."""
    found = ""
    for character in text[:40]:
        c = _class(character)
        if not found.endswith(c):
            found += c
    return found
