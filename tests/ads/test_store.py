"""Campaigns keep all their versions; what the shop reviews runs as it was approved."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baihuo.ads import (
    BanKind,
    Bid,
    BidKind,
    Campaign,
    CampaignStatus,
    CampaignStore,
    Decision,
    Keyword,
    Targeting,
)
from baihuo.core import BadInput, BrokenFile, Conflict, NotFound

ANN: dict[str, Any] = {"by": "ann", "at_us": 1}
SHOP: dict[str, Any] = {"by": "shop", "at_us": 2}
CAMPAIGN = Campaign(
    campaign_id="kettles",
    advertiser_id="acme",
    name="Kettles",
    currency="EUR",
    product_ids=("p1", "p2"),
    bid=Bid(BidKind.CLICK, 45),
    starts_at_us=0,
    budget_day_minor=5_000,
    targeting=Targeting(keywords=(Keyword("kettle"), Keyword("toy", is_negative=True))),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CampaignStore]:
    store = CampaignStore(tmp_path / "ads" / "campaigns.sqlite")
    store.add_advertiser("acme", "Acme Ltd", **ANN)
    yield store
    store.close()


def approved(store: CampaignStore) -> Campaign:
    store.submit(CAMPAIGN, **ANN)
    running = store.decide("kettles", Decision.APPROVE, **SHOP).running
    assert running is not None
    return running


def test_a_campaign_runs_from_its_approval_on_and_not_while_it_is_paused(
    store: CampaignStore,
) -> None:
    submitted = store.submit(CAMPAIGN, **ANN)
    assert submitted.campaign == CAMPAIGN
    assert submitted.running is None
    running = store.decide("kettles", Decision.APPROVE, **SHOP).running
    assert running == replace(CAMPAIGN, status=CampaignStatus.APPROVED, version=2)
    assert store.decide("kettles", Decision.PAUSE, **ANN).running is None
    assert store.decide("kettles", Decision.RESUME, **ANN).running is not None
    history = store.history("kettles")
    assert [(v.campaign.version, v.campaign.status, v.changed_by) for v in history] == [
        (1, "submitted", "ann"),
        (2, "approved", "shop"),
        (3, "paused", "ann"),
        (4, "approved", "ann"),
    ]


def test_a_budget_or_bid_needs_no_approval_and_a_product_does(store: CampaignStore) -> None:
    approved(store)
    cheaper = replace(CAMPAIGN, budget_day_minor=100, bid=Bid(BidKind.CLICK, 5))
    found = store.submit(cheaper, **ANN)
    assert found.campaign.status == CampaignStatus.APPROVED
    assert found.running is not None
    assert (found.running.budget_day_minor, found.running.bid.amount) == (100, 5)
    other = replace(cheaper, product_ids=("p3",), budget_day_minor=50)
    waiting = store.submit(other, **ANN)
    assert waiting.campaign.status == CampaignStatus.SUBMITTED
    assert waiting.running is not None
    assert waiting.running.product_ids == ("p1", "p2"), "the approved products go on"
    assert waiting.running.budget_day_minor == 50, "a lower budget does not wait"
    refused = store.decide("kettles", Decision.REJECT, reason="a knife", **SHOP)
    assert refused.reason == "a knife"
    assert refused.running is not None
    assert refused.running.product_ids == ("p1", "p2")
    stopped = store.decide("kettles", Decision.REJECT, reason="all of it", **SHOP)
    assert stopped.running is None
    with pytest.raises(Conflict, match="rejected"):
        store.decide("kettles", Decision.PAUSE, **ANN)


def test_what_is_changed_during_a_pause_waits_for_approval_after_it(store: CampaignStore) -> None:
    approved(store)
    store.decide("kettles", Decision.PAUSE, **ANN)
    store.submit(replace(CAMPAIGN, name="Casino"), **ANN)
    resumed = store.decide("kettles", Decision.RESUME, **ANN)
    assert resumed.campaign.status == CampaignStatus.SUBMITTED
    assert resumed.running is not None
    assert resumed.running.name == "Kettles"


def test_no_version_is_ever_changed_and_the_same_campaign_makes_none(store: CampaignStore) -> None:
    approved(store)
    assert store.submit(CAMPAIGN, **ANN).campaign.version == 2
    store.close()
    with sqlite3.connect(store._path) as file:
        for statement in ("UPDATE versions SET reason = 'x'", "DELETE FROM versions"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                file.execute(statement)
    file.close()


def test_an_approval_is_of_what_was_looked_at(store: CampaignStore) -> None:
    seen = store.submit(CAMPAIGN, **ANN).campaign.version
    store.submit(replace(CAMPAIGN, product_ids=("counterfeit",)), **ANN)
    with pytest.raises(Conflict, match="changed meanwhile"):
        store.decide("kettles", Decision.APPROVE, expected=seen, **SHOP)


@pytest.mark.parametrize(
    ("campaign", "error", "match"),
    [
        (replace(CAMPAIGN, advertiser_id="nobody"), NotFound, "advertisers add"),
        (replace(CAMPAIGN, advertiser_id="other"), Conflict, "taken"),
    ],
)
def test_an_advertiser_changes_only_its_own(
    store: CampaignStore, campaign: Campaign, error: type[Exception], match: str
) -> None:
    store.add_advertiser("other", "Other", **ANN)
    store.submit(CAMPAIGN, **ANN)
    with pytest.raises(error, match=match):
        store.submit(campaign, **ANN)
    assert [v.campaign.campaign_id for v in store.campaigns("acme")] == ["kettles"]
    assert store.campaigns("other") == []


def test_a_banned_word_is_not_approved_and_a_negative_keyword_may_name_it(
    store: CampaignStore,
) -> None:
    store.ban(BanKind.WORD, "Toys", **SHOP)
    store.submit(CAMPAIGN, **ANN)
    store.decide("kettles", Decision.APPROVE, **SHOP)
    store.submit(replace(CAMPAIGN, name="Toy kettles"), **ANN)
    with pytest.raises(BadInput, match="Toys"):
        store.decide("kettles", Decision.APPROVE, **SHOP)
    store.ban(BanKind.WORD, "Toys", lift=True, **SHOP)
    store.decide("kettles", Decision.APPROVE, **SHOP)
    with pytest.raises(NotFound):
        store.ban(BanKind.WORD, "Toys", lift=True, **SHOP)


def test_a_follower_has_at_each_moment_what_a_fresh_reader_has(
    store: CampaignStore, tmp_path: Path
) -> None:
    rng = random.Random(3)
    follower = CampaignStore(store._path)
    seq, known, has_run = 0, dict[str, Campaign | None](), False
    decisions = [*Decision, Decision.APPROVE, Decision.APPROVE]
    for step in range(120):
        number = f"c{rng.randrange(4)}"
        changed = replace(
            CAMPAIGN,
            campaign_id=number,
            budget_day_minor=rng.randrange(1, 9),
            product_ids=(f"p{rng.randrange(2)}",),
        )
        try:
            if rng.random() < 0.4:
                store.submit(changed, **ANN)
            elif rng.random() < 0.1:
                store.ban(BanKind.CATEGORY, f"Home > {rng.randrange(3)}", **SHOP)
            else:
                store.decide(number, rng.choice(decisions), reason="no", **SHOP)
        except (Conflict, NotFound):
            continue
        if step % 3 == 0:
            new = follower.changes(seq)
            seq, known = new.seq, {**known, **new.campaigns}
            has_run |= any(known.values())
            whole = store.changes()
            assert known == whole.campaigns
            assert new.safety == whole.safety
            assert whole.campaigns == {v.campaign.campaign_id: v.running for v in store.campaigns()}
    assert follower.changes(seq).campaigns.keys() <= known.keys()
    assert has_run
    follower.close()


def test_a_damaged_file_is_named(store: CampaignStore) -> None:
    store.submit(CAMPAIGN, **ANN)
    with sqlite3.connect(store._path) as file:
        file.execute("DROP TRIGGER versions_are_not_changed")
        file.execute("UPDATE versions SET body = x'7b7d' WHERE kind = 'campaign'")
    file.close()
    with pytest.raises(BrokenFile, match=r"campaigns\.sqlite"):
        store.campaigns()
