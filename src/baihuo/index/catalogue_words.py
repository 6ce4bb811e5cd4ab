"""What the attributes of a catalogue say about sizes, colours and genders: learned, not configured."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from baihuo.core import fold, has_han
from baihuo.index.attribute_groups import by_attribute
from baihuo.index.limits.sizes import is_letter_size, is_numeric_size, size_key
from baihuo.index.limits.words import limit_words, word_pattern
from baihuo.index.product_text import ProductText
from baihuo.index.segment import Pair, Segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified
from baihuo.index.vocabulary import Vocabulary

Codes = NDArray[np.int64]
_MIN_SHARE = 0.5  # of the products with an attribute, for it to be one of colours, sizes or genders
_MIN_SIZES = 3  # different values of a numeric size
_SEPARATORS = ",/&;、，"
_PARTS = re.compile(r"(?:(?<!\s)\s++)?[,/&;、，]\s*+")


@dataclass(frozen=True, slots=True)
class Named:
    """Colours or genders of a catalogue."""

    words: Mapping[str, str]  # typed word → name
    exact: Mapping[str, Codes]  # name → codes of the pairs that are it
    wider: Mapping[str, Codes]  # name → codes of the pairs that contain it: red, in "Dark Red"
    codes: Codes  # all pairs of these attributes
    pattern: re.Pattern[str]  # finds the words in a folded text, longest first

    @property
    def is_in_attributes(self) -> bool:
        """False: only titles can say it."""
        return len(self.codes) > 0


@dataclass(frozen=True, slots=True, eq=False)
class KindNames:
    """Names of kinds of products, as keys of phrases (:func:`baihuo.index.known_phrases.phrase_key`)."""

    sold: Mapping[str, Mapping[int, float]] = field(default_factory=dict)  # → categories, weights
    known: Collection[str] = frozenset()  # sold or not, and makers
    gendered: tuple[str, ...] = ()  # 女包: not every 包, so no gender is read in it


NO_KINDS = KindNames()


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueWords:
    """The sizes, colours and genders that the attributes of a catalogue have."""

    sizes: Mapping[str, tuple[Pair, ...]]  # normalised size → attributes and stored values
    colours: Named
    genders: Named
    brands: tuple[str, ...] = field(default=())  # folded, of several words
    kinds: KindNames = NO_KINDS


@dataclass(slots=True)
class _PairFacts:
    """What each pair of a dictionary says by itself, by code: a new product adds a few, and the others stay."""

    values: list[str] = field(default_factory=list)
    is_letter: list[bool] = field(default_factory=list)
    is_number: list[bool] = field(default_factory=list)
    parts: dict[bool, list[tuple[str, ...]]] = field(
        default_factory=lambda: {True: [], False: []}
    )  # of colours (True) and genders


@dataclass(frozen=True, slots=True)
class _SegmentFacts:
    """What a segment says; it never changes."""

    counts: Codes  # [up to its last pair]: rows that have it
    varying: frozenset[
        str
    ]  # attributes of which some row has several values: those of its variants


# Learned again when the dictionary has grown; it never shrinks, so its length shows that.
_LEARNED: WeakKeyDictionary[Vocabulary[Pair], tuple[tuple[int, int], CatalogueWords]] = (
    WeakKeyDictionary()
)
_FACTS: WeakKeyDictionary[Vocabulary[Pair], _PairFacts] = WeakKeyDictionary()
_OF_SEGMENT: WeakKeyDictionary[ProductText, _SegmentFacts] = WeakKeyDictionary()
_LEARNING = Lock()


def catalogue_words(snapshot: Snapshot) -> CatalogueWords:
    """The words of a snapshot's catalogue, learned once for each state of its attribute values."""
    dictionaries = snapshot.dictionaries
    size = len(dictionaries.pairs), len(dictionaries.brands)
    cached = _LEARNED.get(dictionaries.pairs)
    if cached is None or cached[0] != size:
        with _LEARNING:
            cached = _LEARNED.get(dictionaries.pairs)
            if cached is None or cached[0][0] != size[0]:
                cached = size, _learn(snapshot)
            elif cached[0] != size:  # new brands alone
                cached = size, replace(cached[1], brands=_brands(snapshot))
            _LEARNED[dictionaries.pairs] = cached
    return cached[1]


