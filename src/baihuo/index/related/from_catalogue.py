"""Related searches that a catalogue offers: the kind with a brand or a value of it, and kinds beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, has_han
from baihuo.index.attribute_facets import CountedRows, attribute_facets
from baihuo.index.filters import FilterMasks
from baihuo.index.generation import Generation
from baihuo.index.kind_match import QueryKind, type_match
from baihuo.index.related.brand_names import chinese_brand

_One = TypeVar("_One")
_OF_KIND = 0.5  # of ``type_match``
_LEAST = 2  # products with a brand or a value
_N_BRANDS, _N_VALUES, _N_ATTRIBUTES, _N_SIBLINGS = 3, 2, 3, 6
_LONGEST = 24  # characters of a value that somebody would type


def narrower_of(kind: QueryKind, generation: Generation, *, is_chinese: bool) -> list[str]:
    """The words for a kind with its most frequent brands and values, in turn; each of at least two live products.

    Args:
        kind: that was asked for.
        generation: the index.
        is_chinese: values without Chinese characters are left out then, and those with them otherwise; brands are not, but have
            their Chinese names where the shop has them.
    """
    snapshot = generation.snapshot
    of_kind = (type_match(kind, snapshot) >= _OF_KIND) & snapshot.is_live
    codes = snapshot.brand_code[of_kind]
    counts = np.bincount(codes[codes >= 0], minlength=len(snapshot.brand_names))
    brands = [
        (chinese_brand(i, snapshot) if is_chinese else "") or snapshot.brand_names[i]
        for i in _most(counts, _N_BRANDS)
    ]
    facets = attribute_facets(
        CountedRows(FilterMasks(snapshot, Filters()), of_kind, np.flatnonzero(of_kind))
    )
    values = [
        value.value
        for facet in facets[:_N_ATTRIBUTES]
        for value in [
            v for v in facet.values if v.n_products >= _LEAST and _is_typed(v.value, is_chinese)
        ][:_N_VALUES]
    ]
    return [_beside(word.lower(), kind.phrase) for word in in_turn(brands, values)]


def siblings_of(kind: QueryKind, generation: Generation, *, is_chinese: bool) -> list[str]:
    """Names of the categories beside those of a kind, under the same parent, the largest first."""
    snapshot, paths = generation.snapshot, generation.snapshot.category_names
    own = {code for code, weight in kind.weights.items() if weight >= _OF_KIND}
    parents = {paths[code][:-1] for code in own if len(paths[code]) > 1}
    codes = snapshot.category_code[snapshot.is_live]
    counts = np.bincount(codes[codes >= 0], minlength=len(paths))
    beside = [c for c, path in enumerate(paths) if path[:-1] in parents and c not in own]
    beside.sort(key=lambda c: (-counts[c], c))
    names = _chinese_names(generation) if is_chinese else {}
    found = [names.get(c, "") if is_chinese else paths[c][-1].lower() for c in beside if counts[c]]
    return [name for name in found if name][:_N_SIBLINGS]


def _chinese_names(generation: Generation) -> dict[int, str]:
    """The Chinese name that heads most titles of each category, where there is a sure one."""
    kinds, segments = generation.lexicon.kinds, generation.snapshot.segments
    best: dict[int, tuple[int, str]] = {}
    for key, code in kinds.chinese_names():
        n_titles = sum(len(s.heads.get(key, ())) for s in segments)
        best[code] = max(best.get(code, (0, "")), (n_titles, key))
    return {code: name for code, (_, name) in best.items()}


def in_turn(first: Sequence[_One], second: Sequence[_One]) -> list[_One]:
    """One of each in turn, then what is left of the longer."""
    n = min(len(first), len(second))
    pairs = (x for pair in zip(first, second, strict=False) for x in pair)
    return [*pairs, *first[n:], *second[n:]]


def _beside(word: str, phrase: str) -> str:
    return f"{word}{phrase}" if has_han(word) and has_han(phrase) else f"{word} {phrase}"


def _is_typed(value: str, is_chinese: bool) -> bool:
    """Whether somebody would type a value: words, no numbers, not yes and no."""
    is_word = all(c.isalpha() or c in " -" for c in value) and 2 < len(value.encode()) <= _LONGEST
    return (
        is_word
        and has_han(value) == is_chinese
        and value.lower() not in ("yes", "no", "true", "false")
    )


def _most(counts: NDArray[np.int64], n: int) -> list[int]:
    order = np.lexsort((np.arange(len(counts)), -counts))[:n]
    return [int(i) for i in order if counts[i] >= _LEAST]
