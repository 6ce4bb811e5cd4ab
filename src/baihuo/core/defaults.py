"""Numbers that several rooms must agree on, written once.

Rooms cannot read settings, and ``baihuo --help`` must not load rooms.
"""

SWAP_PROBABILITY = 0.08
"""P(two neighbours of a page change places), a pair; with the next, chance touches about one page of four."""

SLOT_PROBABILITY = 0.15
"""P(one place of the first page is given to a product from further down), a page."""

ATTRIBUTION_MINUTES = 30
"""The time in which an outcome belongs to an impression."""

CLICKS_REMEMBERED_DAYS = 90
"""How long serving remembers that a visitor clicked on a product or put it into the cart."""

PURCHASES_REMEMBERED_DAYS = 365
"""How long serving remembers that a visitor bought a product."""

PURCHASE_HALF_LIFE_DAYS = 60
"""After this time a purchase weighs half in a visitor's decayed purchases."""
