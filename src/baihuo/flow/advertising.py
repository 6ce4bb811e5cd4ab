"""The money and the reports of ads, and what the checks give back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime

from baihuo import connect
from baihuo.ads import (
    AdsReport,
    AuctionLog,
    CampaignStore,
    Change,
    Credit,
    Incrementality,
    Ledger,
    Pricing,
    Rules,
    Statement,
    WhatIf,
    ads_report,
    auction_rows,
    audience_size,
    campaign_effect,
    examination,
    invalid_clicks,
    what_if,
)
from baihuo.core import NotFound, Surface, now_us
from baihuo.flow.resources import engine
from baihuo.settings import Shop

_DAY_US = 86_400_000_000


def deposit_for_ads(shop: Shop, advertiser_id: str, amount_minor: int, reference: str) -> int:
    """Add money that an advertiser paid, once by its reference; returns the balance in minor units.

    Raises:
        NotFound: there is no such advertiser.
        BadInput: the amount is not positive.
        Conflict: the reference was used for another deposit.
    """
    with _advertiser(shop, advertiser_id), closing(Ledger(shop.ads_ledger_file)) as ledger:
        ledger.deposit(advertiser_id, amount_minor, reference=reference, at_us=now_us())
        return ledger.balance(advertiser_id)


def ads_statement(shop: Shop, advertiser_id: str, month: str | None = None) -> Statement:
    """The statement of an advertiser.

    Args:
        month: 2026-12, in the shop's time zone; None: this one.

    Raises:
        NotFound: there is no such advertiser.
        BadInput: no such month.
    """
    zone = shop.settings().ads.zone()
    month = month or datetime.now(zone).strftime("%Y-%m")
    with _advertiser(shop, advertiser_id), closing(Ledger(shop.ads_ledger_file)) as ledger:
        return ledger.statement(advertiser_id, month, zone=zone.key)


def verify_ads_ledger(shop: Shop) -> list[str]:
    """What is wrong in the ledger of ads, a sentence for each kind of error; empty: nothing.

    Raises:
        NotFound: nothing was paid in or charged.
    """
    if not shop.ads_ledger_file.exists():
        raise NotFound("there is no ledger yet", fix="baihuo ads deposit")
    with closing(Ledger(shop.ads_ledger_file)) as ledger:
        return ledger.check()


def credit_invalid_clicks(shop: Shop) -> list[Credit]:
    """Give clicks back that ``baihuo check`` found fraudulent, double or crawled; those given back before change nothing.

    Raises:
        NotFound: nothing was checked, or nothing was charged.
    """
    findings = shop.clean / "findings.parquet"
    if not findings.exists():
        raise NotFound("nothing was checked yet", fix="baihuo check")
    if not shop.ads_ledger_file.exists():
        raise NotFound("no click was charged yet", fix="nothing to do")
    today = datetime.now(shop.settings().ads.zone()).date().isoformat()
    with closing(Ledger(shop.ads_ledger_file)) as ledger:
        found = invalid_clicks(
            engine(shop),
            ledger,
            findings=findings,
            raw=connect.segments(shop.raw, "events"),
            clean=shop.clean_events,
        )
        return [c for c in ledger.credit(found, today=today, at_us=now_us()) if not c.is_duplicate]


def report_ads(shop: Shop, *, days: float = 30, advertiser_id: str | None = None) -> AdsReport:
    """What campaigns got and paid in the last days, from the auctions, the ledger and the events that the checks kept.

    Raises:
        NotFound: the shop has no ads, or not this advertiser.
    """
    if not shop.auctions_file.exists():
        raise NotFound(
            "no ad was shown yet", fix="baihuo ads import, approve a campaign, and baihuo serve"
        )
    has_events = any(shop.clean_events.glob("*.parquet"))
    with (
        _advertiser(shop, advertiser_id) as store,
        closing(Ledger(shop.ads_ledger_file)) as ledger,
        closing(AuctionLog(shop.auctions_file)) as log,
    ):
        return ads_report(
            store,
            log,
            ledger,
            engine(shop),
            shop.clean_events if has_events else None,
            from_us=now_us() - int(days * _DAY_US),
            advertiser_id=advertiser_id,
        )


def effect_of_ads(shop: Shop, campaign_id: str, *, days: float = 30) -> Incrementality:
    """What a campaign added to purchases in the last days, by visitors who were held out of ads.

    Raises:
        NotFound: the shop has no ads, no such campaign, or nothing was checked yet.
        Unsupported: nobody is held out, or too few visitors or purchases.
    """
    if not shop.auctions_file.exists() or not any(shop.clean_events.glob("*.parquet")):
        raise NotFound("there is no checked log of ads yet", fix="baihuo serve, then baihuo check")
    with closing(CampaignStore(shop.ads_file)) as store:
        campaign = store.find(campaign_id).campaign
    with closing(AuctionLog(shop.auctions_file)) as log:
        return campaign_effect(
            campaign,
            log,
            engine(shop),
            shop.clean_events,
            from_us=now_us() - int(days * _DAY_US),
            share=shop.settings().ads.holdout_share,
        )


def ads_what_if(
    shop: Shop,
    surface: Surface,
    *,
    reserve_minor: int | None = None,
    relevance_floor: float | None = None,
    bid_factor: float = 1.0,
    pricing: str | None = None,
    days: float = 30,
) -> WhatIf:
    """What another reserve, floor, pacing or payment rule would have brought in the auctions of the last days.

    Args:
        reserve_minor, relevance_floor, pricing: None: as ``shop.yaml`` says, which must be what made the log.
        bid_factor: Times every bid.

    Raises:
        NotFound: nothing was checked, or no ad was shown.
        BadInput: a value is out of range.
        Unsupported: the log does not support the estimate, or was made by other rules.
    """
    if not shop.auctions_file.exists() or not any(shop.clean_events.glob("*.parquet")):
        raise NotFound("there is no checked log of ads yet", fix="baihuo serve, then baihuo check")
    settings = shop.settings().ads
    logged = Rules(
        reserve_minor=settings.reserve_minor.get(surface, 1),
        relevance_floor=settings.relevance_floor,
        pricing=Pricing(settings.pricing),
        examination=tuple(examination(settings.places.get(surface, 0))),
    )
    wanted = replace(
        logged,
        reserve_minor=logged.reserve_minor if reserve_minor is None else reserve_minor,
        relevance_floor=logged.relevance_floor if relevance_floor is None else relevance_floor,
        pricing=logged.pricing if pricing is None else Pricing(pricing),
        bid_factor=bid_factor,
    )
    with closing(AuctionLog(shop.auctions_file)) as log:
        rows = auction_rows(
            log,
            engine(shop),
            shop.clean_events,
            surface=str(surface),
            from_us=now_us() - int(days * _DAY_US),
        )
    return what_if(rows, Change(logged=logged, wanted=wanted))


def ads_audience_sizes(shop: Shop, *names: str) -> dict[str, int]:
    """Visitors in each audience of ``shop.yaml``, by the checked log of behaviour; without ``names`` of all."""
    audiences = shop.settings().ads.audiences
    is_checked = any(shop.clean_events.glob("*.parquet")) and shop.clean_products.exists()
    return {
        name: audience_size(
            audience,
            engine(shop),
            events=shop.clean_events,
            products=shop.clean_products,
            now_us=now_us(),
        )
        if is_checked
        else 0
        for name, audience in audiences.items()
        if not names or name in names
    }


@contextmanager
def _advertiser(shop: Shop, advertiser_id: str | None) -> Iterator[CampaignStore]:
    """Open the campaigns, if there is such an advertiser."""
    with closing(CampaignStore(shop.ads_file)) as store:
        known = [a.advertiser_id for a in store.advertisers()]
        if advertiser_id is not None and advertiser_id not in known:
            raise NotFound(
                f"there is no advertiser {advertiser_id!r}",
                fix=f"one of {', '.join(known[:10])}" if known else "baihuo ads advertisers add",
            )
        yield store