def _learn(snapshot: Snapshot) -> CatalogueWords:
    words = limit_words()
    names = _shop_names(snapshot)
    n_products = _n_products(snapshot)
    return CatalogueWords(
        sizes=_sizes(snapshot, n_products),
        colours=_named(snapshot, n_products, words.colours, names, adds_names=True),
        genders=_named(snapshot, n_products, words.genders, names, adds_names=False),
        brands=_brands(snapshot),
    )


def _brands(snapshot: Snapshot) -> tuple[str, ...]:
    brands = (fold(b) for b in snapshot.dictionaries.brands.names)
    return tuple(b for b in brands if " " in b or has_han(b))


def _facts(snapshot: Snapshot, n: int) -> _PairFacts:
    """Of at least the first ``n`` pairs."""
    pairs, words = snapshot.dictionaries.pairs, limit_words()
    names = _shop_names(snapshot)
    facts = _FACTS.setdefault(pairs, _PairFacts())
    for _, stored in pairs.names[len(facts.values) : n]:
        value = to_simplified(fold(stored))
        facts.is_letter.append(is_letter_size(stored))
        facts.is_number.append(is_numeric_size(stored))
        for is_colour, general in ((True, words.colours), (False, words.genders)):
            facts.parts[is_colour].append(_name_of_parts(value, stored, general, names))
        facts.values.append(value)
    return facts


def _shop_names(snapshot: Snapshot) -> dict[str, list[str]]:
    return {
        stored: [to_simplified(name) for name in of]
        for stored, of in snapshot.dictionaries.shop_words.names.items()
    }


def _n_products(snapshot: Snapshot) -> NDArray[np.int64]:
    """How many rows have each pair: ``[pairs]``."""
    n = len(snapshot.dictionaries.pairs)
    counts = np.zeros(n, np.int64)
    for segment in snapshot.segments:
        of_segment = _of_segment(segment, snapshot.dictionaries.pairs).counts
        counts[: len(of_segment)] += of_segment
    return counts


def _named(
    snapshot: Snapshot,
    n_products: NDArray[np.int64],
    general: Mapping[str, str],
    shop_names: Mapping[str, list[str]],
    *,
    adds_names: bool,
) -> Named:
    """Attributes most of whose products have a value that is one of the ``general`` words.

    With ``adds_names``, their other values ("Midnight") become names too.
    """
    pairs, grouped = snapshot.dictionaries.pairs, by_attribute(snapshot.dictionaries.pairs)
    n = len(n_products)  # a writer may have added pairs since
    attribute = grouped.attribute[:n]
    facts = _facts(snapshot, n)
    values, parts = facts.values, facts.parts[adds_names]
    is_known = np.array([bool(p) for p in parts[:n]], np.bool_)
    total = np.bincount(attribute, n_products, len(grouped.names))
    known = np.bincount(attribute, n_products * is_known, len(grouped.names))
    is_of_kind = known >= np.maximum(_MIN_SHARE * total, 1)
    codes = np.flatnonzero(is_of_kind[attribute]) if n else np.empty(0, np.int64)
    words = dict(general)
    exact: dict[str, list[int]] = defaultdict(list)
    for code in codes.tolist():
        for name in parts[code]:
            exact[name].append(code)
        if not parts[code] and adds_names and len(values[code]) > 1:
            exact[values[code]].append(code)
            for word in (values[code], *shop_names.get(pairs.names[code][1], ())):
                words.setdefault(word, values[code])
    for code in codes.tolist():  # the shop's own names of the general ones
        for name in parts[code]:
            for word in shop_names.get(pairs.names[code][1], ()):
                words.setdefault(word, name)
    return Named(
        words=words,
        exact={name: np.array(of, np.int64) for name, of in exact.items()},
        wider=_wider(words, values, codes) if adds_names else {},
        codes=codes,
        pattern=word_pattern(words),
    )


