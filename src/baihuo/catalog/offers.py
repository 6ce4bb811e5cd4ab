"""Price and stock: what changes by the second."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Keep(Enum):
    """The one value of :data:`KEEP`."""

    KEEP = "keep"


KEEP = Keep.KEEP
"""Leave this part as it is. None is a value of its own: not for sale, stock not tracked."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a product costs and how many there are, now."""

    price_minor: int | None
    stock_units: int | None
