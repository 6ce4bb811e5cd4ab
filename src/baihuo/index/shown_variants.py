"""The variant that stands for a product on a page, and its price."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, Variant
from baihuo.index.filters import FilterMasks
from baihuo.index.snapshot import Snapshot

_NO_PRICE = np.iinfo(np.int64).max


def shown_prices(snapshot: Snapshot, filters: Filters) -> NDArray[np.int64]:
    """The price of the shown variant of each row, ``[n]``; -1: no variant that passes the filters has one.

    It is the lowest price among the variants that pass and are in stock; where none is in stock, among all that pass.
    """
    lowest = np.full(snapshot.n, _NO_PRICE, np.int64)
    masks = FilterMasks(snapshot, filters)
    for number, segment in enumerate(snapshot.segments):
        if not len(segment):
            continue
        rows, starts = snapshot.segment_rows[number], segment.variant_starts[:-1]
        prices = masks.variants(number).prices
        passes = (prices >= 0) & masks.variant_mask(number)
        of_all = np.minimum.reduceat(np.where(passes, prices, _NO_PRICE), starts)
        in_stock = passes & masks.in_stock(number)
        of_stock = np.minimum.reduceat(np.where(in_stock, prices, _NO_PRICE), starts)
        current = snapshot.current(number)
        best = np.where(of_stock < _NO_PRICE, of_stock, of_all)
        lowest[rows[current]] = best[current]
    return np.where(lowest == _NO_PRICE, -1, lowest)


def shown_variants(
    snapshot: Snapshot, filters: Filters, rows: NDArray[np.int32]
) -> list[Variant | None]:
    """The variant of each row that passes the filters, is in stock if any is, and costs least; the first of equals.

    None where a product has no variants, or none that passes.
    """
    masks, shown = FilterMasks(snapshot, filters), list[Variant | None]()
    of_segment: dict[int, tuple[NDArray[np.bool_], NDArray[np.bool_]]] = {}
    segment_of, local_of = snapshot.segment_of[rows].tolist(), snapshot.local_of[rows].tolist()
    for row, number, local in zip(rows.tolist(), segment_of, local_of, strict=True):
        segment = snapshot.segments[number]
        if not segment.products.has_variants(local):
            shown.append(None)
            continue
        if number not in of_segment:  # over the whole index: once, and only if asked
            of_segment[number] = masks.variant_mask(number), masks.in_stock(number)
        span = slice(int(segment.variant_starts[local]), int(segment.variant_starts[local + 1]))
        if not of_segment[number][0][span].any():
            shown.append(None)
            continue
        variants = segment.products[local].variants
        passes, in_stock = (mask[span] for mask in of_segment[number])
        prices = segment.variant_price_minor[span]
        prices = np.where(prices >= 0, prices, snapshot.price_minor[row])
        prices = np.where(prices >= 0, prices, _NO_PRICE)
        out_of_stock = ~in_stock
        # A variant without a price cannot be bought, so it comes after one that is sold out.
        order = np.lexsort((prices, out_of_stock, prices == _NO_PRICE, ~passes))
        shown.append(variants[int(order[0])])
    return shown