def _name_of_parts(
    value: str, stored: str, general: Mapping[str, str], shop_names: Mapping[str, list[str]]
) -> tuple[str, ...]:
    """The names in a value: "Black/White" has two; none if a part of it is no general word."""
    for text in (value, *shop_names.get(stored, ())):
        if text in general:
            return (general[text],)
        if not any(c in text for c in _SEPARATORS):
            continue
        found = [general.get(part) for part in _PARTS.split(text)]
        if all(found):
            return tuple(dict.fromkeys(name for name in found if name))
    return ()


def _wider(words: Mapping[str, str], values: list[str], codes: Codes) -> dict[str, Codes]:
    """Values that contain a name and more: "dark green" contains green."""
    found: dict[str, set[int]] = defaultdict(set)
    texts = [(code, values[code]) for code in codes.tolist()]
    for word, name in words.items():
        for code, value in texts:
            if len(value) <= len(word) or word not in value:
                continue
            if has_han(word) or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", value):
                found[name].add(code)
    return {name: np.array(sorted(of), np.int64) for name, of in found.items()}


def _sizes(snapshot: Snapshot, n_products: NDArray[np.int64]) -> dict[str, tuple[Pair, ...]]:
    """Sizes by letters, and numbers that differ between the variants of a product."""
    pairs, grouped = snapshot.dictionaries.pairs, by_attribute(snapshot.dictionaries.pairs)
    n = len(n_products)  # a writer may have added pairs since
    attribute = grouped.attribute[:n]
    if not n:
        return {}
    facts = _facts(snapshot, n)
    is_letter = np.array(facts.is_letter[:n], np.bool_)
    is_number = np.array(facts.is_number[:n], np.bool_)
    total = np.bincount(attribute, n_products, len(grouped.names))

    def share(mask: NDArray[np.bool_]) -> Any:
        return np.bincount(attribute, n_products * mask, len(grouped.names)) / np.maximum(total, 1)

    n_numbers = np.bincount(attribute, is_number, len(grouped.names))
    by_number = (
        (share(is_number | is_letter) >= _MIN_SHARE)
        & (n_numbers >= _MIN_SIZES)
        & _varies(snapshot, len(grouped.names))
    )
    chosen = (is_letter & (share(is_letter | is_number) >= _MIN_SHARE)[attribute]) | (
        is_number & by_number[attribute]
    )
    sizes: dict[str, list[Pair]] = defaultdict(list)
    for code in np.flatnonzero(chosen).tolist():
        sizes[size_key(pairs.names[code][1])].append(pairs.names[code])
    return {key: tuple(of) for key, of in sizes.items()}


def _varies(snapshot: Snapshot, n_names: int) -> NDArray[np.bool_]:
    """Attributes of which some product has several values: those of its variants."""
    varies = np.zeros(n_names, np.bool_)
    grouped = by_attribute(snapshot.dictionaries.pairs)
    for segment in snapshot.segments:
        for name in _of_segment(segment, snapshot.dictionaries.pairs).varying:
            varies[grouped.number(name)] = True
    return varies


def _of_segment(segment: Segment, pairs: Vocabulary[Pair]) -> _SegmentFacts:
    facts = _OF_SEGMENT.get(segment.products)
    if facts is None:
        grouped, rows = by_attribute(pairs), np.arange(len(segment))
        n_names, attribute = len(grouped.names), grouped.attribute[segment.row_pairs]
        keys = np.repeat(rows, np.diff(segment.row_pair_starts)) * n_names + attribute
        seen, counts = np.unique(keys, return_counts=True)
        varying = np.unique(seen[counts > 1] % max(n_names, 1))
        facts = _OF_SEGMENT[segment.products] = _SegmentFacts(
            np.bincount(segment.row_pairs), frozenset(grouped.names[i] for i in varying.tolist())
        )
    return facts
