"""Budgets spread over a day: a multiplier for each campaign's bids, so that spend follows traffic and ends at the budget.

A pacer sees batches of finished auctions (a tick: some seconds or some hundred auctions) and answers with multipliers; a page only reads
``pacer.multipliers[row]``. All state is in arrays over campaigns. Three methods:

``curve``   the default. What a campaign would have won and paid in the auctions just seen, had its multiplier been another, is a sum of
            steps: each place has the least multiplier that takes it. The next multiplier spends, by these steps, what is left of the budget over the
            traffic that is left: the dual price of the budget, solved over a sample instead of followed by its gradient (Agrawal, Wang and Ye 2014,
            "A dynamic near-optimal algorithm for online linear programming").
``dual``    mirror descent on that price with the entropy as mirror (Balseiro, Lu and Mirrokni 2023, "The best of many worlds: dual mirror descent for online
            allocation problems"; as equilibrium: Gao, Kroer and Conitzer 2021).
``pid``     a controller on spend against traffic, as in BAT (Khirianova et al. 2025).

A uniform multiplier is the best answer of a bidder with a budget to auctions by second price; a target of cost per purchase or return on
spend bounds it again, and the smaller of both multipliers holds (Lucier et al. 2024, "Autobidders with budget and ROI constraints").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baihuo.ads.pricing import Pricing

Floats = NDArray[np.float64]

WEEK_HOURS = 168
_LEAST = 1 / 64  # the smallest multiplier
_MOST = 4.0  # of a target: it may bid above the target where prices are below the bids
_BINS = 64
_STEP = np.log(_MOST / _LEAST) / _BINS


class TrafficForecast:
    """Auctions to come until midnight, from what is usual at an hour of the week and from today so far.

    Times are hours since Monday 0:00 in the shop's time zone (36.5: Tuesday, half past twelve), modulo a week.
    """

    def __init__(self, by_hour: ArrayLike) -> None:
        """``by_hour``: ``[168]``, auctions in an hour, Monday 0:00 first."""
        self.by_hour = np.maximum(np.asarray(by_hour, dtype=np.float64), 1e-9)
        if self.by_hour.shape != (WEEK_HOURS,):
            raise ValueError(f"by_hour has the shape {self.by_hour.shape}, not ({WEEK_HOURS},)")
        self._cumulative = np.concatenate([[0.0], np.cumsum(self.by_hour)])
        # Today's level counts as much as usual until twenty auctions or a quarter of an hour are seen.
        self._prior = max(20.0, float(self.by_hour.mean()) / 4)
        self.seen = self.usual = 0.0

    @classmethod
    def learn(cls, counts: ArrayLike) -> TrafficForecast:
        """Learn from a log: auctions in each hour since a Monday 0:00, ``[hours]``.

        A day's level and an hour's share of a day are estimated apart, so that one week is enough; with more weeks
        an hour of the week moves towards its own mean.
        """
        hours = np.asarray(counts, dtype=np.float64)
        at = np.arange(len(hours)) % WEEK_HOURS
        n = np.bincount(at, minlength=WEEK_HOURS).astype(np.float64)
        own = np.bincount(at, hours, WEEK_HOURS) / np.maximum(n, 1)
        week, seen = own.reshape(7, 24), n.reshape(7, 24) > 0
        if not seen.any():
            return cls(np.full(WEEK_HOURS, 1.0))
        mean = own[n > 0].mean() or 1.0
        by_hour = np.where(seen.any(axis=0), week.sum(0) / np.maximum(seen.sum(0), 1), mean)
        by_day = np.where(seen.any(axis=1), week.sum(1) / np.maximum(seen.sum(1), 1), mean)
        product = np.outer(by_day, by_hour) / mean
        return cls(((product + n.reshape(7, 24) * week) / (1 + n.reshape(7, 24))).ravel())

    def usually(self, start: float, end: float) -> float:
        """Auctions from ``start`` until ``end`` (at most a week later), without today's level."""
        return self._until(end) - self._until(start)

    def _until(self, at: float) -> float:
        weeks, hour = divmod(at, WEEK_HOURS)
        return float(
            weeks * self._cumulative[-1]
            + np.interp(hour, np.arange(WEEK_HOURS + 1), self._cumulative)
        )

    def observe(self, start: float, end: float, n_auctions: float) -> None:
        """Take notice of the auctions of a tick. What was seen an hour ago counts half."""
        keep = 0.5 ** (end - start)
        self.seen = keep * self.seen + n_auctions
        self.usual = keep * self.usual + self.usually(start, end)

    @property
    def level(self) -> float:
        """Today's traffic as a multiple of the usual."""
        return (self.seen + self._prior) / (self.usual + self._prior)

    def left(self, now: float, hours: NDArray[np.bool_] | None = None) -> Floats | float:
        """Auctions until midnight.

        Args:
            now: Hours since Monday 0:00.
            hours: ``[campaigns, 24]``, when each takes part; None: always, and one number for all is returned.
        """
        midnight = (now // 24 + 1) * 24
        if hours is None:
            return self.level * self.usually(now, midnight)
        of_day = np.arange(24)
        starts = np.maximum(now, midnight - 24 + of_day)
        ends = np.maximum(starts, midnight - 23 + of_day)
        each = np.array([self.usually(s, e) for s, e in zip(starts, ends, strict=True)])
        return self.level * (hours @ each)


class Method(StrEnum):
    """How multipliers follow spend."""

    CURVE = "curve"
    DUAL = "dual"
    PID = "pid"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Finished auctions of one tick, ``[auctions, candidates]``."""

    rows: NDArray[np.intp]  # of campaigns, as in ``Pacer.multipliers``; -1: no candidate
    bids: Floats  # of a click at multiplier 1
    weights: Floats  # as in :func:`baihuo.ads.pricing.auction`
    p_click: Floats  # at the first place; the same as ``weights`` where relevance does not count
    examination: Floats  # [places]
    pricing: Pricing = Pricing.GSP
    reserve: Floats | float = 0.0


@dataclass(slots=True, eq=False)
class Pacer:
    """Multipliers of campaigns, by row.

    Args:
        most: ``[campaigns]``, the largest multiplier: 1 for bids, more for targets.
        method: See the module.
        memory: Of ``curve``: the number of a campaign's auctions after which an older one counts half.
        speed: Of ``curve``: the share of the way to the solution that a tick goes, 0.5 by default; of ``dual``: the step, 0.05.
        gains: Of ``pid``: proportional, integral, differential.
    """

    most: Floats
    method: Method = Method.CURVE
    memory: float = 2000.0
    speed: float | None = None
    gains: tuple[float, float, float] = (0.02, 0.0, 0.3)
    multipliers: Floats = field(init=False)
    _arrays: dict[str, Floats] = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.most)
        self.multipliers = np.minimum(np.ones(n), self.most)
        self._arrays = {
            "value": np.zeros((n, _BINS)),
            "cost": np.zeros((n, _BINS)),
            "auctions": np.zeros(n),  # behind the curves
            "spend": np.zeros(n),  # expected, of this tick
            "passed": np.zeros(n),  # auctions of this tick
            "integral": np.zeros(n),
            "error": np.zeros(n),
        }

    def observe(self, batch: Batch, n_auctions: ArrayLike) -> None:
        """Learn from finished auctions.

        Args:
            batch: May be a sample of them.
            n_auctions: How many there were, in all or ``[campaigns]`` (in the hours of each).
        """
        a, n = self._arrays, len(self.most)
        passed = np.broadcast_to(np.asarray(n_auctions, dtype=np.float64), n)
        a["passed"] += passed
        rows = np.maximum(batch.rows, 0)
        value = batch.bids * batch.p_click
        present = (batch.rows >= 0) & (value > 0)
        least = _least_multipliers(batch, self.multipliers[rows], present)
        steps = batch.examination - np.append(batch.examination[1:], 0.0)
        gained = value[..., None] * steps  # by each place
        at = np.broadcast_to(rows[..., None], least.shape)
        match batch.pricing:
            case Pricing.GSP:
                paid = value[..., None] * batch.examination * least
                paid[..., :-1] -= paid[..., 1:].copy()
            case Pricing.VCG:
                paid = gained * least
            case Pricing.FIRST_PRICE:
                paid = gained * self.multipliers[at]
        won = present[..., None] & (least <= self.multipliers[at])
        a["spend"] += np.bincount(at[won], paid[won], n)
        if self.method is not Method.CURVE:
            return
        entered = np.bincount(rows[present], minlength=n)
        keep = 0.5 ** (entered / self.memory)
        use = present[..., None] & (least < _MOST)
        bins = np.clip(np.log(np.maximum(least[use], 1e-9) / _LEAST) / _STEP, 0, _BINS - 1)
        cells = at[use] * _BINS + bins.astype(np.intp)
        for name, steps_up in (("value", gained), ("cost", paid)):
            a[name] *= keep[:, None]
            a[name] += np.bincount(cells, steps_up[use], n * _BINS).reshape(n, _BINS)
        if (
            batch.pricing is Pricing.FIRST_PRICE
        ):  # what is won is paid at the multiplier that wins it
            a["cost"][:] = np.diff(np.cumsum(a["value"], axis=1) * _EDGES[1:], prepend=0.0)
        a["auctions"] *= keep
        a["auctions"] += passed

    def tick(
        self,
        left_minor: Floats,
        auctions_left: ArrayLike,
        *,
        spent_share: Floats | None = None,
        passed_share: Floats | float = 0.0,
        surplus: Floats | None = None,
        horizon: float = 1.0,
    ) -> Floats:
        """Set and return the multipliers of the next tick.

        Args:
            left_minor: What is left of each budget (the day's, or in all where less is left); infinity: no limit.
            auctions_left: Until the budget ends, in all or ``[campaigns]``.
            spent_share: Of ``pid``: spent, as a share of what there was for the day.
            passed_share: Of ``pid``: of the day's traffic.
            surplus: By how much a target is over-fulfilled so far, in money (:class:`baihuo.ads.bidding.Targets`); infinity: there is no
                target. None: there are no targets.
            horizon: Auctions over which the surplus may be spent.
        """
        a, old = self._arrays, self.multipliers
        left = np.maximum(np.asarray(auctions_left, dtype=np.float64), 1.0)
        rate = np.maximum(left_minor, 0.0) / left  # of an auction
        match self.method:
            case Method.CURVE:
                new = self._solve(rate, surplus, horizon)
                speed = self.speed or 0.5
                new = old ** (1 - speed) * new**speed
            case Method.DUAL:
                with np.errstate(invalid="ignore", divide="ignore"):
                    over = a["spend"] / (rate * a["passed"]) - 1
                over = np.nan_to_num(over, nan=0.0)  # no auction, or nothing left and nothing spent
                new = old * np.exp(-(self.speed or 0.05) * np.clip(over, -1, 1))
            case Method.PID:
                p, i, d = self.gains
                behind = passed_share - (0.0 if spent_share is None else spent_share)
                error = np.clip(behind / np.maximum(passed_share, 0.02), -1, 1)
                a["integral"][:] = np.clip(a["integral"] + error, -20, 20)
                new = old * np.exp(p * error + i * a["integral"] + d * (error - a["error"]))
                a["error"][:] = error
        if surplus is not None and self.method is not Method.CURVE:
            new = np.where(surplus < 0, np.minimum(new, 1.0), new)  # a target that is missed
        a["spend"][:], a["passed"][:] = 0.0, 0.0
        self.multipliers = np.clip(new, _LEAST, self.most)
        return self.multipliers

    def _solve(self, rate: Floats, surplus: Floats | None, horizon: float) -> Floats:
        """Return the largest multipliers that keep budget and target, by the curves."""
        a = self._arrays
        seen = np.maximum(a["auctions"], 1e-9)[:, None]
        cost = np.cumsum(a["cost"], axis=1) / seen
        fits = cost <= rate[:, None]
        if surplus is not None:
            value = np.cumsum(a["value"], axis=1) / seen
            spare = np.where(np.isfinite(surplus), surplus / horizon, np.inf)[:, None]
            keeps = value - cost + spare >= 0
            # The last bin that keeps the target; below it the surplus only grows, but for noise.
            last = _BINS - np.argmax(keeps[:, ::-1], axis=1)
            # None keeps it soon enough: the one that makes up for most.
            best = np.argmax(value - cost, axis=1) + 1
            last = np.where(keeps.any(axis=1), last, best)
            fits &= np.arange(_BINS) < last[:, None]
        n_fit = np.where(fits.all(axis=1), _BINS, np.argmin(fits, axis=1))
        # Within the first bin that does not fit, in proportion.
        at = np.minimum(n_fit, _BINS - 1)
        row = np.arange(len(at))
        before = np.where(at > 0, cost[row, np.maximum(at - 1, 0)], 0.0)
        rise = np.maximum(cost[row, at] - before, 1e-12)
        part = np.clip((np.where(np.isfinite(rate), rate, 0) - before) / rise, 0.0, 1.0)
        return _LEAST * np.exp(_STEP * np.where(n_fit == _BINS, _BINS, at + part))


_EDGES = _LEAST * np.exp(_STEP * np.arange(_BINS + 1))


def _least_multipliers(batch: Batch, multipliers: Floats, present: NDArray[np.bool_]) -> Floats:
    """Return the least multiplier that takes each place or a better one, the others' as they were: ``[auctions, candidates, places]``."""
    n_places = len(batch.examination)
    own = np.where(present, batch.bids * batch.weights, 0.0)
    taking = present & (batch.bids * multipliers >= batch.reserve)
    scores = np.where(taking, own * multipliers, 0.0)
    k = min(n_places + 1, scores.shape[1])
    best = np.zeros((len(scores), n_places + 1))
    top = np.partition(scores, scores.shape[1] - k, axis=1)[:, -k:]
    best[:, :k] = -np.sort(-top, axis=1)
    # Who has one of the places is not among its own rivals.
    place = np.arange(n_places)
    ahead = scores[..., None] >= best[:, None, :n_places]
    rivals = np.where(
        ahead & (scores[..., None] > 0), best[:, None, place + 1], best[:, None, place]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(own[..., None] > 0, rivals / own[..., None], 2 * _MOST)
        floor = np.where(batch.bids > 0, batch.reserve / batch.bids, 2 * _MOST)
    return np.maximum(least, floor[..., None])
