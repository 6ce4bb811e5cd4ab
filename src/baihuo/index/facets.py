"""Facets: counts over the answer set under every *other* filter."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from baihuo.core import CATEGORY_SEPARATOR, Facet, FacetValue, Filters
from baihuo.index.attribute_facets import (
    CountedRows,
    Rows,
    attribute_facets,
    facet,
    facet_in_order,
    first_values,
)
from baihuo.index.attribute_groups import alphabetical
from baihuo.index.filters import BRAND, CATEGORY, PRICE, FilterMasks
from baihuo.index.snapshot import Snapshot
from baihuo.index.value_rows import spans

Mask = NDArray[np.bool_]
_PRICE_RANGES = 5
_NO_END = np.iinfo(np.int64).max


def make_facets(
    snapshot: Snapshot, eligible: Mask, filters: Filters, passing: Rows
) -> tuple[Facet, ...]:
    """Brand, category, price ranges and the most common informative attributes.

    Args:
        snapshot: the index.
        eligible: ``[n]`` rows that match the query text.
        filters: those of the request. A selected value is always listed, even without products.
        passing: those of the rows that pass all filters, ascending.
    """
    rows = CountedRows(FilterMasks(snapshot, filters), eligible, passing)
    facets = [
        _brands(snapshot, rows.under(except_for=BRAND), filters),
        _categories(snapshot, rows.under(except_for=CATEGORY), filters),
        _prices(rows, filters),
        *attribute_facets(rows),
    ]
    return tuple(f for f in facets if f.values)


def _brands(snapshot: Snapshot, rows: Rows, filters: Filters) -> Facet:
    names = snapshot.dictionaries.brands
    counts = _counts(snapshot.brand_code.take(rows), len(names))
    present = np.flatnonzero(counts)
    first = present[first_values(counts[present], alphabetical(names)[present])]
    if not filters.brands:
        return facet_in_order(BRAND, [names.names[c] for c in first.tolist()], counts[first])
    counted = {names.names[c]: int(counts[c]) for c in first.tolist()}
    # A selected brand may be below the first ones.
    for chosen in filters.brands:
        code = names.find(chosen)
        counted[chosen] = int(counts[code]) if code >= 0 else 0
    return facet(BRAND, counted, filters.brands)


def _counts(codes: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """How often each of ``n`` codes occurs; -1 is none of them."""
    return np.bincount(codes + 1, minlength=n + 1)[1:]


def _categories(snapshot: Snapshot, rows: Rows, filters: Filters) -> Facet:
    """Paths below the selected category, and its siblings and those of its parents; a single root is expanded."""
    names = snapshot.dictionaries.categories.names
    counts = _counts(snapshot.category_code.take(rows), len(names))
    by_path: dict[tuple[str, ...], int] = defaultdict(int)
    present = np.flatnonzero(counts)
    for code, count in zip(present.tolist(), counts[present].tolist(), strict=True):
        path = names[code]
        for depth in range(1, len(path) + 1):
            by_path[path[:depth]] += count
    below: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for path in by_path:
        below[path[:-1]].append(path)
    expanded: tuple[str, ...] = filters.category
    while len(below.get(expanded, ())) == 1:
        expanded = below[expanded][0]
    shown = [p for depth in range(len(expanded) + 1) for p in below.get(expanded[:depth], ())]
    values = {CATEGORY_SEPARATOR.join(p): by_path[p] for p in shown}
    chosen = (CATEGORY_SEPARATOR.join(filters.category),) if filters.category else ()
    return facet(CATEGORY, values, chosen)


def _prices(rows: CountedRows, filters: Filters) -> Facet:
    """Ranges with round ends and similar numbers of products, as ``"low-high"`` in minor units."""
    prices, owners = _priced_variants(rows)
    selected = (filters.price_min_minor, filters.price_max_minor)
    counted: dict[tuple[int, int | None], int] = {}
    if len(prices):
        ordered = np.sort(prices)
        # Nearest-rank quantiles.
        ranks = np.rint((len(ordered) - 1) * np.arange(1, _PRICE_RANGES) / _PRICE_RANGES)
        cuts = {_round(int(c)) for c in ordered[ranks.astype(np.intp)]}
        starts = [0, *sorted(c for c in cuts if ordered[0] < c <= ordered[-1])]
        if (owners[1:] == owners[:-1]).any():
            # A product with variants in two ranges counts once in each.
            range_of = np.searchsorted(starts, prices, side="right") - 1
            range_of = np.unique(owners * len(starts) + range_of) % len(starts)
            counts = np.bincount(range_of, minlength=len(starts))
        else:
            counts = np.diff(np.searchsorted(ordered, starts), append=len(ordered))
        ends = [*(e - 1 for e in starts[1:]), None]
        counted = {r: int(n) for r, n in zip(zip(starts, ends, strict=True), counts, strict=True)}
    chosen = None if selected == (None, None) else (selected[0] or 0, selected[1])
    if chosen is not None and chosen not in counted:
        low, high = chosen
        mine = (prices >= low) & (prices <= (_NO_END if high is None else high))
        counted = {chosen: len(np.unique(owners[mine])), **counted}
    if chosen is None and len(counted) < 2:
        counted = {}  # "¥0 and more" for everything is no choice
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


def _priced_variants(rows: CountedRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Prices of the variants of rows that pass the other filters, and the row of each."""
    masks, snapshot = rows.masks, rows.masks.snapshot
    prices, owners = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, segment in enumerate(snapshot.segments):
        mine = rows.in_segment(number, except_for=PRICE)
        if segment.is_one_variant_each:
            variants, row_of_variant = mine, snapshot.segment_rows[number].take(mine)
        else:
            variants = spans(segment.variant_starts, mine)
            n_variants = segment.variant_starts[mine + 1] - segment.variant_starts[mine]
            row_of_variant = np.repeat(snapshot.segment_rows[number][mine], n_variants)
        variant_price = segment.variant_price_minor.take(variants)
        own_price = snapshot.price_minor.take(row_of_variant)
        priced = np.where(variant_price >= 0, variant_price, own_price)
        passes = priced >= 0
        if masks.variant_filters(except_for=PRICE):
            passes &= masks.variant_mask(number, except_for=PRICE)[variants]
        prices.append(priced.compress(passes))
        owners.append(row_of_variant.compress(passes).astype(np.int64))
    if len(snapshot.segments) == 1:
        return prices[1], owners[1]
    return np.concatenate(prices), np.concatenate(owners)


def _round(minor: int) -> int:
    """Rounded down to two leading digits."""
    scale = 10 ** max(len(str(minor)) - 2, 0)
    return max(minor // scale, 1) * scale
