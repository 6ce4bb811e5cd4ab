"""From bids and targets to prices that an advertiser accepts."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.ads.bidding import Bids, PurchaseDelay, Targets
from baihuo.ads.campaign import Bid, BidKind
from baihuo.ads.pacing import Batch, Pacer
from baihuo.ads.pricing import auction

_BIDS = Bids.of(
    [
        Bid(BidKind.CLICK, 80.0),
        Bid(BidKind.THOUSAND, 3000.0, most_minor=50),
        Bid(BidKind.COST_PER_PURCHASE, 900.0, most_minor=70),
        Bid(BidKind.RETURN_ON_SPEND, 4.0),
    ]
)


def test_each_kind_of_bid_is_what_it_says_and_never_above_its_limit() -> None:
    rows, p_click = np.arange(4), np.array([0.1, 0.05, 0.02, 0.02])
    p_purchase, sale = np.full(4, 0.1), np.full(4, 2000.0)
    bids = _BIDS.of_clicks(rows, p_click, p_purchase, sale)
    assert bids == pytest.approx([80, 60, 90, 50])  # 3000 / 1000 / 0.05; 0.1 x 900; 0.1 x 2000 / 4
    assert _BIDS.at(rows, bids, np.ones(4)) == pytest.approx([80, 50, 70, 50])
    assert _BIDS.at(rows, bids, np.array([0.5, 0.5, 0.5, 2])) == pytest.approx([40, 30, 45, 100])
    assert _BIDS.most.tolist() == [1, 1, 4, 4]


def test_the_delay_of_purchases_is_learned_though_young_clicks_have_not_shown_theirs() -> None:
    rng = np.random.default_rng(2)
    age, delay = rng.uniform(0, 100, 40_000), rng.exponential(20, 40_000)
    came = delay <= age
    learned = PurchaseDelay.learn(delay[came], age[came], window_hours=100)
    at = np.array([2.0, 10.0, 20.0, 50.0])
    assert learned.share(at) == pytest.approx(1 - np.exp(-at / 20), abs=0.03)
    naive = (delay[came][:, None] <= at).mean(axis=0)
    assert naive[1] > 1 - np.exp(-10 / 20) + 0.05  # which is why


def test_purchases_still_to_come_do_not_look_like_a_missed_target() -> None:
    delay = PurchaseDelay([0.0, *([0.5] * 24), 1.0])
    targets = Targets(_BIDS, delay)
    rows = np.full(400, 2)
    targets.advance(5)
    targets.clicked(rows, np.full(400, 80.0), np.full(400, 0.1), np.full(400, 2000.0))
    targets.advance(8)
    targets.purchased(np.full(20, 2), np.full(20, 2000.0))  # half of forty
    assert targets.corrections[2] == pytest.approx(1.0, abs=0.02)
    assert targets.surplus[2] == pytest.approx(400 * 0.1 * 900 - 400 * 80, rel=0.05)
    assert np.isinf(targets.surplus[[0, 1]]).all()
    targets.advance(40)  # all have shown, and no more came
    assert targets.corrections[2] == pytest.approx((20 + 30) / (40 + 30))


@pytest.mark.parametrize("off", [1.0, 1.5])
def test_a_target_is_kept_and_used_up_though_the_model_says_too_much(off: float) -> None:
    """A campaign with 500 a purchase and no budget, by predictions that are ``off`` times the truth, beside one rival.

    The truth: a purchase is worth 500, P(purchase | click) 0.1, prices uniform to 100: a bid of 100 costs 50 a click, the target.
    """
    rng = np.random.default_rng(4)
    bids = Bids.of([Bid(BidKind.COST_PER_PURCHASE, 500.0), Bid(BidKind.CLICK, 100.0)])
    targets, pacer = Targets(bids, PurchaseDelay([0, 1, 1])), Pacer(bids.most)
    rows, p, sale = np.tile(np.arange(2), (100, 1)), np.full((100, 2), 0.3), np.ones((100, 2))
    cost = bought = 0.0
    for part in range(600):
        targets.advance(part / 12)
        buys = np.full((100, 2), 0.1 * off)
        at_one = bids.of_clicks(rows, p, buys, sale, targets.corrections)
        at_one[:, 1] = rng.uniform(0, 100, 100)
        pacer.multipliers[1] = 1.0
        offered = bids.at(rows, at_one, pacer.multipliers)
        sold = auction(offered, p, np.ones(1))
        clicked = (sold.winners[:, 0] == 0) & (rng.random(100) < 0.3)
        n = int(clicked.sum())
        prices, purchases = sold.prices[clicked, 0], rng.random(n) < 0.1
        mine = np.zeros(n, dtype=np.intp)
        targets.clicked(mine, prices, np.full(n, 0.1 * off), np.ones(n))
        targets.purchased(mine[purchases], np.ones(purchases.sum()))
        cost, bought = cost + prices.sum(), bought + purchases.sum()
        pacer.observe(Batch(rows, at_one, p, p, np.ones(1)), 100)
        pacer.tick(np.full(2, np.inf), 1e4, surplus=targets.surplus, horizon=5000.0)
    assert bought > 1000
    assert 0.9 * 500 < cost / bought < 1.05 * 500


def test_bad_delays_are_refused() -> None:
    for bad in ([1.0], [0.0, 0.0], [-1.0, 1.0]):
        with pytest.raises(ValueError, match="shares"):
            PurchaseDelay(bad)
