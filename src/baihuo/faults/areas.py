"""All faults by area, in the order in which they are applied.

Lost rows go first, because nothing may depend on a row that is gone. Copies of whole rows go late, and last of all
a second fault into rows that have one already.
"""

from __future__ import annotations

from baihuo.faults import (
    ads,
    attributes,
    basic,
    clocks,
    coverage,
    labels,
    listings,
    people,
    prices,
    rows,
    sessions,
    several,
    text,
    traffic,
)
from baihuo.faults.dataset import Plant

AREAS: dict[str, tuple[Plant, ...]] = {
    "coverage": coverage.PLANTS,
    "ads": ads.PLANTS,
    "attributes": attributes.PLANTS,
    "clocks": clocks.PLANTS,
    "labels": labels.PLANTS,
    "listings": listings.PLANTS,
    "prices": prices.PLANTS,
    "sessions": sessions.PLANTS,
    "text": text.PLANTS,
    "traffic": traffic.PLANTS,
    "people": people.PLANTS,
    "basic": basic.PLANTS,
    "rows": rows.PLANTS,
    "several": several.PLANTS,
}
