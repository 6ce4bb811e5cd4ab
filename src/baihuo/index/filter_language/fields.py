"""The fields of a filter and their values, as a catalogue has them. Case, width and spaces do not count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from rapidfuzz.fuzz import WRatio
from rapidfuzz.process import extract

from baihuo.core import CATEGORY_SEPARATOR, fold
from baihuo.index.attribute_groups import by_attribute
from baihuo.index.filter_language.expression import word_or_quoted
from baihuo.index.segment import Dictionaries
from baihuo.index.vocabulary import Vocabulary

BRAND, CATEGORY, PRICE, IN_STOCK, RELEASED = "brand", "category", "price", "in_stock", "released"
FIELDS = (BRAND, CATEGORY, PRICE, IN_STOCK, RELEASED)
_SEPARATOR = CATEGORY_SEPARATOR.strip()
_MIN_SIMILARITY, _MOST_NEAR, _MOST_LISTED = 65, 3, 8

# Rebuilt when a dictionary has grown; it never shrinks, so its length shows that.
_CODES: WeakKeyDictionary[Vocabulary[str], tuple[int, Mapping[str, list[int]]]] = (
    WeakKeyDictionary()
)


class CatalogueFields:
    """The names of a catalogue. Reads only; new products may add names meanwhile."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self.dictionaries = dictionaries
        self._attributes = by_attribute(dictionaries.pairs)

    def field(self, name: str) -> str | None:
        """The field of :data:`FIELDS` with that name."""
        folded = fold(name)
        return folded if folded in FIELDS else None

    def attributes(self, name: str) -> list[str]:
        """The attributes with that name, as stored: several where they differ in case only."""
        folded = fold(name)
        return [stored for stored in self._attributes.names if fold(stored) == folded]

    def brands(self, value: str) -> list[int]:
        """Codes of the brands with that name."""
        return list(_by_fold(self.dictionaries.brands).get(fold(value), ()))

    def categories(self, value: str) -> list[int]:
        """Codes of the categories at or below a path from the root, ``"Home > Lamps"``, or a name at any level."""
        names = self.dictionaries.categories.names
        wanted = [fold(part) for part in value.split(_SEPARATOR)]
        if len(wanted) == 1:
            return [i for i, path in enumerate(names) if wanted[0] in map(fold, path)]
        return [i for i, path in enumerate(names) if [*map(fold, path[: len(wanted)])] == wanted]

    def codes_of(self, attribute: str) -> Sequence[int]:
        """Codes of all pairs of an attribute, as stored."""
        grouped = self._attributes
        return np.flatnonzero(grouped.attribute == grouped.number(attribute)).tolist()

    def pairs(self, attributes: Iterable[str], value: str) -> list[int]:
        """Codes of the pairs of the attributes with that value."""
        names, folded = self.dictionaries.pairs.names, fold(value)
        codes = (code for attribute in attributes for code in self.codes_of(attribute))
        return [code for code in codes if fold(names[code][1]) == folded]

    def near_fields(self, name: str) -> str:
        """What to write instead of a field that there is not."""
        known = [*FIELDS, *self._attributes.names]
        near = _nearest(name, known)
        if near:
            return f"did you mean {' or '.join(map(word_or_quoted, near))}?"
        listed = ", ".join(map(word_or_quoted, known[:_MOST_LISTED]))
        more = len(known) - _MOST_LISTED
        return f"use one of {listed}" + (f" and {more:,} more attributes" if more > 0 else "")

    def near_values(self, field: str, attributes: Iterable[str], value: str) -> list[str]:
        """Stored values of a field that are similar to one that no product has, best first."""
        if field == BRAND:
            return _nearest(value, self.dictionaries.brands.names)
        if field == CATEGORY:
            paths = self.dictionaries.categories.names
            if _SEPARATOR in value:
                return _nearest(value, {CATEGORY_SEPARATOR.join(path) for path in paths})
            return _nearest(value, {part for path in paths for part in path})
        names = self.dictionaries.pairs.names
        codes = (code for attribute in attributes for code in self.codes_of(attribute))
        return _nearest(value, {names[code][1] for code in codes})


def _nearest(given: str, known: Iterable[str]) -> list[str]:
    found = extract(
        given,
        list(known),
        scorer=WRatio,
        processor=fold,
        score_cutoff=_MIN_SIMILARITY,
        limit=_MOST_NEAR,
    )
    return [name for name, _, _ in found]


def _by_fold(names: Vocabulary[str]) -> Mapping[str, list[int]]:
    """Folded name → codes of the names that fold to it."""
    n = len(names)
    cached = _CODES.get(names)
    if cached is None or cached[0] != n:
        codes: dict[str, list[int]] = {}
        for code, name in enumerate(names.names[:n]):
            codes.setdefault(fold(name), []).append(code)
        cached = _CODES[names] = n, codes
    return cached[1]
