"""All faults by area, in the order in which they are applied.

Lost rows go first, because nothing may depend on a row that is gone. Copies of whole rows go late, and last of all
a second fault into rows that have one already.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from baihuo.core import BadInput
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
    text,
    traffic,
)
from baihuo.faults.cells import cell_faults
from baihuo.faults.dataset import Fault

AREAS: dict[str, Sequence[Fault]] = {
    "coverage": coverage.FAULTS,
    "ads": ads.FAULTS,
    "attributes": attributes.FAULTS,
    "clocks": clocks.FAULTS,
    "labels": labels.FAULTS,
    "listings": listings.FAULTS,
    "prices": prices.FAULTS,
    "sessions": sessions.FAULTS,
    "text": text.FAULTS,
    "traffic": traffic.FAULTS,
    "people": people.FAULTS,
    "basic": basic.FAULTS,
    "rows": rows.FAULTS,
    "several": cell_faults("several"),
}


def all_faults(areas: Collection[str] | None = None) -> list[Fault]:
    """The faults of all areas, or of those named, in the order in which they are applied.

    Raises:
        BadInput: no area has that name.
    """
    if unknown := sorted(set(areas or ()) - AREAS.keys()):
        raise BadInput(f"there are no faults called {unknown[0]!r}", fix=f"use {', '.join(AREAS)}")
    return [
        fault
        for area, faults in AREAS.items()
        if areas is None or area in areas
        for fault in faults
    ]
