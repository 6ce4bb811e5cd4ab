"""The last look before a page leaves: price and stock as the catalogue has them at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from baihuo.catalog import Offer
from baihuo.core import Filters, Served


def as_offered(served: Served, offers: Mapping[str, Offer]) -> Served:
    """The page without the products that were sold out, repriced past a filter, or taken out since.

    In-memory columns are up to 200 ms old. What goes is said in the page's notes: ``"changed:2"``.
    Positions of the others stay: they were placed there.
    """
    filters = served.query.filters
    keep = [
        i
        for i, placed in enumerate(served.page.placed)
        if (offer := offers.get(placed.product_id)) is not None and _passes(filters, offer)
    ]
    n_gone = len(served.page.placed) - len(keep)
    if not n_gone:
        return served
    page = replace(
        served.page,
        placed=tuple(served.page.placed[i] for i in keep),
        notes=(*served.page.notes, f"changed:{n_gone}"),
    )
    return replace(served, page=page, features=served.features[keep])


def _passes(filters: Filters, offer: Offer) -> bool:
    if filters.in_stock and offer.stock_units is not None and offer.stock_units < 1:
        return False
    low, high, price = filters.price_min_minor, filters.price_max_minor, offer.price_minor
    if low is None and high is None:
        return True
    return price is not None and (low is None or price >= low) and (high is None or price <= high)
