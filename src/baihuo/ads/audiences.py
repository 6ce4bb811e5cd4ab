"""Audiences: visitors by what they did lately with products of a category or a brand. ``shop.yaml`` names them, campaigns ask for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.settings import Audience
from baihuo.core import CATEGORY_SEPARATOR
from baihuo.engine import Source, Tables, sql_file, sql_text
from baihuo.index import Snapshot
from baihuo.rank import RequestContext

_SIZE = sql_file(__file__, "audience_size")
_DAY_US = 86_400_000_000


class Audiences:
    """Audiences over the products of an index, to tell which of them a visitor belongs to."""

    def __init__(self, audiences: Mapping[str, Audience], snapshot: Snapshot) -> None:
        self._audiences = audiences
        self._products = {name: _products(of, snapshot) for name, of in audiences.items()}

    def of(self, context: RequestContext) -> frozenset[str]:
        """Names of the audiences of a visitor, by the history that pages are made with."""
        now_us = context.query.at_us
        done = {
            "click": context.clicked,
            "add_to_cart": context.carted,
            "purchase": context.purchased,
        }
        found = set()
        for name, audience in self._audiences.items():
            for by in (done[event_type] for event_type in audience.did):
                is_recent = (by.rows >= 0) & (by.at_us > now_us - audience.days * _DAY_US)
                if self._products[name][by.rows[is_recent]].any():
                    found.add(name)
        return frozenset(found)


def audience_size(
    audience: Audience, tables: Tables, *, events: Source, products: Source, now_us: int
) -> int:
    """How many visitors an audience has, by the events that the checks kept."""
    path = CATEGORY_SEPARATOR.join((*_path(audience), "")) if audience.category else ""
    query = _SIZE(
        from_us=now_us - audience.days * _DAY_US,
        did=", ".join(map(sql_text, audience.did)),
        category=sql_text(path),
        separator=CATEGORY_SEPARATOR,
        brand=sql_text((audience.brand or "").lower()),
    )
    counted = tables.sql(query, events=events, products=products)
    return int(counted.column("n")[0].as_py())


def _path(audience: Audience) -> tuple[str, ...]:
    """Return the category from the root; empty: any."""
    parts = (audience.category or "").split(CATEGORY_SEPARATOR.strip())
    return tuple(part.strip() for part in parts if part.strip())


def _products(audience: Audience, snapshot: Snapshot) -> NDArray[np.bool_]:
    """``[n]`` products of its category and brand."""
    path, brand = _path(audience), (audience.brand or "").lower()
    is_in = np.ones(snapshot.n, dtype=bool)
    if path:
        categories = [
            code for code, of in enumerate(snapshot.category_names) if of[: len(path)] == path
        ]
        is_in &= np.isin(snapshot.category_code, categories)
    if brand:
        brands = [code for code, of in enumerate(snapshot.brand_names) if of.lower() == brand]
        is_in &= np.isin(snapshot.brand_code, brands)
    return is_in
