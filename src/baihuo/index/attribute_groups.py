"""Attribute names and sort ranks of a dictionary, cached for the facets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from baihuo.index.segment import Pair
from baihuo.index.vocabulary import Vocabulary

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AttributeGroups:
    """The attributes of all pairs of a dictionary."""

    pairs: Vocabulary[Pair]
    names: list[str]  # of attributes
    numbers: Mapping[str, int]  # name → index in ``names``
    attribute: NDArray[np.int32]  # [pairs] number of each pair's attribute
    rank: NDArray[np.int32]  # [pairs] of each pair by attribute and value, alphabetically
    by_rank: NDArray[np.int32]  # [pairs] the pair of each rank

    def number(self, name: str) -> int:
        """The number of an attribute; -1: no pair has it."""
        return self.numbers.get(name, -1)

    def values(self, codes: NDArray[Any]) -> list[str]:
        """The values of some pairs, as shown."""
        names = self.pairs.names
        return [names[code][1] for code in codes.tolist()]


# Rebuilt when the dictionary has grown; it never shrinks, so its length shows that.
_GROUPED: WeakKeyDictionary[Vocabulary[Pair], tuple[int, AttributeGroups]] = WeakKeyDictionary()
_ALPHABETICAL: WeakKeyDictionary[Vocabulary[Any], tuple[int, Ints]] = WeakKeyDictionary()


def by_attribute(pairs: Vocabulary[Pair]) -> AttributeGroups:
    """The attributes of a dictionary of pairs."""
    n = len(pairs)
    cached = _GROUPED.get(pairs)
    if cached is None or cached[0] != n:
        names = sorted({name for name, _ in pairs.names[:n]})
        numbers = {name: i for i, name in enumerate(names)}
        attribute = np.array([numbers[name] for name, _ in pairs.names[:n]], np.int32)
        rank = alphabetical(pairs)
        cached = _GROUPED[pairs] = (
            n,
            AttributeGroups(
                pairs, names, numbers, attribute, rank.astype(np.int32), _inverse(rank)
            ),
        )
    return cached[1]


def _inverse(rank: Ints) -> NDArray[np.int32]:
    by_rank = np.empty(len(rank), np.int32)
    by_rank[rank] = np.arange(len(rank), dtype=np.int32)
    return by_rank


def alphabetical(names: Vocabulary[Any]) -> Ints:
    """The alphabetical rank of every name: ``[names]``."""
    n = len(names)
    cached = _ALPHABETICAL.get(names)
    if cached is None or cached[0] != n:
        ranks = np.empty(n, np.int64)
        ranks[sorted(range(n), key=names.names.__getitem__)] = np.arange(n)
        cached = _ALPHABETICAL[names] = n, ranks
    return cached[1]
