"""From what an advertiser asked for to a bid for a click, and the guard of targets.

A target (cost per purchase, return on spend) is met when spend <= worth, where a purchase is worth the target's cost, or its sales divided by the
asked return. A bid of the expected worth of a click keeps it in any auction whose price is at most the bid, if the expectation is right;
where prices are lower, the bid may be higher until both are equal (Aggarwal, Badanidiyuru and Mehta 2019, "Autobidding with constraints"). Two
things make the expectation wrong: a model that is off for this campaign, and purchases that come days after their click.
:class:`Targets` counts both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baihuo.ads.campaign import Bid, BidKind

Floats = NDArray[np.float64]


LARGEST_TARGET_MULTIPLIER = 4.0
TRUST = 30.0
"""Purchases that P(purchase | click) counts for: a campaign's own count weighs as much once it has so many."""


def correction(
    got: Floats | float,
    predicted: Floats | float,
    n_predicted: Floats | float,
    trust: float = TRUST,
) -> Floats:
    """Worth that came for each unit that was predicted, shrunk to 1; of any shape.

    Args:
        got: The worth of purchases that came, in any unit.
        predicted: The worth of those that should have come by now.
        n_predicted: How many these are.
    """
    each = predicted / np.maximum(n_predicted, 1e-12)
    prior = trust * np.where(each > 0, each, 1.0)
    return np.asarray((got + prior) / (predicted + prior), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Bids:
    """Bids of campaigns, by row."""

    amount: Floats
    per_click: NDArray[np.bool_]
    per_thousand: NDArray[np.bool_]
    per_purchase: NDArray[np.bool_]  # neither of the three: per sales
    limit: Floats  # of a click; infinity: none

    @classmethod
    def of(cls, bids: Sequence[Bid]) -> Bids:
        """Gather the bids of campaigns into arrays."""
        kinds = [bid.kind for bid in bids]
        limits = [
            bid.amount
            if bid.kind is BidKind.CLICK
            else np.inf
            if bid.most_minor is None
            else bid.most_minor
            for bid in bids
        ]
        click, thousand, purchase = (
            np.array([kind is wanted for kind in kinds], dtype=bool)
            for wanted in (BidKind.CLICK, BidKind.THOUSAND, BidKind.COST_PER_PURCHASE)
        )
        amount = np.array([bid.amount for bid in bids], dtype=np.float64)
        return cls(amount, click, thousand, purchase, np.array(limits, dtype=np.float64))

    @property
    def has_target(self) -> NDArray[np.bool_]:
        """Which campaigns bid by a target."""
        return ~(self.per_click | self.per_thousand)

    @property
    def most(self) -> Floats:
        """The largest multiplier of each, for :class:`baihuo.ads.pacing.Pacer`."""
        return np.where(self.has_target, LARGEST_TARGET_MULTIPLIER, 1.0)

    def worth(self, rows: NDArray[np.intp], n_purchases: Floats, sales_minor: Floats) -> Floats:
        """What purchases are worth to the target of campaigns, in minor units.

        Args:
            rows: Of campaigns with a target.
            n_purchases: Of each row; expected or counted.
            sales_minor: Likewise.
        """
        amount = self.amount[rows]
        by_sales = sales_minor / amount
        return np.where(self.per_purchase[rows], n_purchases * amount, by_sales)

    def of_clicks(
        self,
        rows: NDArray[np.intp],
        p_click: Floats,
        p_purchase: Floats,
        sale_minor: Floats,
        corrections: Floats | None = None,
    ) -> Floats:
        """Bids for a click, at multiplier 1, in minor units; of any shape.

        Args:
            rows: Of campaigns.
            p_click: P(click), where the place is looked at: turns a bid per thousand into one per click.
            p_purchase: P(purchase | click).
            sale_minor: Of a purchase, expected.
            corrections: ``[campaigns]``, of p_purchase (:attr:`Targets.corrections`).
        """
        if corrections is not None:
            p_purchase = p_purchase * corrections[rows]
        amount = self.amount[rows]
        return np.where(
            self.per_thousand[rows],
            amount / 1000 / np.maximum(p_click, 1e-9),
            np.where(
                self.per_click[rows],
                amount,
                self.worth(rows, p_purchase, p_purchase * sale_minor),
            ),
        )

    def at(self, rows: NDArray[np.intp], of_clicks: Floats, multipliers: Floats) -> Floats:
        """Bids as the auction takes them: with the multiplier, never above the limit."""
        return np.minimum(of_clicks * multipliers[rows], self.limit[rows])


class PurchaseDelay:
    """The share of purchases that has been seen, by the age of the click."""

    def __init__(self, seen: ArrayLike) -> None:
        """``seen``: share at the age of 0, 1, 2 … hours; the last counts as all."""
        share = np.maximum.accumulate(np.asarray(seen, dtype=np.float64))
        if share.ndim != 1 or len(share) < 2 or not 0 <= share[0] <= share[-1] or share[-1] <= 0:
            raise ValueError("seen must be shares that rise from 0 or more, two or more")
        self.seen = share / share[-1]

    @classmethod
    def learn(
        cls, delay_hours: ArrayLike, watched_hours: ArrayLike, *, window_hours: int = 24 * 7
    ) -> PurchaseDelay:
        """Learn from purchases, also of clicks that are still young.

        Args:
            delay_hours: From click to purchase, of each purchase.
            watched_hours: From that click to now. A purchase that was bound to come later is not in the log, and the estimate
                allows for it (product limit in reverse time: Lynden-Bell 1971; Kalbfleisch and Lawless 1989).
            window_hours: Purchases later than this do not count.
        """
        delay = np.asarray(delay_hours, dtype=np.float64)
        watched = np.minimum(np.asarray(watched_hours, dtype=np.float64), window_hours)
        keep = (delay <= watched) & (delay >= 0)
        delay, watched = np.ceil(delay[keep]), np.ceil(watched[keep])
        hours = np.arange(window_hours + 1)
        came = np.bincount(delay.astype(np.intp), minlength=window_hours + 1)[: window_hours + 1]
        # At risk at hour h in reverse time: came by h, of clicks watched that long.
        by = np.searchsorted(np.sort(delay), hours, side="right")
        too_young = np.searchsorted(np.sort(watched), hours, side="left")
        at_risk = np.maximum(by - too_young, came)
        stays = 1 - came / np.maximum(at_risk, 1)
        stays[0] = 1.0
        later = np.append(np.cumprod(stays[::-1])[::-1][1:], 1.0)
        return cls(np.where(hours == 0, min(later[0], 1.0), later))

    def share(self, age_hours: ArrayLike) -> Floats:
        """P(seen by now | it comes), at the age of clicks in hours."""
        return np.interp(np.asarray(age_hours), np.arange(len(self.seen)), self.seen)


@dataclass(slots=True, eq=False)
class Targets:
    """What campaigns with targets spent and got, and how right their P(purchase | click) was, where one process sees all clicks and purchases as
    they come. Workers of a shop, which see neither, have :class:`baihuo.ads.target_results.TargetGuard`.

    Clicks are kept by hour until ``delay`` says that their purchases have been seen. Call :meth:`advance` once a tick.

    Args:
        bids: Of all campaigns, by row.
        delay: See :class:`PurchaseDelay`.
        trust: See :data:`TRUST`.
    """

    bids: Bids
    delay: PurchaseDelay
    trust: float = TRUST
    _arrays: dict[str, Floats] = field(init=False)
    _hour: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        n, hours = len(self.bids.amount), len(self.delay.seen)
        self._arrays = {
            "expected": np.zeros((n, hours)),  # purchases of the clicks of an hour, by prediction
            "worth": np.zeros((n, hours)),  # the same, as worth
            "seen": np.zeros(n),  # of older clicks
            "old_worth": np.zeros(n),
            "got": np.zeros(n),  # the worth of purchases
            "spent": np.zeros(n),
        }

    def advance(self, now_hours: float) -> None:
        """Move on to ``now_hours`` since any fixed time: clicks older than the window have shown all their purchases."""
        a, size = self._arrays, len(self.delay.seen)
        for hour in range(self._hour + 1, int(now_hours) + 1):
            for young, old in (("expected", "seen"), ("worth", "old_worth")):
                a[old] += a[young][:, hour % size]
                a[young][:, hour % size] = 0.0
        self._hour = max(self._hour, int(now_hours))

    def clicked(
        self, rows: NDArray[np.intp], price_minor: Floats, p_purchase: Floats, sale_minor: Floats
    ) -> None:
        """Count clicks: what they cost, and the predictions (not corrected) at their auctions."""
        a, n, at = self._arrays, len(self.bids.amount), self._hour % len(self.delay.seen)
        a["spent"] += np.bincount(rows, price_minor, n)
        a["expected"][:, at] += np.bincount(rows, p_purchase, n)
        worth = self.bids.worth(rows, p_purchase, p_purchase * sale_minor)
        a["worth"][:, at] += np.bincount(rows, worth, n)

    def purchased(self, rows: NDArray[np.intp], sales_minor: Floats) -> None:
        """Count purchases as they come, one a row."""
        a, n = self._arrays, len(self.bids.amount)
        a["got"] += np.bincount(rows, self.bids.worth(rows, np.ones(len(rows)), sales_minor), n)

    @property
    def corrections(self) -> Floats:
        """Worth that came for each unit that was predicted, shrunk to 1: ``[campaigns]``."""
        a = self._arrays
        predicted = a["old_worth"] + a["worth"] @ self._seen
        n_predicted = a["seen"] + a["expected"] @ self._seen
        return correction(a["got"], predicted, n_predicted, self.trust)

    @property
    def _seen(self) -> Floats:
        size = len(self.delay.seen)
        ages = (self._hour - np.arange(size)) % size
        return self.delay.share(ages + 0.5)

    @property
    def surplus(self) -> Floats:
        """Worth less spend so far, with what is still to come: ``[campaigns]``; infinity without a target."""
        a = self._arrays
        worth = (a["old_worth"] + a["worth"].sum(axis=1)) * self.corrections
        return np.where(self.bids.has_target, worth - a["spent"], np.inf)
