"""What facets need again and again of a dictionary's names, kept while the dictionary lives."""

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
    numbers: Mapping[str, int]  # name → place in ``names``
    attribute: NDArray[np.int32]  # [pairs] number of each pair's attribute
    alphabetical: Ints  # [pairs] rank of each pair by attribute and value

    def number(self, name: str) -> int:
        """The number of an attribute; -1: no pair has it."""
        return self.numbers.get(name, -1)

    def values(self, codes: NDArray[Any]) -> list[str]:
        """The values of some pairs, as shown."""
        names = self.pairs.names
        return [names[code][1] for code in codes.tolist()]


# Made again when the dictionary grew: it only grows, so its length says whether it did.
_GROUPED: WeakKeyDictionary[Vocabulary[Pair], tuple[int, AttributeGroups]] = WeakKeyDictionary()
_ALPHABETICAL: WeakKeyDictionary[Vocabulary[Any], tuple[int, Ints]] = WeakKeyDictionary()


def by_attribute(pairs: Vocabulary[Pair]) -> AttributeGroups:
    """The attributes of a dictionary of pairs."""
    n = len(pairs)
    kept = _GROUPED.get(pairs)
    if kept is None or kept[0] != n:
        names = sorted({name for name, _ in pairs.names[:n]})
        numbers = {name: at for at, name in enumerate(names)}
        attribute = np.array([numbers[name] for name, _ in pairs.names[:n]], np.int32)
        kept = _GROUPED[pairs] = (
            n,
            AttributeGroups(pairs, names, numbers, attribute, alphabetical(pairs)),
        )
    return kept[1]


def alphabetical(names: Vocabulary[Any]) -> Ints:
    """The rank of every name in the order of their characters: ``[names]``."""
    n = len(names)
    kept = _ALPHABETICAL.get(names)
    if kept is None or kept[0] != n:
        ranks = np.empty(n, np.int64)
        ranks[sorted(range(n), key=names.names.__getitem__)] = np.arange(n)
        kept = _ALPHABETICAL[names] = n, ranks
    return kept[1]
