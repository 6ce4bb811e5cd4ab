"""Listings and their own events that say different prices: which of them is noted or withheld, and that it is so once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.quality.catalogues import cables_and_servers

pytestmark = pytest.mark.checks(
    "price_outlier", "listing_price_outlier", "listing_price_against_events"
)

DAY_S = 86_400


def asked(event: Any, price: int, product_id: str, seconds: list[int], visitors: int) -> list[Any]:
    """Clicks at these times of so many visitors, in turn."""
    return [
        event(
            "click",
            s,
            price_minor=price,
            currency="EUR",
            visitor_id=f"v{i % visitors}",
            product_id=product_id,
        )
        for i, s in enumerate(seconds)
    ]


@pytest.mark.checks("listing_price_against_events", "listing_price_outlier")
def test_a_dear_listing_without_a_category_is_withheld_where_its_events_contradict_it(
    event: Any, cleaned: Any
) -> None:
    """What its words are unsure of was noted, and what three visitors paid was not asked then."""
    catalogue = cables_and_servers(("Patch cable blue, very long", 400_000))
    price, times = catalogue[83].price_minor, [60 * i for i in range(8)]
    assert price is not None
    expected = {
        1: set[tuple[str, str]](),  # the events say what the listing says
        15: {("listing_price_against_events", "repair")},
    }
    for factor, found in expected.items():
        run = cleaned(asked(event, price // factor, "p83", times, 4), catalogue)
        of_it = {(c, a) for row, c, a in run.found() if (row, c[:7]) == ("0:84", "listing")}
        assert of_it == found
