"""Days of auctions with a known truth: advertisers, their budgets and targets, P(click), P(purchase | click), and days that surprise.

A world is drawn from its seed, tick by tick, so that every system sees the same auctions and draws of chance, and a million fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.campaign import Bid, BidKind
from baihuo.ads.pacing import WEEK_HOURS
from baihuo.ads.pricing import auction

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

EXAMINATION = np.array([1.0, 0.65, 0.45])
TICKS_AN_HOUR = 12
_CANDIDATES = 16
_SEGMENTS = 60
_KINDS = (
    (BidKind.CLICK, 0.55),
    (BidKind.THOUSAND, 0.1),
    (BidKind.COST_PER_PURCHASE, 0.25),
    (BidKind.RETURN_ON_SPEND, 0.1),
)


@dataclass(frozen=True, slots=True, eq=False)
class Tick:
    """Auctions of five minutes, ``[auctions, candidates]``."""

    start: float  # hours since Monday 0:00
    rows: Ints
    p_click: Floats  # at the first place
    p_purchase: Floats  # of a click
    seen_p_click: Floats  # as a model says them: calibrated, with less information
    seen_p_purchase: Floats
    chance: Floats  # uniform; a click if it is below P(click) at the place
    buys: Floats  # uniform; a purchase of this click if it is below P(purchase | click)
    delay_hours: Floats  # until that purchase
    random: Floats  # for systems that draw


class World:
    """Advertisers and days."""

    def __init__(self, seed: int, n_campaigns: int, n_auctions: int, n_days: int = 4) -> None:
        self.seed, self.n, self.n_days = seed, n_campaigns, n_days
        rng = np.random.default_rng((seed, 0))
        self.value = 60 * np.exp(rng.normal(0, 0.5, self.n))  # of a click to the advertiser
        self._p_click = 0.05 * np.exp(rng.normal(0, 0.4, self.n) - 0.08)
        self.p_purchase = 0.1 * np.exp(rng.normal(0, 0.4, self.n) - 0.08)
        self.sale = 2000 * np.exp(rng.normal(0, 0.5, self.n))  # minor units of a purchase
        kinds = rng.choice(len(_KINDS), self.n, p=[share for _, share in _KINDS])
        self.bids = [self._bid(row, _KINDS[kind][0]) for row, kind in enumerate(kinds)]
        self._draw_segments(rng)
        self._draw_traffic(rng, n_auctions)
        # One advertiser with a tenth of the campaigns leaves on the last day but one, at 10.
        self.rival = rng.random(self.n) < 0.1
        self.leaves_at = (n_days - 2) * 24 + 10.0
        self.budgets = self._draw_budgets(rng)

    def _bid(self, row: int, kind: BidKind) -> Bid:
        """What the advertiser asks for if a click is worth ``value``."""
        value, buys = self.value[row], self.p_purchase[row]
        match kind:
            case BidKind.CLICK:
                amount = value
            case BidKind.THOUSAND:
                amount = 1000 * value * self._p_click[row]
            case BidKind.COST_PER_PURCHASE:
                amount = value / buys
            case BidKind.RETURN_ON_SPEND:
                amount = self.sale[row] * buys / value
        return Bid(kind, float(amount))

    def _draw_segments(self, rng: np.random.Generator) -> None:
        """Each campaign is about some segments (searches, categories); segments have unequal traffic."""
        share = 1 / (1 + np.arange(_SEGMENTS)) ** 0.7
        self._segment_share = share / share.sum()
        members: list[list[int]] = [[] for _ in range(_SEGMENTS)]
        for row, n in enumerate(rng.integers(1, 6, self.n)):
            for segment in rng.choice(_SEGMENTS, n, replace=False):
                members[segment].append(row)
        widest = max(_CANDIDATES, *(len(m) for m in members))
        self._members = np.full((_SEGMENTS, widest), -1, dtype=np.intp)
        for segment, m in enumerate(members):
            self._members[segment, : len(m)] = m
        self._taste = np.exp(rng.normal(0, 0.3, (self.n, _SEGMENTS)) - 0.045)

    def _draw_traffic(self, rng: np.random.Generator, n_auctions: int) -> None:
        """Auctions of each hour: a curve of the day, days of the week, chance, and one afternoon with twice as many."""
        hour = np.arange(24)
        curve = 0.15 + np.exp(-((hour - 12) ** 2) / 12) + 1.3 * np.exp(-((hour - 20.5) ** 2) / 8)
        day = rng.uniform(0.8, 1.2, 7)
        usual = np.outer(day, curve).ravel()
        log = np.tile(usual, 4) * np.exp(rng.normal(0, 0.1, 4 * WEEK_HOURS))
        hours = self.n_days * 24
        real = usual[np.arange(hours) % WEEK_HOURS] * np.exp(rng.normal(0, 0.1, hours))
        if self.n_days > 1:
            real[24 + 12 : 24 + 18] *= 2
        scale = n_auctions / real.sum()
        by_tick = np.repeat(real * scale / TICKS_AN_HOUR, TICKS_AN_HOUR)
        edges = np.rint(np.concatenate([[0], np.cumsum(by_tick)])).astype(int)
        self.n_by_tick = np.diff(edges)
        self.log_by_hour = log * scale  # four weeks before the first day
        self.by_hour = self.n_by_tick.reshape(hours, TICKS_AN_HOUR).sum(axis=1)

    def _draw_budgets(self, rng: np.random.Generator) -> Floats:
        """Of a day, around what a campaign would spend without a limit: two of three are bound by theirs."""
        spend, n, seen = np.zeros(self.n), 0, max(1, len(self.n_by_tick) // 40)
        for number in range(0, len(self.n_by_tick), seen):
            tick = self._tick(number)
            values = self.willing(tick.rows, tick.p_click, tick.p_purchase)
            sold = auction(np.where(tick.rows >= 0, values, 0), tick.p_click, EXAMINATION)
            shown = sold.winners >= 0
            winner = np.maximum(sold.winners, 0)
            p = np.take_along_axis(tick.p_click, winner, axis=1) * EXAMINATION
            rows = np.take_along_axis(tick.rows, winner, axis=1)
            spend += np.bincount(rows[shown], (sold.prices * p)[shown], self.n)
            n += len(tick.rows)
        spend *= self.n_by_tick.sum() / max(n, 1) / self.n_days
        drawn = spend * np.exp(rng.normal(-0.5, 0.8, self.n))
        budgets: Floats = np.maximum(np.rint(drawn), np.rint(2 * self.value))
        return budgets

    def willing(self, rows: Ints, p_click: Floats, p_purchase: Floats) -> Floats:
        """What a click is worth to the advertiser, by truth: ``[auctions, candidates]``."""
        at = np.maximum(rows, 0)
        per_click = np.array([bid.kind is BidKind.CLICK for bid in self.bids])[at]
        per_thousand = np.array([bid.kind is BidKind.THOUSAND for bid in self.bids])[at]
        by_purchase = self.value[at] * p_purchase / self.p_purchase[at]
        by_view = self.value[at] * self._p_click[at] / np.maximum(p_click, 1e-9)
        return np.where(per_click, self.value[at], np.where(per_thousand, by_view, by_purchase))

    def ticks(self) -> Iterator[Tick]:
        """The auctions in order; the same at each call."""
        for number in range(len(self.n_by_tick)):
            yield self._tick(number)

    def _tick(self, number: int) -> Tick:
        rng = np.random.default_rng((self.seed, 1, number))
        n, start = int(self.n_by_tick[number]), number / TICKS_AN_HOUR
        segment = rng.choice(_SEGMENTS, n, p=self._segment_share)
        members = self._members[segment]
        keys = np.where(members >= 0, rng.random(members.shape, dtype=np.float32), 2)
        chosen = np.argpartition(keys, _CANDIDATES - 1, axis=1)[:, :_CANDIDATES]
        rows = np.take_along_axis(members, chosen, axis=1)
        shape, at = rows.shape, np.maximum(rows, 0)
        # What a model knows and what it does not, in logarithms; both with mean 1.
        known, unknown = rng.normal(0, 1, shape), rng.normal(0, 1, shape)
        seen_click = self._p_click[at] * self._taste[at, segment[:, None]]
        seen_click *= np.exp(0.4 * known - 0.08)
        click = seen_click * np.exp(0.35 * unknown - 0.35**2 / 2)
        known, unknown = rng.normal(0, 1, shape), rng.normal(0, 1, shape)
        seen_buys = self.p_purchase[at] * np.exp(0.2 * known - 0.02)
        buys = seen_buys * np.exp(0.25 * unknown - 0.25**2 / 2)
        delay = rng.exponential(1.0, shape) * np.where(rng.random(shape) < 0.5, 0.5, 30.0)
        return Tick(
            start,
            rows,
            p_click=np.minimum(click, 0.9),
            p_purchase=np.minimum(buys, 0.9),
            seen_p_click=np.minimum(seen_click, 0.9),
            seen_p_purchase=np.minimum(seen_buys, 0.9),
            chance=rng.random(shape),
            buys=rng.random(shape),
            delay_hours=delay,
            random=rng.random(shape),
        )

    def present(self, start: float) -> NDArray[np.bool_]:
        """Which campaigns are there at this time."""
        return ~self.rival | (start < self.leaves_at)
