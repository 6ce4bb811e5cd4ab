"""Applies what was read in the words: filters, products left out, and the order of tiers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, Reading
from baihuo.index.facet_values import spans
from baihuo.index.filters import FilterMasks
from baihuo.index.limit_evidence import EXACT, Levels, levels, rows_with_pair
from baihuo.index.query_limits import Preference, QueryLimits
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]
Tiers = NDArray[np.int16]
ENOUGH = 24  # products that have a colour: a page of them, and the others are left out
SOLD_OUT_TIER = 1_000  # the tiers of sold-out products come after all others


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """Limits as they apply to one request."""

    filters: Filters  # of the request, and the price and size read in the words
    eligible: Mask  # [n], without products that are left out for their colour or gender
    read: tuple[
        Reading, ...
    ]  # what applies; a filter of the request replaces the reading of its kind
    has: tuple[tuple[Preference, Levels], ...]  # how well each row has each preference
    product_row: int = -1  # the product whose id was typed
    left_out: Mask | None = None  # [n] rows that match, and are left out for their colour or gender

    def notes(self, rows: NDArray[np.int32]) -> tuple[str, ...]:
        """Notes on preferences that few or none of the products have."""
        notes, few = [], []
        has_all = np.ones(len(rows), np.bool_)
        for preference, level in self.has:
            has = level[rows] > 0
            if len(rows) and not has.any():
                notes.append(f"none_has:{_plain(preference)}")
            elif preference.excludes:
                has_all &= has
                few.append(_plain(preference))
        if few and not has_all.all():
            notes.append(f"few_have:{' '.join(few)}")
        return tuple(notes)


def _plain(preference: Preference) -> str:
    """The typed words, without the colon that separates the parts of a note."""
    return preference.reading.text.replace(":", " ")


def apply_limits(
    limits: QueryLimits, filters: Filters, snapshot: Snapshot, *, lexical: Mask, eligible: Mask
) -> Applied:
    """Combine the limits with the filters of the request.

    Which products are left out depends on the words only, not on the filters, so the count of a facet is the
    total that selecting it gives.

    Args:
        limits: of the query text.
        filters: of the request. Its price replaces one in the words, and so does its value of the attribute
            of the size.
        snapshot: the index.
        lexical: ``[n]`` rows that have enough of the other words.
        eligible: ``[n]`` rows that match, before filters.
    """
    if not limits:
        return Applied(filters, eligible, (), ())
    row = snapshot.row_of.get(limits.product, -1)
    if row >= 0:
        only = np.zeros(snapshot.n, np.bool_)
        only[row] = True
        return Applied(filters, only & snapshot.is_live, limits.readings, (), row)
    read: list[Reading] = []
    if limits.price is not None and _asks_no_price(filters):
        filters = replace(
            filters,
            price_min_minor=limits.price.price_min_minor,
            price_max_minor=limits.price.price_max_minor,
        )
        read.append(limits.price)
    if limits.size is not None:
        name, values = _size_attribute(limits.sizes, snapshot, eligible)
        if name not in dict(filters.attributes):
            filters = replace(filters, attributes=(*filters.attributes, (name, values)))
            read.append(replace(limits.size, attribute=name, values=values))
    has = tuple((p, levels(p, snapshot)) for p in limits.preferences)
    read.extend(p.reading for p, _ in has)
    wanted = np.ones(snapshot.n, np.bool_)
    for preference, level in has:
        if preference.excludes:
            wanted &= level > 0
    left_out = None
    if np.count_nonzero(wanted & lexical) >= ENOUGH:
        left_out = eligible & ~wanted
        eligible = eligible & wanted
    return Applied(filters, eligible, tuple(read), has, left_out=left_out)


def tiers(snapshot: Snapshot, rows: NDArray[np.int32], applied: Applied, *, lexical: Mask) -> Tiers:
    """The tier of each row: 0 has all that was asked for; last are products that cannot be bought, because they are
    sold out or have no price.

    Among products that have the same, those with the words come before those that are only near in meaning.
    """
    tier = np.zeros(len(rows), np.int16)
    for _, level in applied.has:
        tier += EXACT - level[rows]
    if applied.has and lexical[rows].any():
        tier += ~lexical[rows]
    cannot_be_bought = _is_sold_out(snapshot, rows, applied.filters) | _has_no_price(snapshot, rows)
    tier += SOLD_OUT_TIER * cannot_be_bought.astype(np.int16)
    return tier


def _asks_no_price(filters: Filters) -> bool:
    return filters.price_min_minor is None and filters.price_max_minor is None


def _has_no_price(snapshot: Snapshot, rows: NDArray[np.int32]) -> Mask:
    """Rows without a price, of the product or any variant, where other rows have one: nobody can buy them."""
    lacks = snapshot.price_minor[rows] < 0
    if not lacks.any():
        return np.asarray(lacks)
    segment_of = snapshot.segment_of[rows]
    for number, segment in enumerate(snapshot.segments):
        at = np.flatnonzero((segment_of == number) & lacks)
        local = snapshot.local_of[rows[at]].astype(np.intp)
        n_variants = segment.variant_starts[local + 1] - segment.variant_starts[local]
        has_price = segment.variant_price_minor[spans(segment.variant_starts, local)] >= 0
        lacks[at] = np.bincount(np.repeat(np.arange(len(at)), n_variants), has_price, len(at)) == 0
    return np.asarray(lacks & ~lacks.all())


def _size_attribute(
    sizes: tuple[Pair, ...], snapshot: Snapshot, eligible: Mask
) -> tuple[str, tuple[str, ...]]:
    """The attribute that has the size in most of the products: clothes and diapers both come in XL."""
    by_name: dict[str, list[str]] = {}
    for name, value in sizes:
        by_name.setdefault(name, []).append(value)
    counts = {}
    for name, values in by_name.items() if len(by_name) > 1 else ():
        has = rows_with_pair(snapshot, [(name, value) for value in values])
        counts[name] = int(np.count_nonzero(has & eligible))
    chosen = max(by_name, key=lambda name: counts.get(name, 0))
    return chosen, tuple(by_name[chosen])


def _is_sold_out(snapshot: Snapshot, rows: NDArray[np.int32], filters: Filters) -> Mask:
    """Rows of which nothing that passes the filters is in stock. Untracked stock counts as in stock."""
    if filters.in_stock:
        return np.zeros(len(rows), np.bool_)
    masks = FilterMasks(snapshot, filters)
    if masks.variant_filters():
        only = replace(filters, brands=(), category=(), in_stock=True)
        return np.asarray(~FilterMasks(snapshot, only).rows()[rows])
    sold_out = snapshot.stock_units[rows] == 0
    segment_of = snapshot.segment_of[rows]
    for number, segment in enumerate(snapshot.segments):
        if not len(segment) or not (segment.variant_stock_units == 0).any():
            continue
        at = np.flatnonzero((segment_of == number) & ~sold_out)
        local = snapshot.local_of[rows[at]]
        n_variants = segment.variant_starts[local + 1] - segment.variant_starts[local]
        has_stock = (
            segment.variant_stock_units[spans(segment.variant_starts, local.astype(np.intp))] != 0
        )
        owner = np.repeat(np.arange(len(at)), n_variants)
        sold_out[at] = np.bincount(owner, has_stock, len(at)) == 0
    return np.asarray(sold_out)
