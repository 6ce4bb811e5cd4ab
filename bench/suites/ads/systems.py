"""Systems that sell the places of a world, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.bidding import Bids, PurchaseDelay, Targets
from baihuo.ads.pacing import Batch, Method, Pacer, TrafficForecast
from baihuo.ads.pricing import Outcome, Pricing, auction
from suites.ads.world import EXAMINATION, TICKS_AN_HOUR, Tick, World

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(slots=True, eq=False)
class Result:
    """What a system did, ``[campaigns, days]`` and ``[campaigns, hours]``."""

    value: Floats  # expected, by truth
    charged: Floats
    given_away: float  # of prices, beyond what was left of a budget
    spend_by_hour: Floats  # expected: price x P(click), by truth
    cost: Floats  # [campaigns], charged in all
    worth: Floats  # [campaigns], of purchases to the target
    purchases: Floats  # [campaigns]
    expected_worth: Floats  # [campaigns], of the clicks, by truth


@dataclass(slots=True, eq=False)
class Market:
    """One system in a world.

    Args:
        world: Where.
        system: ``random``, ``bid_only``, … (``SYSTEMS``).
        pricing: The payment rule.
        learned: Predictions instead of the truth.
        options: Of the pacer.
    """

    world: World
    system: str
    pricing: Pricing = Pricing.GSP
    learned: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    guard: bool = field(init=False)
    bids: Bids = field(init=False)
    targets: Targets = field(init=False)
    pacer: Pacer | None = field(init=False)

    def __post_init__(self) -> None:
        self.bids = Bids.of(self.world.bids)
        self.targets = Targets(self.bids, _delay())
        method = SYSTEMS[self.system]
        self.guard = method is not Method.PID
        self.pacer = None if method is None else Pacer(self.bids.most, method, **self.options)

    def run(self) -> Result:
        """Sell every auction."""
        w = self.world
        traffic = TrafficForecast.learn(w.log_by_hour)
        result = Result(
            np.zeros((w.n, w.n_days)),
            np.zeros((w.n, w.n_days)),
            0.0,
            np.zeros((w.n, w.n_days * 24)),
            *(np.zeros(w.n) for _ in range(4)),
        )
        pending = np.empty((0, 2))
        left = w.budgets.copy()
        for number, tick in enumerate(w.ticks()):
            day = int((tick.start + 1e-6) // 24)
            if number % (24 * TICKS_AN_HOUR) == 0:
                left = w.budgets.copy()
            due = pending[:, 0] <= tick.start
            self._purchased(pending[due, 1].astype(np.intp))
            pending = pending[~due]
            self.targets.advance(tick.start)
            sold, batch, can = self._sell(tick, left)
            pending = np.concatenate([pending, self._settle(tick, sold, can, left, result, day)])
            if self.pacer is not None:
                end = tick.start + 1 / TICKS_AN_HOUR
                traffic.observe(tick.start, end, len(tick.rows))
                self.pacer.observe(batch, len(tick.rows))
                self._pace(end, left, traffic)
        result.cost = result.charged.sum(axis=1)
        return result

    def _sell(self, tick: Tick, left: Floats) -> tuple[Outcome, Batch, NDArray[np.bool_]]:
        w, n = self.world, self.world.n
        p_click, p_purchase = (
            (tick.seen_p_click, tick.seen_p_purchase)
            if self.learned
            else (tick.p_click, tick.p_purchase)
        )
        can = (w.present(tick.start) & (left >= 1))[tick.rows] & (tick.rows >= 0)
        corrected = self.targets.corrections if self.pacer is not None and self.guard else None
        bids = self.bids.of_clicks(tick.rows, p_click, p_purchase, w.sale[tick.rows], corrected)
        rows = np.where(can, tick.rows, -1)
        batch = Batch(rows, np.where(can, bids, 0.0), p_click, p_click, EXAMINATION, self.pricing)
        multipliers = np.ones(n) if self.pacer is None else self.pacer.multipliers
        offered = np.where(can, self.bids.at(tick.rows, bids, multipliers), 0.0)
        weights = p_click
        if self.system == "random":
            weights = tick.random / np.maximum(offered, 1e-9)
            return auction(offered, weights, EXAMINATION, pricing=Pricing.FIRST_PRICE), batch, can
        if self.system == "bid_only":
            weights = np.ones_like(p_click)
        return auction(offered, weights, EXAMINATION, pricing=self.pricing), batch, can

    def _settle(
        self,
        tick: Tick,
        sold: Outcome,
        can: NDArray[np.bool_],
        left: Floats,
        result: Result,
        day: int,
    ) -> Floats:
        """Charge the clicks; return the purchases to come: time and row."""
        w, n = self.world, self.world.n
        winner, shown = np.maximum(sold.winners, 0), sold.winners >= 0

        def of_winners(values: NDArray[np.generic]) -> NDArray[np.generic]:
            return np.take_along_axis(values, winner, axis=1)

        rows = of_winners(tick.rows)
        p = of_winners(tick.p_click) * EXAMINATION
        willing = of_winners(w.willing(tick.rows, tick.p_click, tick.p_purchase))
        prices = np.rint(sold.prices)
        hour = int(tick.start + 1e-6)
        result.value[:, day] += np.bincount(rows[shown], (willing * p)[shown], n)
        result.spend_by_hour[:, hour] += np.bincount(rows[shown], (prices * p)[shown], n)
        clicked = shown & (of_winners(tick.chance) < p)
        row, price = rows[clicked], prices[clicked]
        charged = _within(row, price, left)
        left -= np.bincount(row, charged, n)
        result.charged[:, day] += np.bincount(row, charged, n)
        result.given_away += float((price - charged).sum())
        p_purchase = of_winners(tick.seen_p_purchase if self.learned else tick.p_purchase)[clicked]
        sale = w.sale[row]
        self.targets.clicked(row, charged, p_purchase, sale)
        truth = of_winners(tick.p_purchase)[clicked]
        bought = of_winners(tick.buys)[clicked] < truth
        result.expected_worth += np.bincount(row, self.bids.worth(row, truth, truth * sale), n)
        result.worth += np.bincount(
            row[bought], self.bids.worth(row[bought], np.ones(bought.sum()), sale[bought]), n
        )
        result.purchases += np.bincount(row[bought], minlength=n)
        at = tick.start + of_winners(tick.delay_hours)[clicked][bought]
        return np.column_stack([at, row[bought]])

    def _purchased(self, rows: Ints) -> None:
        if len(rows):
            self.targets.purchased(rows, self.world.sale[rows])

    def _pace(self, now: float, left: Floats, traffic: TrafficForecast) -> None:
        assert self.pacer is not None
        w = self.world
        passed = traffic.usually(now // 24 * 24, now) if now % 24 > 1e-6 else 0.0
        day = traffic.usually(now // 24 * 24, now // 24 * 24 + 24)
        if now % 24 < 1e-6:
            left = w.budgets
        self.pacer.tick(
            left,
            traffic.left(now),
            spent_share=1 - left / w.budgets,
            passed_share=passed / day,
            surplus=self.targets.surplus if self.guard else None,
            horizon=day,
        )


SYSTEMS: Mapping[str, Method | None] = {
    "random": None,
    "bid_only": None,
    "no_pacing": None,
    "pid": Method.PID,
    "dual": Method.DUAL,
    "baihuo": Method.CURVE,
}


def _delay() -> PurchaseDelay:
    """The law of the world's delays, as a shop learns it from older clicks."""
    hours = np.arange(24 * 7 + 1)
    return PurchaseDelay(1 - 0.5 * np.exp(-hours / 0.5) - 0.5 * np.exp(-hours / 30.0))


def _within(rows: Ints, prices: Floats, left: Floats) -> Floats:
    """What each click is charged, in order, so that no budget is exceeded."""
    order = np.argsort(rows, kind="stable")
    row, price = rows[order], prices[order]
    before = np.cumsum(price) - price
    first = np.searchsorted(row, row)  # of the same campaign
    charged = np.empty_like(price)
    charged[order] = np.clip(left[row] - (before - before[first]), 0.0, price)
    return charged
