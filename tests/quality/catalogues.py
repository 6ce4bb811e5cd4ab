"""Catalogues that tests of several checks are asked about."""

from __future__ import annotations

import numpy as np

from baihuo.core import Product


def cables_and_servers(*others: tuple[str, int]) -> list[Product]:
    """80 cables at about 9 EUR, three servers a thousand times as dear, and others of a title and a price; no categories."""
    rng = np.random.default_rng(3)
    things = [("Patch cable blue", 900)] * 80 + [("Rack server tall", 900_000)] * 3
    return [
        Product(
            product_id=f"p{i}",
            title_en=f"{title} number {i}",
            currency="EUR",
            price_minor=int(price * np.exp(rng.normal(0, 0.3))),
        )
        for i, (title, price) in enumerate([*things, *others])
    ]
