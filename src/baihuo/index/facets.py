"""Facets: counts over the answer set under every *other* filter."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet, FacetValue
from baihuo.core.query import Filters
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.index.attribute_groups import AttributeGroups, alphabetical, by_attribute
from baihuo.index.filters import BRAND, CATEGORY, PRICE, FilterMasks
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]
MAX_VALUES = 30  # of a facet; selected ones are always among them
MAX_ATTRIBUTES = 6
_MIN_SHARE = 0.1  # of the answer that must have an attribute for it to be a facet
_MAX_DISTINCT = 60  # an attribute with more values is a description, not a choice
_READABLE = 8  # values of an attribute that a person looks at
_PRICE_RANGES = 5
_NO_END = np.iinfo(np.int64).max
_RESERVED = frozenset({BRAND, CATEGORY, PRICE})


def make_facets(snapshot: Snapshot, eligible: Mask, filters: Filters) -> tuple[Facet, ...]:
    """Brand, category, price ranges and the attributes that most of the answer has.

    Args:
        snapshot: the index.
        eligible: ``[n]`` rows that match the words.
        filters: those of the request. A selected value is always listed, even with no product.
    """
    masks = FilterMasks(snapshot, filters)
    made = [
        _brands(snapshot, eligible & masks.rows(but=BRAND), filters),
        _categories(snapshot, eligible & masks.rows(but=CATEGORY), filters),
        _prices(snapshot, eligible & masks.rows(but=PRICE), filters),
        *_attributes(snapshot, eligible, masks),
    ]
    return tuple(f for f in made if f.values)


def _brands(snapshot: Snapshot, rows: Mask, filters: Filters) -> Facet:
    names = snapshot.dictionaries.brands
    codes = snapshot.brand_code[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    present = np.flatnonzero(counts)
    first = present[_first(counts[present], alphabetical(names)[present])]
    if not filters.brands:
        return _facet_of(BRAND, [names.names[c] for c in first.tolist()], counts[first])
    counted = {names.names[c]: int(counts[c]) for c in first.tolist()}
    # A brand chosen earlier may be among those that were not first.
    for chosen in filters.brands:
        code = names.find(chosen)
        counted[chosen] = int(counts[code]) if code >= 0 else 0
    return _facet(BRAND, counted, filters.brands)


def _categories(snapshot: Snapshot, rows: Mask, filters: Filters) -> Facet:
    """The paths below the chosen one and beside it and its parents; a lone root is opened."""
    names = snapshot.dictionaries.categories.names
    codes = snapshot.category_code[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    by_path: dict[tuple[str, ...], int] = defaultdict(int)
    present = np.flatnonzero(counts)
    for code, count in zip(present.tolist(), counts[present].tolist(), strict=True):
        path = names[code]
        for depth in range(1, len(path) + 1):
            by_path[path[:depth]] += count
    below: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for path in by_path:
        below[path[:-1]].append(path)
    opened: tuple[str, ...] = filters.category
    while len(below.get(opened, ())) == 1:
        opened = below[opened][0]
    shown = [p for depth in range(len(opened) + 1) for p in below.get(opened[:depth], ())]
    values = {CATEGORY_SEPARATOR.join(p): by_path[p] for p in shown}
    chosen = (CATEGORY_SEPARATOR.join(filters.category),) if filters.category else ()
    return _facet(CATEGORY, values, chosen)


def _prices(snapshot: Snapshot, rows: Mask, filters: Filters) -> Facet:
    """Ranges with about equally many products and round ends, as ``"low-high"`` in minor units."""
    prices, owners = _priced_forms(snapshot, rows, FilterMasks(snapshot, filters))
    selected = (filters.price_min_minor, filters.price_max_minor)
    counted: dict[tuple[int, int | None], int] = {}
    if len(prices):
        ordered = np.sort(prices)
        # Quantiles of the nearest rank.
        at = np.rint((len(ordered) - 1) * np.arange(1, _PRICE_RANGES) / _PRICE_RANGES)
        cuts = {_round(int(c)) for c in ordered[at.astype(np.intp)]}
        starts = [0, *sorted(c for c in cuts if ordered[0] < c <= ordered[-1])]
        # A product with forms in two ranges counts in both, and once in each.
        of = np.searchsorted(starts, prices, side="right") - 1
        if (owners[1:] == owners[:-1]).any():
            of = np.unique(owners * len(starts) + of) % len(starts)
        counts = np.bincount(of, minlength=len(starts))
        ends = [*(e - 1 for e in starts[1:]), None]
        counted = {r: int(n) for r, n in zip(zip(starts, ends, strict=True), counts, strict=True)}
    chosen = None if selected == (None, None) else (selected[0] or 0, selected[1])
    if chosen is not None and chosen not in counted:
        low, high = chosen
        mine = (prices >= low) & (prices <= (_NO_END if high is None else high))
        counted = {chosen: len(np.unique(owners[mine])), **counted}
    return Facet(
        name=PRICE,
        values=tuple(
            FacetValue(
                value=f"{low}-{'' if high is None else high}",
                n_products=count,
                is_selected=(low, high) == chosen,
            )
            for (low, high), count in counted.items()
            if count or (low, high) == chosen
        ),
    )


def _attributes(snapshot: Snapshot, eligible: Mask, masks: FilterMasks) -> list[Facet]:
    chosen = dict(masks.filters.attributes)
    base = eligible & masks.rows()
    grouped = by_attribute(snapshot.dictionaries.pairs)
    dividing = _dividing(
        _pairs_of(snapshot, base, masks, but=None),
        grouped,
        int(np.count_nonzero(base)),
        left_out=_RESERVED.union(chosen),
    )
    facets = []
    for name, values_chosen in chosen.items():
        if name in _RESERVED:
            continue
        codes = _pairs_of(snapshot, eligible & masks.rows(but=name), masks, but=name)
        mine = codes[grouped.attribute[codes] == grouped.number(name)]
        values, counts = np.unique(mine, return_counts=True)
        counted = dict(zip(grouped.values(values), counts.tolist(), strict=True))
        facets.append(_facet(name, counted, values_chosen))
    return facets + [
        _facet_of(name, grouped.values(codes), counts) for name, codes, counts in dividing
    ]


_Counted: TypeAlias = tuple[str, NDArray[np.int64], NDArray[np.int64]]
"""An attribute, the codes of its pairs, how many products each has."""


def _dividing(
    codes: NDArray[np.int32], grouped: AttributeGroups, n_rows: int, *, left_out: frozenset[str]
) -> list[_Counted]:
    """The attributes that are common and divide, best first, with the values that a facet lists.

    One value for nearly all says nothing, and neither do sizes that each few products have. A
    catalogue has thousands of attributes and values: only those of the common ones are counted, and
    only those of the attributes chosen become objects.
    """
    attributes = grouped.attribute[codes]
    totals = np.bincount(attributes, minlength=len(grouped.names))
    is_common = np.minimum(totals, n_rows) >= max(_MIN_SHARE * n_rows, 1)
    counted = np.bincount(codes[is_common[attributes]])
    pairs = np.flatnonzero(counted)
    if not len(pairs):
        return []
    pairs = pairs[np.argsort(grouped.attribute[pairs], kind="stable")]
    counts, attribute = counted[pairs], grouped.attribute[pairs]
    starts = np.flatnonzero(np.concatenate(([True], attribute[1:] != attribute[:-1])))
    ends = np.append(starts[1:], len(pairs))
    total, n_values = totals[attribute[starts]], ends - starts
    # No score is above its share without the loss to unreadable values: most need no closer look.
    covered = np.minimum(total, n_rows)
    most = covered / n_rows * (1 - np.maximum.reduceat(counts, starts) / total)
    groups = np.flatnonzero((n_values >= 2) & (n_values <= _MAX_DISTINCT))
    scored: list[tuple[float, str, slice]] = []
    for g in groups[np.argsort(-most[groups], kind="stable")].tolist():
        if len(scored) >= MAX_ATTRIBUTES and -scored[MAX_ATTRIBUTES - 1][0] > most[g]:
            break
        name = grouped.names[attribute[starts[g]]]
        if name in left_out:
            continue
        part = slice(starts[g], ends[g])
        shared = np.sort(counts[part])[-_READABLE:].sum() / total[g]
        scored.append((-float(most[g] * shared), name, part))
        scored.sort(key=lambda one: one[:2])
    listed = []
    for _, name, part in scored[:MAX_ATTRIBUTES]:
        first = _first(counts[part], grouped.alphabetical[pairs[part]])
        listed.append((name, pairs[part][first], counts[part][first]))
    return listed


def _pairs_of(
    snapshot: Snapshot, rows: Mask, masks: FilterMasks, *, but: str | None
) -> NDArray[np.int32]:
    """Codes of the attribute pairs of ``rows``, once for each row that has it on a form that passes
    the form filters."""
    found = [np.empty(0, np.int32)]
    for number, segment in enumerate(snapshot.segments):
        mine = rows[snapshot.segment_rows[number]] & snapshot.current(number)
        if masks.form_parts(but=but):
            forms = masks.forms(number, but=but) & np.repeat(mine, np.diff(segment.form_starts))
            at = _spans(segment.pair_starts, np.flatnonzero(forms))
            row_of_form = np.repeat(np.arange(len(segment)), np.diff(segment.form_starts))
            form_of = np.repeat(np.flatnonzero(forms), np.diff(segment.pair_starts)[forms])
            n_pairs = max(len(snapshot.dictionaries.pairs), 1)
            keys = np.unique(row_of_form[form_of] * n_pairs + segment.pairs[at])
            found.append((keys % n_pairs).astype(np.int32))
        else:
            at = _spans(segment.row_pair_starts, np.flatnonzero(mine))
            found.append(segment.row_pairs[at])
    return np.concatenate(found)


def _spans(starts: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[np.int64]:
    """All positions of the spans ``at`` of a compressed array, one span after the other."""
    lengths = starts[at + 1] - starts[at]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths - starts[at], lengths)


def _priced_forms(
    snapshot: Snapshot, rows: Mask, masks: FilterMasks
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Prices of the forms of ``rows`` that pass the other filters, and whose they are."""
    prices, owners = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, segment in enumerate(snapshot.segments):
        mine = np.flatnonzero(rows[snapshot.segment_rows[number]] & snapshot.current(number))
        forms = _spans(segment.form_starts, mine)
        n_forms = segment.form_starts[mine + 1] - segment.form_starts[mine]
        row_of_form = np.repeat(snapshot.segment_rows[number][mine], n_forms)
        own = segment.form_price_minor[forms]
        priced = np.where(own >= 0, own, snapshot.price_minor[row_of_form])
        passes = priced >= 0
        if masks.form_parts(but=PRICE):
            passes &= masks.forms(number, but=PRICE)[forms]
        prices.append(priced[passes])
        owners.append(row_of_form[passes].astype(np.int64))
    return np.concatenate(prices), np.concatenate(owners)


