"""Names of things that a shop's tagger finds in titles, as heads of these titles beside those of the general list.

Only where products have no categories: there titles alone say what a thing is, and the list of goods has not every name (工装裤, 打底衫).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from baihuo.core import Product
from baihuo.index.kinds import MIN_TITLES, Kinds, Weights
from baihuo.index.known_phrases import phrase_key
from baihuo.index.segment import Segment

_SHORTEST = 2  # characters of a name


@dataclass(frozen=True, slots=True)
class TitleTagger:
    """What names things in titles."""

    version: str  # of what was learned: another one makes another index
    things: Callable[[str], Iterable[str]]  # the names of things in a title that it is sure of


def with_tagged_heads(
    segment: Segment, products: Iterable[Product], tagger: TitleTagger
) -> tuple[Segment, frozenset[str]]:
    """The segment with the names that three titles or more have, and the keys of these names.

    Args:
        segment: of the products.
        products: by row. If any has a category nothing is changed.
        tagger: of the shop.
    """
    if any(p.category for p in products):
        return segment, frozenset()
    rows: dict[str, set[int]] = defaultdict(set)
    for row, product in enumerate(products):
        for title in (product.title_zh, product.title_en):
            for name in tagger.things(title) if title else ():
                if len(name) >= _SHORTEST and (key := phrase_key(name)):
                    rows[key].add(row)
    found = {
        key: np.union1d(segment.heads.get(key, ()), sorted(of)).astype(np.int32)
        for key, of in rows.items()
        if len(of) >= MIN_TITLES
    }
    return replace(segment, heads={**segment.heads, **found}), frozenset(found)


def with_names(kinds: Kinds, keys: Iterable[str]) -> Kinds:
    """The kinds with more names, of no category."""
    new: dict[str, Weights] = {key: {} for key in sorted(keys) if key not in kinds.keys}
    return replace(kinds, named={**new, **kinds.named}) if new else kinds
