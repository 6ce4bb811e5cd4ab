"""What kinds of goods are for: *wet feet on the way to work* names no product, and wellington boots are an answer.

``purposes.txt`` has phrases by kind, of no shop in particular; a shop's own are in ``words/purposes.txt``, in the same form. When an
index is built, the phrases get vectors, and each kind is compared with the products that bear its name: a printer's *drum* is no
musical instrument, and answers no wish for one. A search whose words are in no product is compared with all phrases
(:func:`wished_kinds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BrokenFile, has_han
from baihuo.encode import MINILM, MULTILINGUAL, Encoder, VectorCache, Vectors, content_key
from baihuo.index.goods import general_goods
from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.known_phrases import phrase_key
from baihuo.index.lru_cache import LruCache

Floats = NDArray[np.float32]

WISH = "wish"  # the reading that a shop or a visitor can switch off
PURPOSES_FILE = "purposes.txt"  # of the package, and in a shop's folder of words
_BEST = (0.7, 0.2, 0.1)  # weights of the three phrases of a kind that are nearest to a wish
_LEAST = {MINILM: 0.35, MULTILINGUAL: 0.4}  # a kind that is farther answers no wish
_NEARER_THAN_A_NAME = -0.1  # beside the nearest name of a kind: a wish may mention things
_FARTHER_THAN_UNSOLD = 0.15  # the best kind that is sold, beside the best that is not
_LESS_THAN_BEST = 0.15  # kinds so much farther than the best are not meant
_MOST_KINDS = 8
_MOST = 1 / 3  # of the products: a kind with more says nothing, as clothing in a shop for clothes
_OWN = (
    1 / 7
)  # of all kinds: those whose phrases may be nearer to the products of a kind than its own


@dataclass(frozen=True, slots=True)
class Purpose:
    """What one kind of goods is for."""

    name: str  # as written
    phrases_en: tuple[str, ...]
    phrases_zh: tuple[str, ...]
    is_own: bool = False  # of the shop, which knows what it sells under the name


@dataclass(frozen=True, slots=True, eq=False)
class Purposes:
    """The purposes of all kinds in the language of one encoder, with vectors."""

    keys: tuple[str, ...]  # phrase key of each kind
    names: tuple[str, ...]  # of each, in the language
    phrases: tuple[tuple[str, ...], ...]  # of each
    is_sold: NDArray[np.bool_]  # [kinds]
    is_trusted: NDArray[
        np.bool_
    ]  # [kinds]: sold, not nearly all, and its products are what the phrases are about
    vectors: Int8Vectors  # of all phrases, one kind after the other

    def to_json(self) -> dict[str, Any]:
        return {
            "keys": self.keys,
            "names": self.names,
            "phrases": self.phrases,
            "is_sold": self.is_sold.tolist(),
            "is_trusted": self.is_trusted.tolist(),
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any], vectors: Int8Vectors) -> Purposes:
        return Purposes(
            tuple(stored["keys"]),
            tuple(stored["names"]),
            tuple(map(tuple, stored["phrases"])),
            np.array(stored["is_sold"], np.bool_),
            np.array(stored["is_trusted"], np.bool_),
            vectors,
        )


@dataclass(frozen=True, slots=True)
class WishedKind:
    """A kind that a wish may be about."""

    key: str
    name: str
    phrase: str  # its phrase that is nearest to the wish
    score: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Wish:
    """The kinds that a text wishes for, nearest first; none where what it is about is not sold."""

    kinds: tuple[WishedKind, ...]


def read_purposes(folder: Path | None, *, general: bool = True) -> dict[str, Purpose]:
    """By phrase key of the kind's name: those of the package, if ``general``, and of a shop's folder of words, which replace them.

    Raises:
        BrokenFile: a line is not a name and phrases; says which.
    """
    found = dict(_general()) if general else {}
    path = None if folder is None else folder / PURPOSES_FILE
    if path is not None and path.exists():
        for one in parse_purposes(path):
            key = phrase_key(one.name)
            for same in general_goods().same(key):
                found.pop(same, None)
            found[key] = replace(one, is_own=True)
    return found


def has_purpose(name: str, known: Mapping[str, Purpose]) -> bool:
    """Whether a kind has purposes, by this name or another of its names."""
    return any(key in known for key in general_goods().same(phrase_key(name)))


@cache
def _general() -> Mapping[str, Purpose]:
    path = Path(__file__).with_name(PURPOSES_FILE)
    return {phrase_key(one.name): one for one in parse_purposes(path)}


def parse_purposes(path: Path) -> list[Purpose]:
    """The purposes of a file.

    Raises:
        BrokenFile: a line is not a name and phrases; says which.
    """
    found = []
    for at, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition("\t")
        phrases = [p for part in rest.split("\t") for p in part.replace("；", ";").split(";")]
        phrases = [p.strip() for p in phrases if p.strip()]
        if not phrase_key(name) or not phrases:
            raise BrokenFile(
                f"line {at} of {path} is not a name and what it is for: {line[:60]!r}",
                fix="write: name of the kind, tab, phrases with ; between them",
            )
        en, zh = ([p for p in phrases if has_han(p) is chinese] for chinese in (False, True))
        found.append(Purpose(name.strip(), tuple(en), tuple(zh)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class KindForSale:
    """A kind with what it is for, in the language of one encoder."""

    key: str
    name: str
    phrases: Sequence[str]
    rows: NDArray[np.intp]  # its products; none: it is not sold
    is_own: bool


def with_purpose_vectors(
    kinds: Sequence[KindForSale],
    row_vectors: Vectors,
    encoder: Encoder,
    cache: VectorCache | None,
) -> Purposes:
    """Purposes with vectors, each kind compared with its products.

    Args:
        kinds: with at least one phrase each.
        row_vectors: ``[n, dim]``, of the products by the same encoder; zeros: no text for it.
        encoder: of the phrases.
        cache: of earlier vectors.
    """
    texts = [phrase for kind in kinds for phrase in kind.phrases]
    vectors = _encoded(texts, encoder, cache)
    starts = np.cumsum([0, *(len(kind.phrases) for kind in kinds)])
    means = _unit(np.add.reduceat(vectors, starts[:-1], axis=0)) if kinds else vectors
    is_sold = np.array([len(kind.rows) > 0 for kind in kinds], np.bool_)
    is_trusted = is_sold.copy()
    for at, kind in enumerate(kinds):
        if not is_sold[at]:
            continue
        rows = kind.rows
        likeness = means @ row_vectors[rows].astype(np.float32).mean(axis=0)
        is_like = np.count_nonzero(likeness > likeness[at]) < _OWN * len(kinds)
        is_trusted[at] = kind.is_own or (is_like and len(rows) <= _MOST * len(row_vectors))
    return Purposes(
        keys=tuple(kind.key for kind in kinds),
        names=tuple(kind.name for kind in kinds),
        phrases=tuple(tuple(kind.phrases) for kind in kinds),
        is_sold=is_sold,
        is_trusted=is_trusted,
        vectors=Int8Vectors.of(vectors),
    )


# Of the last encoders: training, indexing and tests of one process encode the same phrases again and again.
_ENCODED: LruCache[Vectors] = LruCache(4)


def _encoded(texts: Sequence[str], encoder: Encoder, cache: VectorCache | None) -> Vectors:
    """Vectors of texts, ``[texts, dim]``."""

    def make() -> Vectors:
        return encoder.encode(texts) if cache is None else cache.vectors(encoder, texts)

    return _ENCODED.get((encoder.hash, content_key("\n".join(texts))), make)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1))


def wished_kinds(
    purposes: Purposes, encoder_name: str, vector: Floats, nearest_name: float
) -> Wish | None:
    """What a text of which no product has the words wishes for; None where it is no wish, or nobody knows.

    Args:
        purposes: in the language of the text.
        encoder_name: whose space ``vector`` is of.
        vector: of the text.
        nearest_name: its cosine with the nearest name of a kind: a text that is nearer to a name than to any purpose asks for that thing.
    """
    if not purposes.is_trusted.any():
        return None
    cosines = purposes.vectors.dot(vector)
    scores, nearest = _scores(cosines, [len(p) for p in purposes.phrases])
    sold = np.where(purposes.is_trusted, scores, -1)
    unsold = np.where(purposes.is_sold, -1, scores)
    best = float(sold.max())
    is_near = max(best, float(unsold.max())) >= nearest_name + _NEARER_THAN_A_NAME
    if not is_near or best < _LEAST.get(encoder_name, 1.0):
        return None
    if unsold.max() >= best + _FARTHER_THAN_UNSOLD:
        return Wish(())
    order = np.argsort(-sold, kind="stable")[:_MOST_KINDS]
    return Wish(
        tuple(
            WishedKind(
                purposes.keys[at],
                purposes.names[at],
                purposes.phrases[at][nearest[at]],
                float(scores[at]),
            )
            for at in order
            if sold[at] >= best - _LESS_THAN_BEST
        )
    )


def _scores(cosines: Floats, n_phrases: Sequence[int]) -> tuple[Floats, NDArray[np.intp]]:
    """How near each kind is by its three nearest phrases, and which of its phrases is the nearest: ``[kinds]`` each."""
    counts = np.array(n_phrases)
    starts = np.cumsum(counts) - counts
    place = np.arange(counts.max())
    at = np.minimum(starts[:, None] + place, len(cosines) - 1)
    table = np.where(place < counts[:, None], cosines[at], -2.0)
    order = np.argsort(-table, axis=1, kind="stable")[:, : len(_BEST)]
    best = np.take_along_axis(table, order, axis=1)
    best = np.where(best < -1, best[:, :1], best)  # a kind of few phrases
    weights = np.array(_BEST[: best.shape[1]], np.float32)
    return np.asarray(best @ (weights / weights.sum()), np.float32), order[:, 0]
