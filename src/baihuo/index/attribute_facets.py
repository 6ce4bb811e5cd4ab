"""What facets count, the values they list, and facets of attributes: those that are common in the answer set and split it well."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet, FacetValue
from baihuo.index.attribute_groups import AttributeGroups, by_attribute
from baihuo.index.filters import BRAND, CATEGORY, PRICE, FilterMasks
from baihuo.index.value_rows import spans

MAX_VALUES = 30  # values of a facet; selected ones are always listed


def first_values(counts: NDArray[np.int64], alphabetical: NDArray[np.int64]) -> NDArray[np.intp]:
    """Indexes of the values that a facet lists: most products first, then by name."""
    return np.asarray(np.lexsort((alphabetical, -counts))[:MAX_VALUES])


def facet_in_order(name: str, values: list[str], counts: NDArray[np.int64]) -> Facet:
    """A facet with the values in the given order, none selected."""
    return Facet(name=name, values=tuple(map(FacetValue, values, counts.tolist())))


def facet(name: str, counts: dict[str, int], chosen: tuple[str, ...]) -> Facet:
    """A facet with most products first; selected values are always listed."""
    listed = {**dict.fromkeys(chosen, 0), **counts} if chosen else counts
    order = sorted(listed, key=lambda v: (v not in chosen, -listed[v], v))[
        : max(MAX_VALUES, len(chosen))
    ]
    if chosen:
        order.sort(key=lambda v: (-listed[v], v))
    return Facet(
        name=name,
        values=tuple([FacetValue(v, listed[v], v in chosen) for v in order]),
    )


Rows: TypeAlias = NDArray[np.intp]
Mask = NDArray[np.bool_]


class CountedRows:
    """Rows under the filters of one request. Facets whose filter is not set count the same rows, found once."""

    def __init__(self, masks: FilterMasks, eligible: Mask, passing: Rows) -> None:
        """``eligible``: ``[n]`` rows that match the query text; ``passing``: those that pass all filters, ascending."""
        self.masks, self._eligible = masks, eligible
        self._rows: dict[str | None, Rows] = {None: passing}
        self._local: dict[tuple[int, str | None], Rows] = {}

    def under(self, *, except_for: str | None = None) -> Rows:
        """Rows under all filters, or all except one; ascending."""
        key = except_for if except_for in self.masks.parts else None
        if key not in self._rows:
            passes = self._eligible & self.masks.rows(except_for=key)
            self._rows[key] = np.flatnonzero(passes)
        return self._rows[key]

    def in_segment(self, number: int, *, except_for: str | None = None) -> Rows:
        """The same as local rows of a segment, ascending."""
        snapshot, rows = self.masks.snapshot, self.under(except_for=except_for)
        if len(snapshot.segments) == 1:
            return rows
        key = number, except_for if except_for in self.masks.parts else None
        if key not in self._local:
            local = snapshot.local_of[rows[snapshot.segment_of[rows] == number]]
            self._local[key] = np.sort(local).astype(np.intp)
        return self._local[key]


MAX_ATTRIBUTES = 6
_MIN_SHARE = 0.1  # share of the answer set that must have an attribute for it to be a facet
_MAX_DISTINCT = 60  # an attribute with more values is a free text, not a choice
_READABLE = 8  # values of an attribute that a person reads
_RESERVED = frozenset({BRAND, CATEGORY, PRICE})


def attribute_facets(rows: CountedRows) -> list[Facet]:
    """Facets of the selected attributes, then of the most informative other ones."""
    chosen = dict(rows.masks.filters.attributes)
    grouped = by_attribute(rows.masks.snapshot.dictionaries.pairs)
    informative = _informative_attributes(
        _pairs_of(rows, except_for=None),
        grouped,
        len(rows.under()),
        left_out=_RESERVED.union(chosen),
    )
    facets = []
    for name, values_chosen in chosen.items():
        if name in _RESERVED:
            continue
        codes = _pairs_of(rows, except_for=name)
        mine = codes[grouped.attribute[codes] == grouped.number(name)]
        values, counts = np.unique(mine, return_counts=True)
        counted = dict(zip(grouped.values(values), counts.tolist(), strict=True))
        facets.append(facet(name, counted, values_chosen))
    return facets + [
        facet_in_order(name, grouped.values(codes), counts) for name, codes, counts in informative
    ]


_Counted: TypeAlias = tuple[str, NDArray[np.int64], NDArray[np.int64]]
"""An attribute, the codes of its pairs, and the number of products of each."""


def _informative_attributes(
    codes: NDArray[np.int32], grouped: AttributeGroups, n_rows: int, *, left_out: frozenset[str]
) -> list[_Counted]:
    """Common attributes that split the answer set well, best first, with the values that a facet lists.

    An attribute with one value for nearly all products is useless, and so are values that few products
    share. A catalogue has thousands of attributes and values: only common ones are counted, and only
    those of the chosen attributes become Python objects.
    """
    # ``take`` and ``compress`` take a third of the time of indexing with places and masks.
    pairs, counts = _counts_of(codes, len(grouped.attribute))
    attribute = grouped.attribute.take(pairs)
    totals = np.bincount(attribute, counts, minlength=len(grouped.names)).astype(np.int64)
    is_common = np.minimum(totals, n_rows) >= max(_MIN_SHARE * n_rows, 1)
    n_values = np.bincount(attribute, minlength=len(totals))
    is_choice = is_common & (n_values >= 2) & (n_values <= _MAX_DISTINCT)
    chosen = np.flatnonzero(is_choice.take(attribute))
    if not len(chosen):
        return []
    chosen = chosen.take(np.argsort(grouped.rank.take(pairs.take(chosen))))
    pairs, counts, attribute = pairs.take(chosen), counts.take(chosen), attribute.take(chosen)
    # They are by attribute and name; of an attribute, a facet lists first what most products have.
    order = np.argsort(attribute * np.int64(n_rows + 1) - counts, kind="stable")
    pairs, counts = pairs.take(order), counts.take(order)
    starts = np.flatnonzero(np.concatenate(([True], attribute[1:] != attribute[:-1])))
    ends, numbers = np.append(starts[1:], len(pairs)), attribute[starts]
    total = totals[numbers]
    places = np.arange(len(pairs)) - np.repeat(starts, ends - starts)
    of_readable = np.add.reduceat(np.where(places < _READABLE, counts, 0), starts)
    score = np.minimum(total, n_rows) / n_rows * (1 - counts[starts] / total)
    score *= of_readable / total
    listed: list[_Counted] = []
    for g in np.lexsort((numbers, -score)).tolist():  # numbers are in the order of names
        if (name := grouped.names[numbers[g]]) in left_out:
            continue
        part = slice(starts[g], min(ends[g], starts[g] + MAX_VALUES))
        listed.append((name, pairs[part], counts[part]))
        if len(listed) == MAX_ATTRIBUTES:
            break
    return listed


def _counts_of(codes: NDArray[np.int32], n: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The distinct ones of codes from 0 to ``n - 1``, ascending, and how often each occurs."""
    if len(codes) > n // 8:
        counts = np.bincount(codes, minlength=n)
        found = np.flatnonzero(counts > 0)  # of numbers it takes six times as long
        return found, counts.take(found)
    ordered = np.sort(codes)
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(ordered))
    ends = ends[: len(ordered)]
    return ordered[ends - 1], np.diff(ends, prepend=0)


