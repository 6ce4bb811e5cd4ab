"""Defaults that a room and ``shop.yaml`` share, written once.

Rooms cannot read settings, and ``baihuo --help`` must not load rooms.
"""

SWAP_PROBABILITY = 0.08
"""P(two neighbours of a page change places), a pair; with the next, chance touches about one page of four."""

SLOT_PROBABILITY = 0.15
"""P(one place of the first page is given to a product from further down), a page."""
