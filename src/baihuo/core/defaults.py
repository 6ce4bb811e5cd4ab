"""Default values that several packages share.

Other packages do not read settings files, and ``baihuo --help`` must not load them.
"""

SWAP_PROBABILITY = 0.08
"""P(swap) for each pair of neighbours on a page. With the next one, about one page in four is changed."""

SLOT_PROBABILITY = 0.15
"""P(one position of the first page shows a product from further down), for each page."""

ATTRIBUTION_MINUTES = 30
"""Attribution window: an outcome counts for an impression within this time."""

LISTS_FROM = 100_000
"""Number of products from which an index has vector lists; with fewer, a full scan is cheap."""

HOME_DIVERSITY = 0.5
"""How seldom a category may repeat on a home page, 0 to 1: at most four of six products in a row are of one."""

CLICKS_REMEMBERED_DAYS = 90
"""How long serving keeps clicks and add-to-carts of a visitor."""

PURCHASES_REMEMBERED_DAYS = 365
"""How long serving keeps purchases of a visitor."""

PURCHASE_HALF_LIFE_DAYS = 60
"""Half-life of a purchase in the decayed purchases of a visitor."""

PURCHASE_SHORT_HALF_LIFE_DAYS = 20
"""The same, for recent purchases: the three together show how purchases of one product are spread."""

PURCHASE_LONG_HALF_LIFE_DAYS = 150
"""The same, for habits."""