def _pairs_of(rows: CountedRows, *, except_for: str | None) -> NDArray[np.int32]:
    """Codes of the attribute pairs of rows: one for each row that has the pair on a variant that
    passes the filters."""
    masks, snapshot = rows.masks, rows.masks.snapshot
    found = []
    for number, segment in enumerate(snapshot.segments):
        mine = rows.in_segment(number, except_for=except_for)
        is_filtered = bool(masks.variant_filters(except_for=except_for))
        passes = masks.variant_mask(number, except_for=except_for) if is_filtered else None
        if passes is not None and segment.is_one_variant_each:
            mine, passes = mine.compress(passes.take(mine)), None
        if passes is not None:
            variants = spans(segment.variant_starts, mine)
            owners = np.repeat(mine, np.diff(segment.variant_starts)[mine])
            is_passing = passes[variants]
            variants, owners = variants[is_passing], owners[is_passing]
            codes = segment.pairs.take(spans(segment.pair_starts, variants))
            row_of_pair = np.repeat(owners, np.diff(segment.pair_starts)[variants])
            n_pairs = max(len(snapshot.dictionaries.pairs), 1)
            keys = np.unique(row_of_pair * n_pairs + codes)
            found.append((keys % n_pairs).astype(np.int32))
        else:
            found.append(segment.row_pairs.take(spans(segment.row_pair_starts, mine)))
    return found[0] if len(found) == 1 else np.concatenate(found)
