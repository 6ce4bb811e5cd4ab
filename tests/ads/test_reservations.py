"""Two workers, one budget: what they promise together is what clicks cost in the end."""

from __future__ import annotations

import heapq
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from baihuo.ads.ledger import CampaignDay, ClickCharge, Ledger
from baihuo.ads.reservations import Reservations

NOW, SECOND_US = 1_796_256_000_000_000, 1_000_000
ROW = np.array([0])


def campaign(budget: int, campaign_id: str = "C") -> CampaignDay:
    return CampaignDay(
        campaign_id=campaign_id,
        advertiser_id="A",
        day="2026-12-03",
        budget_day_minor=budget,
        budget_total_minor=None,
    )


def workers(ledger: Ledger, *campaigns: CampaignDay) -> list[Reservations]:
    both = [Reservations(ledger, worker_id=f"w{n}", n_workers=2) for n in range(2)]
    for worker in both:
        worker.follow(campaigns)
        worker.renew(NOW)
    return both


def promise(worker: Reservations, minor: float, at_us: int = NOW) -> None:
    worker.promise(ROW, np.array([1.0]), np.array([minor]), at_us=at_us)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    opened = Ledger(tmp_path / "ledger.sqlite")
    opened.deposit("A", 10**6, reference="r", at_us=NOW)
    return opened


def test_leases_never_sum_to_more_than_is_left(ledger: Ledger) -> None:
    on = campaign(100)
    wanted = [(on, 70)]
    first, second, third = (
        ledger.lease(wanted, worker_id=w, at_us=NOW, expires_at_us=NOW + SECOND_US)[0]
        for w in ("a", "b", "c")
    )
    assert [x.granted_minor for x in (first, second, third)] == [70, 30, 0]
    ledger.release("a")
    ledger.charge_click(
        ClickCharge(click_id="q:1", on=on, campaign_version=1, product_id="P", price_minor=50),
        at_us=NOW,
    )
    lease = ledger.lease(wanted, worker_id="c", at_us=NOW, expires_at_us=NOW + SECOND_US)[0]
    assert (lease.granted_minor, lease.left_minor, lease.spent_day_minor) == (20, 50, 50)


def test_campaigns_of_one_advertiser_share_its_balance(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.deposit("A", 100, reference="r", at_us=NOW)
    granted = [
        ledger.lease([(campaign(90, c), 80)], worker_id="w", at_us=NOW, expires_at_us=NOW + 1)[0]
        for c in ("C", "D")
    ]
    assert [x.granted_minor for x in granted] == [80, 20]


def test_the_lease_of_a_dead_worker_expires(ledger: Ledger) -> None:
    dead, alive = workers(ledger, campaign(1_000))
    promise(dead, 100)
    promise(alive, 200)
    alive.renew(NOW + SECOND_US)
    assert alive.left(NOW + SECOND_US)[0] <= 1_000 - 250
    promise(alive, 1_000, NOW + 70 * SECOND_US)
    alive.renew(NOW + 70 * SECOND_US)
    leased = ledger.lease(
        [(campaign(1_000), 1)], worker_id="other", at_us=NOW + 70 * SECOND_US, expires_at_us=NOW
    )
    assert leased[0].granted_minor == 0  # the living worker has all of it
    assert dead.left(NOW + 70 * SECOND_US)[0] == 0


def test_promises_fade_as_their_clicks_stay_away(ledger: Ledger) -> None:
    worker, _ = workers(ledger, campaign(1_000))
    before = worker.left(NOW)[0]
    promise(worker, 50)
    assert worker.left(NOW)[0] == pytest.approx(before - 150)  # two standard deviations of 50
    worker.renew(NOW + SECOND_US)
    late = NOW + 20 * 120 * SECOND_US
    worker.renew(late)
    assert worker.left(late)[0] == pytest.approx(before, rel=0.01)


def test_a_page_writes_nothing_and_a_second_renews_once(ledger: Ledger, tmp_path: Path) -> None:
    worker, _ = workers(ledger, campaign(1_000), campaign(500, "D"))
    file = sqlite3.connect(tmp_path / "ledger.sqlite")
    version = "PRAGMA data_version"
    before = file.execute(version).fetchone()
    for n in range(100):
        assert worker.left(NOW + n)[0] > 0
        promise(worker, 0.5, NOW + n)
    assert file.execute(version).fetchone() == before
    assert worker.renew(NOW + SECOND_US // 2) == 0
    assert worker.renew(NOW + SECOND_US) == 1  # of the campaign that was busy
    assert file.execute(version).fetchone() != before
    file.close()


def test_campaigns_that_stay_keep_their_promises(ledger: Ledger) -> None:
    worker, _ = workers(ledger, campaign(1_000))
    promise(worker, 50)
    left = worker.left(NOW)[0]
    worker.follow([campaign(300, "D"), campaign(1_000)])
    assert worker.left(NOW).tolist() == [0, left]
    worker.renew(NOW)
    assert worker.left(NOW)[0] == 75


def test_the_budget_is_spent_and_few_clicks_find_nothing_left(ledger: Ledger) -> None:
    """Half an hour of pages at two workers: 100 clicks' worth of budget, traffic for three times that."""
    dice, on = np.random.default_rng(3), campaign(5_000)
    both = workers(ledger, on)
    price, p, clicks, lost = 50.0, 0.05, list[tuple[int, int]](), 0
    for n in range(6_000):
        now = NOW + n * SECOND_US // 3
        if n % 3 == 0:
            for worker in both:
                worker.renew(now)
        worker = both[dice.integers(2)]
        if worker.left(now, ROW)[0] >= p * price:
            worker.promise(ROW, np.array([p]), np.array([price]), at_us=now)
            if dice.random() < p:
                heapq.heappush(clicks, (now + int(dice.exponential(120 * SECOND_US)), n))
        while clicks and (clicks[0][0] <= now or n == 5_999):
            at_us, number = heapq.heappop(clicks)
            charge = ClickCharge(
                click_id=f"{number}:1", on=on, campaign_version=1, product_id="P", price_minor=50
            )
            lost += ledger.charge_click(charge, at_us=at_us).uncharged_minor
    assert ledger.spent("C", on.day) >= 0.98 * 5_000
    assert lost <= 0.03 * 5_000
    assert ledger.check() == []
