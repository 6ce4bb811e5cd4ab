"""Money promised to ads that were shown and may still be clicked, so that auctions do not promise a budget twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.ledger import MOST_MINOR, CampaignDay, Ledger

_RENEW_US = 1_000_000  # a campaign's lease is renewed at most so often
_MOST_AT_ONCE = 500  # leases in a transaction: clicks wait for it


class Reservations:
    """What one worker may still promise of each campaign's money, in memory.

    A worker holds a lease (:meth:`Ledger.lease`) of a share of each campaign's money, and promises no more than that: left for new
    auctions is the lease less the liabilities, and what others leased or was charged is not in the lease.

    A shown ad is a liability of P(click) x price while its click may come. Delays of clicks are taken as exponential, so the liabilities of
    a campaign are two sums that decay: ``sum(p * price)`` and the variance ``sum(p * price**2)`` (an upper bound, that of a Poisson
    process). To the mean come ``deviations`` standard deviations. A click that comes when nothing is left is charged what is left, so a low
    estimate costs the shop a click, and the advertiser never more than the budget.

    :meth:`left` and :meth:`promise` are the page path: numpy only. :meth:`renew` writes, in one transaction for many campaigns; call it
    about once a second, not while a page waits. Thread-safe.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        worker_id: str,
        n_workers: int,
        click_delay_us: int = 120_000_000,
        deviations: float = 2.0,
        lease_us: int = 60_000_000,
    ) -> None:
        """
        Args:
            worker_id: Of this process, for its life.
            n_workers: Processes that serve pages. A worker asks for a share of ``1 / (2 * n_workers)``, and for more where it promises more.
            click_delay_us: The mean time from page to click.
            deviations: How many standard deviations of the liabilities are kept back.
            lease_us: After this long without renewal a lease is over: its worker is dead.
        """
        self._ledger, self._worker_id = ledger, worker_id
        self._share = 1 / (2 * n_workers)
        self._delay_us, self._deviations, self._lease_us = click_delay_us, deviations, lease_us
        self._lock = threading.Lock()
        self._at_us = 0
        self._campaigns: list[CampaignDay] = []
        self._state = _empty(0)

    def follow(self, campaigns: Sequence[CampaignDay]) -> None:
        """Set the campaigns, in the order of all arrays; those that stay in the same day keep their state. Then :meth:`renew`."""
        with self._lock:
            before = {(c.campaign_id, c.day): row for row, c in enumerate(self._campaigns)}
            rows = [before.get((c.campaign_id, c.day), -1) for c in campaigns]
            state = _empty(len(rows))
            state["left"] = np.array([_smallest_budget(c) for c in campaigns], dtype=np.float64)
            found = np.array(rows, dtype=np.int64)
            for name, values in state.items():
                values[found >= 0] = self._state[name][found[found >= 0]]
            self._campaigns, self._state = list(campaigns), state

    def left(self, at_us: int, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """What new auctions may promise, minor units.

        Args:
            rows: Only these campaigns; None: all.

        Returns:
            ``[campaigns]``, in the order of ``rows``; 0 where nothing is left, or the lease is over.
        """
        with self._lock:
            self._decay(at_us)
            s = self._state if rows is None else {k: v[rows] for k, v in self._state.items()}
            room = s["granted"] - self._liabilities(s)
            return np.where(s["expires_at_us"] > at_us, np.maximum(room, 0.0), 0.0)

    def promise(
        self,
        rows: NDArray[np.int64],
        probability: NDArray[np.float64],
        price_minor: NDArray[np.float64],
        *,
        at_us: int,
    ) -> None:
        """Count ads that are shown.

        Args:
            rows: ``[ads]``, their campaigns.
            probability: ``[ads]``, P(click), or P(viewable) of a bid by thousand.
            price_minor: ``[ads]``, what a click (or impression) costs.
        """
        with self._lock:
            self._decay(at_us)
            expected = probability * price_minor
            np.add.at(self._state["mean"], rows, expected)
            np.add.at(self._state["variance"], rows, expected * price_minor)
            np.add.at(self._state["promised"], rows, expected)

    def renew(self, at_us: int) -> int:
        """Renew leases: of campaigns with new promises, at most once a second, and of the others when half of their time is over.

        Returns:
            How many.
        """
        with self._lock:
            self._decay(at_us)
            s = self._state
            is_old = s["expires_at_us"] - at_us <= self._lease_us / 2
            is_busy = (s["promised"] > 0) & (s["renewed_at_us"] + _RENEW_US <= at_us)
            due = np.flatnonzero(is_old | is_busy)
            # Twice what the last second took: a worker whose traffic grows follows in a few seconds.
            asked = self._liabilities(s) + np.maximum(2 * s["promised"], self._share * s["left"])
            wanted = [(self._campaigns[r], r, int(np.ceil(asked[r]))) for r in due.tolist()]
            s["promised"][due] = 0
        for start in range(0, len(wanted), _MOST_AT_ONCE):
            self._renew(wanted[start : start + _MOST_AT_ONCE], at_us)
        return len(wanted)

    def budget_left(self) -> NDArray[np.float64]:
        """``[campaigns]``, minor units that were left to all workers together at the last renewal."""
        with self._lock:
            return self._state["left"].copy()

    def close(self) -> None:
        """Give the leases back."""
        self._ledger.release(self._worker_id)

    def _renew(self, wanted: list[tuple[CampaignDay, int, int]], at_us: int) -> None:
        until_us = at_us + self._lease_us
        leases = self._ledger.lease(
            [(on, amount) for on, _, amount in wanted],
            worker_id=self._worker_id,
            at_us=at_us,
            expires_at_us=until_us,
        )
        with self._lock:
            for (on, row, _), lease in zip(wanted, leases, strict=True):
                if row >= len(self._campaigns) or self._campaigns[row] is not on:
                    continue  # other campaigns were set meanwhile
                for name, value in {
                    "granted": lease.granted_minor,
                    "left": lease.left_minor,
                    "spent_day": lease.spent_day_minor,
                    "expires_at_us": until_us,
                    "renewed_at_us": at_us,
                }.items():
                    self._state[name][row] = value

    def _decay(self, at_us: int) -> None:
        if at_us <= self._at_us:
            return
        share = np.exp((self._at_us - at_us) / self._delay_us)
        self._state["mean"] *= share
        self._state["variance"] *= share
        self._at_us = at_us

    def _liabilities(self, state: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        return state["mean"] + self._deviations * np.sqrt(state["variance"])


def _empty(n: int) -> dict[str, NDArray[np.float64]]:
    names = ("mean", "variance", "promised", "granted", "left", "spent_day")
    return {name: np.zeros(n) for name in (*names, "expires_at_us", "renewed_at_us")}


def _smallest_budget(on: CampaignDay) -> float:
    """What is left at most, before the ledger was asked."""
    budgets = (on.budget_day_minor, on.budget_total_minor)
    return min((b for b in budgets if b is not None), default=MOST_MINOR)
