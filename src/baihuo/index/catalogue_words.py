"""What the attributes of a catalogue say about sizes, colours and genders: learned, not configured."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from baihuo.core import fold, has_han
from baihuo.index.attribute_groups import by_attribute
from baihuo.index.limits.sizes import is_letter_size, is_numeric_size, size_key
from baihuo.index.limits.words import limit_words, word_pattern
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified
from baihuo.index.vocabulary import Vocabulary

Codes = NDArray[np.int64]
_MIN_SHARE = 0.5  # of the products with an attribute, for it to be one of colours, sizes or genders
_MIN_SIZES = 3  # different values of a numeric size
_SEPARATORS = ",/&;、，"
_PARTS = re.compile(r"\s*[,/&;、，]\s*")


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


# Learned again when the dictionary has grown; it never shrinks, so its length shows that.
_LEARNED: WeakKeyDictionary[Vocabulary[Pair], tuple[tuple[int, int], CatalogueWords]] = (
    WeakKeyDictionary()
)


def catalogue_words(snapshot: Snapshot) -> CatalogueWords:
    """The words of a snapshot's catalogue, learned once for each state of its attribute values."""
    dictionaries = snapshot.dictionaries
    size = len(dictionaries.pairs), len(dictionaries.brands)
    cached = _LEARNED.get(dictionaries.pairs)
    if cached is None or cached[0] != size:
        cached = _LEARNED[dictionaries.pairs] = size, _learn(snapshot)
    return cached[1]


def _learn(snapshot: Snapshot) -> CatalogueWords:
    words = limit_words()
    names = {
        stored: [to_simplified(name) for name in of]
        for stored, of in snapshot.dictionaries.shop_words.names.items()
    }
    n_products = _n_products(snapshot)
    brands = (fold(b) for b in snapshot.dictionaries.brands.names)
    return CatalogueWords(
        sizes=_sizes(snapshot, n_products),
        colours=_named(snapshot, n_products, words.colours, names, adds_names=True),
        genders=_named(snapshot, n_products, words.genders, names, adds_names=False),
        brands=tuple(b for b in brands if " " in b or has_han(b)),
    )


def _n_products(snapshot: Snapshot) -> NDArray[np.int64]:
    """How many rows have each pair: ``[pairs]``."""
    n = len(snapshot.dictionaries.pairs)
    counts = np.zeros(n, np.int64)
    for segment in snapshot.segments:
        counts += np.bincount(segment.row_pairs[segment.row_pairs < n], minlength=n)
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
    values = [_simple(value) for _, value in pairs.names[:n]]
    parts = [
        _name_of_parts(v, stored[1], general, shop_names)
        for v, stored in zip(values, pairs.names, strict=False)
    ]
    is_known = np.array([bool(p) for p in parts], np.bool_)
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


@lru_cache(maxsize=1 << 17)  # the catalogue is learned again when it gets new values
def _simple(value: str) -> str:
    return to_simplified(fold(value))


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
    stored = [value for _, value in pairs.names[:n]]
    is_letter = np.array([is_letter_size(v) for v in stored], np.bool_)
    is_number = np.array([is_numeric_size(v) for v in stored], np.bool_)
    total = np.bincount(attribute, n_products, len(grouped.names))

    def share(mask: NDArray[np.bool_]) -> Any:
        return np.bincount(attribute, n_products * mask, len(grouped.names)) / np.maximum(total, 1)

    n_numbers = np.bincount(attribute, is_number, len(grouped.names))
    by_number = (
        (share(is_number | is_letter) >= _MIN_SHARE)
        & (n_numbers >= _MIN_SIZES)
        & _varies(snapshot, attribute, len(grouped.names))
    )
    chosen = (is_letter & (share(is_letter | is_number) >= _MIN_SHARE)[attribute]) | (
        is_number & by_number[attribute]
    )
    sizes: dict[str, list[Pair]] = defaultdict(list)
    for code in np.flatnonzero(chosen).tolist():
        sizes[size_key(stored[code])].append(pairs.names[code])
    return {key: tuple(of) for key, of in sizes.items()}


def _varies(snapshot: Snapshot, attribute: NDArray[np.int32], n_names: int) -> NDArray[np.bool_]:
    """Attributes of which some product has several values: those of its variants."""
    varies = np.zeros(n_names, np.bool_)
    for segment in snapshot.segments:
        rows = np.repeat(np.arange(len(segment)), np.diff(segment.row_pair_starts))
        is_known = segment.row_pairs < len(attribute)
        keys = rows[is_known] * n_names + attribute[segment.row_pairs[is_known]]
        seen, counts = np.unique(keys, return_counts=True)
        varies[seen[counts > 1] % n_names] = True
    return varies
