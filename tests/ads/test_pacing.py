"""Budgets over a day, against small markets whose best multipliers are known, and against the linear programme."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from baihuo.ads.pacing import Batch, Method, Pacer, TrafficForecast
from baihuo.ads.pricing import Pricing, auction

PLACE = np.array([1.0])
_USUAL = 1 + np.sin(np.arange(168) % 24 / 24 * 2 * np.pi - np.pi / 2)  # quiet at midnight


class _Day:
    """Campaign 0 bids 100 a click beside a rival of changing price; P(click) 0.1; what it spends."""

    def __init__(self, method: Method = Method.CURVE, pricing: Pricing = Pricing.GSP) -> None:
        self.pacer = Pacer(np.ones(2), method)
        self.pricing, self.rng = pricing, np.random.default_rng(5)
        self.traffic = TrafficForecast(300 * (_USUAL + 0.1))
        self.spent = self.left = 0.0
        self.by_hour = np.zeros(24)
        self.n_by_hour = np.zeros(24)

    def run(self, start: float, end: float, budget_left: float, traffic: float = 1.0) -> None:
        """Pass the hours with ``traffic`` times the usual."""
        self.left = budget_left
        for at in np.arange(start, end, 1 / 12):
            n = self.rng.poisson(traffic * self.traffic.usually(at, at + 1 / 12))
            rows = np.tile(np.arange(2), (n, 1))
            bids = np.column_stack([np.full(n, 100.0), self.rng.uniform(0, 100, n)])
            p = np.full((n, 2), 0.1)
            can = np.array([self.left >= 1, True])
            m = np.array([self.pacer.multipliers[0], 1.0])
            sold = auction(bids * m * can, p, PLACE, pricing=self.pricing)
            clicked = (sold.winners[:, 0] == 0) & (self.rng.random(n) < 0.1)
            for price in sold.prices[clicked, 0]:
                paid = min(price, self.left)
                self.left -= paid
                self.by_hour[int(at)] += paid
            self.n_by_hour[int(at)] += n
            self.traffic.observe(at, at + 1 / 12, n)
            self.pacer.observe(Batch(rows, bids, p, p, PLACE, self.pricing), n)
            passed = self.traffic.usually(0, at + 1 / 12) / self.traffic.usually(0, 24)
            self.pacer.tick(
                np.array([self.left, np.inf]),
                self.traffic.left(at + 1 / 12 - 1e-9),
                spent_share=np.array([1 - self.left / budget_left, 0.0]),
                passed_share=passed,
            )
            self.pacer.multipliers[1] = 1.0  # the rival is not paced


@pytest.mark.parametrize("method", [Method.CURVE, Method.DUAL])
@pytest.mark.parametrize("pricing", list(Pricing))
def test_a_budget_lasts_the_day_and_spend_follows_traffic(method: Method, pricing: Pricing) -> None:
    day = _Day(method, pricing)
    budget = 6000.0  # without pacing: gone in the morning
    day.run(0, 24, budget)
    assert 0 <= day.left < 0.06 * budget
    share, traffic = day.by_hour / budget, day.n_by_hour / day.n_by_hour.sum()
    late = day.by_hour[20:].sum() / day.by_hour.sum()
    assert late == pytest.approx(traffic[20:].sum(), abs=0.04)
    rough = 24 * np.sqrt(((share - traffic) ** 2).mean())
    assert rough < (0.35 if method is Method.CURVE else 0.6)


def test_without_a_binding_budget_bids_are_as_they_were_asked() -> None:
    day = _Day()
    day.run(0, 24, 1e9)
    assert day.pacer.multipliers[0] == pytest.approx(1.0)


def test_a_budget_changed_at_noon_and_a_start_at_noon_last_until_midnight() -> None:
    raised = _Day()
    raised.run(0, 12, 6000.0)
    raised.run(12, 24, raised.left + 6000.0)
    assert raised.left < 0.05 * 12000
    cut = _Day()
    cut.run(0, 12, 12000.0)
    cut.run(12, 24, cut.left - 4000.0)
    assert cut.left < 400
    assert cut.by_hour[12:].sum() < cut.by_hour[:12].sum()
    assert (cut.by_hour[12:23] > 0).all()
    begun = _Day()
    begun.run(12, 24, 3000.0)
    assert begun.left < 200
    assert begun.by_hour[21:].sum() > 0


def test_when_traffic_doubles_the_budget_still_lasts() -> None:
    day = _Day()
    day.run(0, 10, 6000.0)
    day.run(10, 24, day.left, traffic=2.0)
    assert day.left < 400
    assert day.by_hour[21:23].min() > 0


def test_what_a_multiplier_would_have_spent_is_what_another_auction_charges() -> None:
    """The curves are read at multipliers that never bid, and the auctions run again with them."""
    rng = np.random.default_rng(3)
    n, k = 4000, 6
    places = np.array([1.0, 0.6, 0.3])
    rows = np.tile(np.arange(k), (n, 1))
    bids = rng.lognormal(4, 0.5, (n, k))
    p = rng.uniform(0.02, 0.2, (n, k))
    for pricing in Pricing:
        pacer = Pacer(np.full(k, 4.0), memory=1e9)
        pacer.observe(Batch(rows, bids, p, p, places, pricing, reserve=20.0), n)
        for m in (0.3, 0.8, 2.0):
            multipliers = np.ones(k)
            multipliers[2] = m
            sold = auction(bids * multipliers, p, places, reserve=20.0, pricing=pricing)
            won = sold.winners == 2
            spend = (sold.prices * p[:, [2]] * places)[won].sum()
            budget = np.full(k, np.inf)
            budget[2] = spend
            pacer.multipliers[:] = 1.0
            found = pacer._solve(budget / n, None, 1.0)
            assert found[2] == pytest.approx(m, rel=0.07), (pricing, m)


def test_traffic_is_learned_from_a_week_and_followed_within_the_day() -> None:
    week = np.outer([1, 1, 1, 1, 1, 2, 2], 1000 * (_USUAL[:24] + 0.1)).ravel()
    forecast = TrafficForecast.learn(np.tile(week, 3))
    assert forecast.usually(5 * 24, 6 * 24) == pytest.approx(week[120:144].sum(), rel=0.01)
    assert forecast.left(12.0) == pytest.approx(week[12:24].sum(), rel=0.01)
    for at in range(8, 12):
        forecast.observe(at, at + 1, 2 * forecast.usually(at, at + 1))
    assert forecast.left(12.0) == pytest.approx(2 * week[12:24].sum(), rel=0.1)
    evening = np.zeros((1, 24), dtype=bool)
    evening[0, 18:] = True
    left = forecast.left(20.5, evening)
    assert left == pytest.approx(forecast.left(20.5), rel=1e-6)
    assert TrafficForecast.learn([]).left(3.0) == pytest.approx(21)
    with pytest.raises(ValueError, match="168"):
        TrafficForecast([1.0])


def test_a_paced_campaign_buys_nearly_what_its_linear_programme_would() -> None:
    """Against rivals that do not move, at second price: the clicks worth most for their price, until the budget is gone."""
    rng = np.random.default_rng(11)
    n, budget = 24 * 600, 1500.0
    worth, rival = rng.lognormal(0, 0.6, n), rng.lognormal(0, 0.6, n)
    solved = linprog(-worth, A_ub=rival[None], b_ub=[budget], bounds=(0, 1), method="highs")
    pacer, traffic = Pacer(np.ones(2)), TrafficForecast(np.full(168, 600.0))
    left, value, rows, ones = budget, 0.0, np.tile(np.arange(2), (50, 1)), np.ones((50, 2))
    for part in range(24 * 12):
        now = slice(part * 50, part * 50 + 50)
        w = np.column_stack([worth[now], rival[now]])
        won = auction(w * pacer.multipliers, ones, PLACE).winners[:, 0] == 0
        paid = np.cumsum(np.where(won, rival[now], 0.0))
        won &= paid <= left
        left -= rival[now][won].sum()
        value += worth[now][won].sum()
        pacer.observe(Batch(rows, w, ones, ones, PLACE), 50)
        pacer.tick(np.array([left, np.inf]), traffic.left((part + 1) / 12 - 1e-9))
        pacer.multipliers[1] = 1.0
    assert value >= 0.96 * -solved.fun
