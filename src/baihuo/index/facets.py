"""Facets: counts over the answer set under every *other* filter."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet, FacetValue
from baihuo.core.query import Filters
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.index.filters import BRAND, CATEGORY, PRICE, FilterMasks, form_prices
from baihuo.index.names import Names
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]
MAX_VALUES = 30  # of a facet; selected ones are always among them
MAX_ATTRIBUTES = 6
_MIN_SHARE = 0.1  # of the answer that must have an attribute for it to be a facet
_MAX_DISTINCT = 60  # an attribute with more values is a description, not a choice
_READABLE = 8  # values of an attribute that a person looks at
_PRICE_RANGES = 5
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
    names = snapshot.dictionaries.brands.names
    codes = snapshot.brand_code[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    return _facet(BRAND, {names[c]: int(counts[c]) for c in np.flatnonzero(counts)}, filters.brands)


def _categories(snapshot: Snapshot, rows: Mask, filters: Filters) -> Facet:
    """The paths below the chosen one and beside it and its parents; a lone root is opened."""
    names = snapshot.dictionaries.categories.names
    codes = snapshot.category_code[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    by_path: dict[tuple[str, ...], int] = defaultdict(int)
    for code in np.flatnonzero(counts):
        for depth in range(1, len(names[code]) + 1):
            by_path[names[code][:depth]] += int(counts[code])
    opened: tuple[str, ...] = filters.category
    while len(below := [p for p in by_path if p[:-1] == opened]) == 1:
        opened = below[0]
    shown = {p: n for p, n in by_path.items() if p[:-1] == opened[: len(p) - 1]}
    values = {CATEGORY_SEPARATOR.join(p): n for p, n in shown.items()}
    chosen = (CATEGORY_SEPARATOR.join(filters.category),) if filters.category else ()
    return _facet(CATEGORY, values, chosen)


def _prices(snapshot: Snapshot, rows: Mask, filters: Filters) -> Facet:
    """Ranges with about equally many products and round ends, as ``"low-high"`` in minor units."""
    prices, owners = _priced_forms(snapshot, rows, FilterMasks(snapshot, filters))
    selected = (filters.price_min_minor, filters.price_max_minor)
    ranges: list[tuple[int, int | None]] = []
    if len(prices):
        cuts = np.unique(
            np.quantile(prices, np.arange(1, _PRICE_RANGES) / _PRICE_RANGES, method="nearest")
        )
        ends = sorted(
            {_round(int(c)) for c in cuts if prices.min() < _round(int(c)) <= prices.max()}
        )
        starts = [0, *ends]
        ranges = [(s, e - 1) for s, e in zip(starts, ends, strict=False)] + [(starts[-1], None)]
    if selected != (None, None) and (selected[0] or 0, selected[1]) not in ranges:
        ranges.insert(0, (selected[0] or 0, selected[1]))
    values = []
    for low, high in ranges:
        at_most = np.iinfo(np.int64).max if high is None else high
        is_selected = selected != (None, None) and (low, high) == (selected[0] or 0, selected[1])
        count = len(np.unique(owners[(prices >= low) & (prices <= at_most)]))
        if count or is_selected:
            values.append(
                FacetValue(
                    value=f"{low}-{'' if high is None else high}",
                    n_products=count,
                    is_selected=is_selected,
                )
            )
    return Facet(name=PRICE, values=tuple(values))


def _attributes(snapshot: Snapshot, eligible: Mask, masks: FilterMasks) -> list[Facet]:
    chosen = dict(masks.filters.attributes)
    base = eligible & masks.rows()
    counted = _pair_counts(snapshot, base, masks, but=None)
    pairs = snapshot.dictionaries.pairs
    names = pairs.names
    n_rows = max(int(base.sum()), 1)
    dividing = _dividing(counted, pairs, n_rows, left_out=_RESERVED.union(chosen))
    facets = []
    for name, values_chosen in chosen.items():
        if name in _RESERVED:
            continue
        others = _pair_counts(snapshot, eligible & masks.rows(but=name), masks, but=name)
        values = {
            names[c][1]: int(others[c]) for c in np.flatnonzero(others) if names[c][0] == name
        }
        facets.append(_facet(name, values, values_chosen))
    return facets + [
        _facet(name, {names[c][1]: int(counted[c]) for c in codes}, ()) for name, codes in dividing
    ]


def _dividing(
    counted: NDArray[np.int64], pairs: Names[Pair], n_rows: int, *, left_out: frozenset[str]
) -> list[tuple[str, NDArray[np.intp]]]:
    """The attributes that are common and divide, best first, with the codes of their values.

    One value for nearly all says nothing, and neither do sizes that each few products have. A
    catalogue has thousands of values: only those of the attributes chosen become objects.
    """
    order, starts, names = _by_attribute(pairs)
    if not len(starts) or not counted.any():
        return []
    counts = counted[order]
    totals = np.add.reduceat(counts, starts)
    n_values = np.add.reduceat(counts > 0, starts)
    covered = np.minimum(totals, n_rows)
    may = (n_values >= 2) & (n_values <= _MAX_DISTINCT) & (covered >= _MIN_SHARE * n_rows)
    ends = np.append(starts[1:], len(order))
    # No score is above its share without the loss to unreadable values: most need no closer look.
    most = covered / n_rows * (1 - np.maximum.reduceat(counts, starts) / np.maximum(totals, 1))
    groups = np.flatnonzero(may)
    scored: list[tuple[float, str, NDArray[np.intp]]] = []
    for g in groups[np.argsort(-most[groups], kind="stable")].tolist():
        if len(scored) >= MAX_ATTRIBUTES and -scored[MAX_ATTRIBUTES - 1][0] > most[g]:
            break
        if names[g] in left_out:
            continue
        codes = order[starts[g] : ends[g]]
        codes = codes[counted[codes] > 0]
        codes = codes[np.argsort(-counted[codes], kind="stable")]
        shared = counted[codes[:_READABLE]].sum() / totals[g]
        scored.append((-float(most[g] * shared), names[g], codes))
        scored.sort(key=lambda one: one[:2])
    return [(name, codes) for _, name, codes in scored[:MAX_ATTRIBUTES]]


# Pairs grouped by attribute, kept while their dictionary lives and made again when it grew.
_Grouped: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp], list[str]]
_GROUPED: WeakKeyDictionary[Names[Pair], tuple[int, _Grouped]] = WeakKeyDictionary()


def _by_attribute(pairs: Names[Pair]) -> _Grouped:
    """Codes of all pairs, one attribute after the other; where each starts; the attributes' names."""
    n = len(pairs)
    kept = _GROUPED.get(pairs)
    if kept is None or kept[0] != n:
        numbered: dict[str, int] = {}
        numbers = np.array(
            [numbered.setdefault(name, len(numbered)) for name, _ in pairs.names[:n]], np.int32
        )
        order = np.argsort(numbers, kind="stable")
        starts = np.searchsorted(numbers[order], np.arange(len(numbered)))
        kept = _GROUPED[pairs] = n, (order, starts, list(numbered))
    return kept[1]


