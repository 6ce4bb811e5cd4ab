"""Price and stock, which change often."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Keep(Enum):
    """The one value of :data:`KEEP`."""

    KEEP = "keep"


KEEP = Keep.KEEP
"""Keep the current value. None is a value: not for sale, stock not tracked."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Current price and stock of a product."""

    price_minor: int | None
    stock_units: int | None
