"""The last check before a page leaves: price and stock as the catalogue has them at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from baihuo.catalog import Offer
from baihuo.core import Filters, Served
from baihuo.index import FilterMasks, Snapshot


def revalidate(
    served: Served, offers: Mapping[str, Offer], filters: Filters, snapshot: Snapshot
) -> Served:
    """The page without the products that sold out, left a filter or were removed since.

    The columns in memory are up to 200 ms old. The page's notes say how many products it lost:
    ``"changed:2"``. The others keep the positions at which they were ranked.

    Args:
        served: The page as it was ranked.
        offers: Price and stock by product id. A product without an entry was removed.
        filters: Of the request and of what was read in its words.
        snapshot: The index that ranked it; its variants keep prices of their own.
    """
    placed = served.page.placed
    rows = [snapshot.row_of.get(p.product_id, -1) for p in placed]
    prices, stock = snapshot.price_minor.copy(), snapshot.stock_units.copy()
    for row, product in zip(rows, placed, strict=True):
        if row >= 0 and (offer := offers.get(product.product_id)) is not None:
            prices[row] = -1 if offer.price_minor is None else offer.price_minor
            stock[row] = -1 if offer.stock_units is None else offer.stock_units
    now = replace(snapshot, price_minor=prices, stock_units=stock)
    passes = FilterMasks(now, filters).rows()
    kept = [
        i
        for i, (row, product) in enumerate(zip(rows, placed, strict=True))
        if product.product_id in offers and row >= 0 and passes[row]
    ]
    n_dropped = len(placed) - len(kept)
    if not n_dropped:
        return served
    page = replace(
        served.page,
        placed=tuple(placed[i] for i in kept),
        notes=(*served.page.notes, f"changed:{n_dropped}"),
    )
    return replace(served, page=page, features=served.features[kept])