def _pair_counts(
    snapshot: Snapshot, rows: Mask, masks: FilterMasks, *, but: str | None
) -> NDArray[np.int64]:
    """In how many of ``rows`` each attribute pair is, on a form that passes the form filters."""
    counts = np.zeros(len(snapshot.dictionaries.pairs), np.int64)
    for number, segment in enumerate(snapshot.segments):
        mine = rows[snapshot.segment_rows[number]] & snapshot.current(number)
        if masks.form_parts(but=but):
            forms = masks.forms(number, but=but) & np.repeat(mine, np.diff(segment.form_starts))
            at = _spans(segment.pair_starts, np.flatnonzero(forms))
            row_of_form = np.repeat(np.arange(len(segment)), np.diff(segment.form_starts))
            form_of = np.repeat(np.flatnonzero(forms), np.diff(segment.pair_starts)[forms])
            keys = np.unique(row_of_form[form_of] * len(counts) + segment.pairs[at])
            found = keys % max(len(counts), 1)
        else:
            found = segment.row_pairs[_spans(segment.row_pair_starts, np.flatnonzero(mine))]
        counts += np.bincount(found, minlength=len(counts))
    return counts


def _spans(starts: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[np.int64]:
    """All positions of the spans ``at`` of a compressed array, one span after the other."""
    lengths = starts[at + 1] - starts[at]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths - starts[at], lengths)


def _priced_forms(
    snapshot: Snapshot, rows: Mask, masks: FilterMasks
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    prices, owners = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, segment in enumerate(snapshot.segments):
        mine = rows[snapshot.segment_rows[number]] & snapshot.current(number)
        row_of_form = np.repeat(snapshot.segment_rows[number], np.diff(segment.form_starts))
        passes = masks.forms(number, but=PRICE) & np.repeat(mine, np.diff(segment.form_starts))
        priced = form_prices(snapshot, segment, row_of_form)
        passes &= priced >= 0
        prices.append(priced[passes])
        owners.append(row_of_form[passes].astype(np.int64))
    return np.concatenate(prices), np.concatenate(owners)


def _round(minor: int) -> int:
    """Two leading digits: prices that a person would choose."""
    scale = 10 ** max(len(str(minor)) - 2, 0)
    return max(minor // scale, 1) * scale


def _facet(name: str, counts: dict[str, int], chosen: tuple[str, ...]) -> Facet:
    """Most products first; selected values are kept whatever their count."""
    listed = {**dict.fromkeys(chosen, 0), **counts}
    order = sorted(listed, key=lambda v: (v not in chosen, -listed[v], v))[
        : max(MAX_VALUES, len(chosen))
    ]
    order.sort(key=lambda v: (-listed[v], v))
    return Facet(
        name=name,
        values=tuple(
            FacetValue(value=v, n_products=listed[v], is_selected=v in chosen) for v in order
        ),
    )
