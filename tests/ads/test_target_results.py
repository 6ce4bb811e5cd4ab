"""What came of the clicks of a target: counted by a check from disk, corrected for purchases that are still to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.ads.kettles import MINUTE_US, NOW_US, event_line, kettle_shop

from baihuo import flow
from baihuo.ads import AuctionLog, CampaignStore, Ledger
from baihuo.ads.auction_log import LoggedAd, LoggedAuction
from baihuo.ads.bidding import Bids, correction
from baihuo.ads.campaign import HOUR_US, Bid, BidKind
from baihuo.ads.ledger import CampaignDay, ClickCharge, InvalidClick
from baihuo.ads.target_results import TargetGuard, TargetResults
from baihuo.settings import Shop

P_PURCHASE, SALE = 0.2, 900
DAY_US = 24 * HOUR_US


class Advertised:
    """The shop of kettles, whose campaign asks for purchases at a cost."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(kettle_shop(folder))
        self.store = CampaignStore(self.shop.ads_file)
        campaign = self.store.find("kettles").campaign
        asked = replace(campaign, bid=Bid(BidKind.COST_PER_PURCHASE, 250))
        self.campaign = self.store.submit(asked, by="t", at_us=NOW_US).campaign
        self.ledger, self.log = (
            Ledger(self.shop.ads_ledger_file),
            AuctionLog(self.shop.auctions_file),
        )
        self.ledger.deposit("acme", 100_000, reference="r", at_us=NOW_US - 20 * DAY_US)
        self.lines: list[str] = []

    def click(self, n: int, at_us: int, *, after_us: int | None = None) -> None:
        """A charged click on the ad of page ``n``; with ``after_us``, the product is bought."""
        lost = LoggedAd("kettles", "p1", 50, 0.1, 1, 5, p_purchase=P_PURCHASE, sale_minor=SALE)
        ad = lost._replace(slot=1, price_minor=40, click_id=f"q{n}:1")
        visitor = f"v{n}"
        self.log.append(
            LoggedAuction(
                auction_id=f"q{n}.1", at_us=at_us, surface="home", visitor_id=visitor, ads=(ad,)
            )
        )
        charge = ClickCharge(
            click_id=f"q{n}:1",
            on=CampaignDay.of(
                self.campaign, datetime.fromtimestamp(at_us / 1e6, UTC).date().isoformat()
            ),
            campaign_version=self.campaign.version,
            product_id="p1",
            price_minor=40,
        )
        self.ledger.charge_click(charge, at_us=at_us)
        self.lines.append(event_line(n, "ad_click", visitor, n, at_us))
        if after_us is not None:
            bought = {"price_minor": SALE, "currency": "EUR", "quantity": 1, "query_id": None}
            self.lines.append(
                event_line(n + 10_000, "purchase", visitor, n, at_us + after_us, **bought)
            )

    def check(self) -> TargetResults:
        self.log.flush()
        file = self.shop.root.parent / "events.jsonl"
        file.write_text("\n".join(self.lines) + "\n")
        flow.import_files(self.shop, [file])
        flow.check(self.shop)
        return TargetResults.read(self.shop.ads_targets_file)

    def guard(self) -> TargetGuard:
        guard = TargetGuard(self.shop.ads_targets_file, self.ledger, self.log)
        guard.follow(["kettles"])
        return guard


@pytest.fixture
def ads(tmp_path: Path) -> Advertised:
    return Advertised(tmp_path / "shop")


def test_a_check_counts_what_came_and_what_is_still_to_come(ads: Advertised) -> None:
    """400 clicks over ten days; one of ten bought, half of those at once and half after four days. By the model one of five would."""
    for n in range(400):
        after_us = [MINUTE_US, 4 * DAY_US][n // 10 % 2] if n % 10 == 0 else None
        at_us = NOW_US - 10 * DAY_US + n * DAY_US // 40
        is_late = after_us is not None and at_us + after_us > NOW_US
        ads.click(n, at_us, after_us=None if is_late else after_us)
    result = ads.check().campaigns["kettles"]
    assert (result.clicks, result.spent_minor) == (400, 16_000)
    assert result.expected == pytest.approx(80)
    assert result.expected_sales_minor == pytest.approx(80 * SALE)
    assert result.purchases < 40  # those of the last four days are not here yet
    assert result.purchases / result.seen == pytest.approx(0.5, abs=0.06)
    corrections, surplus, most = ads.guard().of(["kettles"], Bids.of([ads.campaign.bid]))
    assert corrections[0] == pytest.approx((result.purchases + 30) / (result.seen + 30))
    assert surplus[0] == pytest.approx(80 * corrections[0] * 250 - 16_000)
    assert most[0] == 4.0  # its own purchases are enough to bid above the worth of a click


def test_clicks_since_the_check_count_in_every_worker_and_credited_ones_do_not(
    ads: Advertised,
) -> None:
    for n in range(20):
        ads.click(n, NOW_US - 2 * DAY_US + n * MINUTE_US)
    ads.check()
    one, other = ads.guard(), ads.guard()
    bids = Bids.of([ads.campaign.bid])
    before = one.of(["kettles"], bids)[1][0]
    ads.click(20, NOW_US + MINUTE_US)
    ads.log.flush()
    for guard in (one, other, ads.guard()):
        guard.follow(["kettles"])
        corrections, surplus, most = guard.of(["kettles"], bids)
        assert surplus[0] == pytest.approx(before + P_PURCHASE * corrections[0] * 250 - 40)
        assert most[0] == 1.0  # too few purchases to bid above the worth of a click
    credit = InvalidClick(click_id="q20:1", finding_id="bot 0:1", reason="a bot")
    ads.ledger.credit([credit], today="2026-12-03", at_us=NOW_US + 2 * MINUTE_US)
    assert ads.guard().of(["kettles"], bids)[1][0] == pytest.approx(before)


def test_without_a_check_or_a_click_nothing_is_corrected(ads: Advertised) -> None:
    corrections, surplus, most = ads.guard().of(
        ["kettles", "none"], Bids.of([ads.campaign.bid, Bid(BidKind.CLICK, 9)])
    )
    assert (corrections.tolist(), most.tolist()) == ([1, 1], [1, 1])
    assert surplus.tolist() == [0, np.inf]


def test_the_correction_moves_from_the_model_to_the_campaign_s_own_purchases() -> None:
    assert correction(0, 0, 0) == 1
    assert correction(10, 20, 20) == pytest.approx(40 / 50)
    assert correction(10_000, 20_000, 20_000) == pytest.approx(0.5, abs=0.001)
    # of sales: the trust is in purchases, whatever they are worth
    assert correction(10 * 900, 20 * 900, 20) == pytest.approx(40 / 50)
