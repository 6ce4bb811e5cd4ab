"""Attribute names and sort ranks of a dictionary, cached for the facets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from baihuo.index.segment import Pair
from baihuo.index.vocabulary import Vocabulary

Ints = NDArray[np.int64]
_FEW = 16  # new names are put between the others; more are sorted with them


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
        before, known = cached or (0, None)
        new = [name for name, _ in pairs.names[before:n]]
        if known is not None and all(name in known.numbers for name in new):
            names, numbers = known.names, known.numbers  # a product with new values, the usual case
            added = np.array([numbers[name] for name in new], np.int32)
            attribute = np.concatenate([known.attribute, added])
        else:
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
        before, ranks = cached or (0, np.empty(0, np.int64))
        if n - before <= _FEW and before:
            for at in range(before, n):
                ranks = _with_rank(ranks, names.names, at)
        else:
            ranks = np.empty(n, np.int64)
            ranks[sorted(range(n), key=names.names.__getitem__)] = np.arange(n)
        cached = _ALPHABETICAL[names] = n, ranks
    return cached[1]


def _with_rank(ranks: Ints, names: list[Any], at: int) -> Ints:
    """The ranks of names up to ``at``, whose own is not there yet."""
    order = np.argsort(ranks)  # by rank: a permutation
    rank = bisect_left(range(at), names[at], key=lambda i: names[order[i]])
    return np.append(ranks + (ranks >= rank), rank)
