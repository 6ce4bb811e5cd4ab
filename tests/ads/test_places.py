"""Ads on one page: no product twice, none below its organic place, prices within reserve and bid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.ads.places import Sold, sell_places
from baihuo.ads.pricing import Pricing
from baihuo.ads.stages import explored

_BEFORE = (1, 4, 8)
_EXAMINATION = np.array([1.0, 0.7, 0.4])


def _sell(
    bids: list[float],
    products: list[int],
    organic: list[int] | None = None,
    advertisers: list[int] | None = None,
    *,
    reserve: float = 5,
    pricing: Pricing = Pricing.GSP,
    seed: int = 0,
) -> Sold:
    n = len(bids)
    return sell_places(
        np.array(bids, dtype=float),
        np.full(n, 0.1),
        np.array(products, dtype=np.int32),
        np.array(advertisers if advertisers is not None else range(n), dtype=np.intp),
        np.array(organic if organic is not None else [99] * n, dtype=np.int64),
        before=_BEFORE,
        examination=_EXAMINATION,
        reserve=reserve,
        pricing=pricing,
        ties=np.random.default_rng(seed).random(n),
    )


def test_two_ads_of_one_product_the_second_sets_the_price_of_the_first() -> None:
    sold = _sell([50, 40, 20], [7, 7, 8])
    assert sold.candidates.tolist() == [0, 2]
    assert sold.prices.tolist() == [40, 5]


def test_an_ad_below_its_organic_place_is_left_out() -> None:
    """The second best would stand before the fifth organic product, and its product is the third."""
    sold = _sell([50, 40, 20], [7, 8, 9], [99, 2, 99])
    assert sold.candidates.tolist() == [0, 2]
    assert sold.prices.tolist() == [20, 5]


def test_it_may_stand_above_its_organic_place() -> None:
    assert _sell([50, 40], [7, 8], [1, 99]).candidates.tolist() == [0, 1]


def test_an_advertiser_takes_part_with_its_best_ad_and_never_sets_its_own_price() -> None:
    """Of one advertiser: 50 and 40, for two products, and a second ad of the product that leads."""
    sold = _sell([50, 40, 20, 45], [7, 8, 9, 7], advertisers=[1, 1, 2, 1])
    assert sold.candidates.tolist() == [0, 2]
    assert sold.prices.tolist() == [20, 5]
    assert not len(sold.lost)


def test_whose_product_leads_in_an_ad_of_another_enters_with_its_next() -> None:
    sold = _sell([50, 40, 20, 10], [7, 7, 8, 9], advertisers=[1, 2, 2, 3])
    assert sold.candidates.tolist() == [0, 2, 3]
    assert sold.prices.tolist() == [40, 10, 5]


def test_an_advertiser_whose_best_ad_may_not_stand_enters_with_the_next() -> None:
    sold = _sell([50, 45, 40, 30], [7, 8, 9, 10], [99, 2, 99, 0], advertisers=[1, 2, 2, 3])
    assert sold.candidates.tolist() == [0, 2]
    assert not len(sold.lost), "what stands above the first place never took part"


def test_losers_are_those_that_took_part() -> None:
    sold = _sell([50, 40, 30, 20, 10, 45], [1, 2, 3, 4, 5, 1], advertisers=[1, 2, 3, 4, 5, 5])
    assert (sold.candidates.tolist(), sold.lost.tolist()) == ([0, 1, 2], [3, 4])


def test_nobody_above_the_reserve_nothing_sold() -> None:
    assert not len(_sell([4, 3], [1, 2]).candidates)


def test_ties_are_decided_by_what_is_drawn() -> None:
    first = {_sell([50, 50], [7, 8], seed=seed).candidates[0] for seed in range(20)}
    assert first == {0, 1}


@given(
    ads=st.lists(st.tuples(*(st.integers(0, most) for most in (60, 5, 12, 4))), max_size=12),
    pricing=st.sampled_from(Pricing),
    seed=st.integers(0, 9),
)
@settings(max_examples=150, deadline=None)
def test_every_page_keeps_the_rules(
    ads: list[tuple[int, ...]], pricing: Pricing, seed: int
) -> None:
    bids = [float(bid) for bid, _, _, _ in ads]
    products, advertisers = [ad[1] for ad in ads], [ad[3] for ad in ads]
    place_of = {product: place for _, product, place, _ in ads}  # one organic place a product
    organic = [place_of[product] for product in products]
    sold = _sell(bids, products, organic, advertisers, pricing=pricing, seed=seed)
    for of in (products, advertisers):
        shown = [of[i] for i in sold.candidates]
        assert len(shown) == len(set(shown))
    for candidate, place, price in zip(sold.candidates, sold.places, sold.prices, strict=True):
        assert organic[candidate] >= _BEFORE[place]
        assert 5 <= price <= bids[candidate]
    assert sold.places.tolist() == list(range(len(sold.places)))
    assert not set(sold.lost) & set(sold.candidates)


def test_explored_places_are_as_likely_as_their_propensities_say() -> None:
    """Drawn often, each place of each ad, of those that lost, too, is as frequent as the propensity that is logged with it."""
    places, prices = np.array([0, 1, -1, -1]), np.array([40.0, 30.0, 0.0, 0.0])
    bids, organic, before = np.array([90.0, 50.0, 60.0, 35.0]), np.full(4, 99), (1, 4, 8)
    drawn = [explored(places, prices, bids, organic, before, 0.3, salt) for salt in range(4_000)]
    at = np.array([d for d, _, _ in drawn])
    for ad in range(4):
        for place in range(2):
            is_there = at[:, ad] == place
            claimed = {round(p[ad], 9) for (d, _, p) in drawn if d[ad] == place}
            assert len(claimed) == 1
            assert is_there.mean() == pytest.approx(claimed.pop(), abs=0.025)
    for spots, paid, _ in drawn:
        assert sorted(spots.tolist()) == [-1, -1, 0, 1]
        for ad in np.flatnonzero(spots >= 0).tolist():
            of_place = prices[spots[ad]]
            assert paid[ad] == (prices[ad] if ad < 2 else min(of_place, bids[ad]))


def test_ads_that_may_not_stand_everywhere_are_not_explored() -> None:
    places, prices, bids = np.array([0, 1, -1]), np.array([4.0, 3.0, 0.0]), np.full(3, 9.0)
    organic = np.array([2, 99, 2])
    for salt in range(9):
        drawn, _, p = explored(places, prices, bids, organic, (1, 4), 1.0, salt)
        assert drawn.tolist() == [0, 1, -1]
        assert p.tolist() == [1, 1, 0]