def _round(minor: int) -> int:
    """Two leading digits: prices that a person would choose."""
    scale = 10 ** max(len(str(minor)) - 2, 0)
    return max(minor // scale, 1) * scale


def _first(counts: NDArray[np.int64], alphabetical: NDArray[np.int64]) -> NDArray[np.intp]:
    """Which values a facet lists: most products first, then by name."""
    return np.asarray(np.lexsort((alphabetical, -counts))[:MAX_VALUES])


def _facet_of(name: str, values: list[str], counts: NDArray[np.int64]) -> Facet:
    """Values in the order they come in, none of them selected."""
    return Facet(
        name=name,
        values=tuple(
            FacetValue(value=value, n_products=count, is_selected=False)
            for value, count in zip(values, counts.tolist(), strict=True)
        ),
    )


def _facet(name: str, counts: dict[str, int], chosen: tuple[str, ...]) -> Facet:
    """Most products first; selected values are kept whatever their count."""
    listed = {**dict.fromkeys(chosen, 0), **counts} if chosen else counts
    order = sorted(listed, key=lambda v: (v not in chosen, -listed[v], v))[
        : max(MAX_VALUES, len(chosen))
    ]
    if chosen:
        order.sort(key=lambda v: (-listed[v], v))
    return Facet(
        name=name,
        values=tuple(
            FacetValue(value=v, n_products=listed[v], is_selected=v in chosen) for v in order
        ),
    )
