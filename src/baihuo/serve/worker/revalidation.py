"""The last check before a page leaves: price and stock as the catalogue has them at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from baihuo.catalog import Offer
from baihuo.core import Filters, Served


def revalidate(served: Served, offers: Mapping[str, Offer]) -> Served:
    """The page without the products that sold out, left a price filter or were removed since.

    The columns in memory are up to 200 ms old. The page's notes say how many products it lost:
    ``"changed:2"``. The others keep the positions at which they were ranked.

    Args:
        served: The page as it was ranked.
        offers: Price and stock by product id. A product without an entry was removed.
    """
    filters = served.query.filters
    kept = [
        i
        for i, placed in enumerate(served.page.placed)
        if (offer := offers.get(placed.product_id)) is not None and _passes(filters, offer)
    ]
    n_dropped = len(served.page.placed) - len(kept)
    if not n_dropped:
        return served
    page = replace(
        served.page,
        placed=tuple(served.page.placed[i] for i in kept),
        notes=(*served.page.notes, f"changed:{n_dropped}"),
    )
    return replace(served, page=page, features=served.features[kept])


def _passes(filters: Filters, offer: Offer) -> bool:
    if filters.in_stock and offer.stock_units is not None and offer.stock_units < 1:
        return False
    low, high, price = filters.price_min_minor, filters.price_max_minor, offer.price_minor
    if low is None and high is None:
        return True
    return price is not None and (low is None or price >= low) and (high is None or price <= high)
