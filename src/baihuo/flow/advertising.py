"""The money and the reports of ads, and what the checks give back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime

from baihuo import connect
from baihuo.ads import (
    AdsOffice,
    AdsReport,
    AuctionLog,
    CampaignStore,
    Change,
    Credit,
    Forecast,
    Incrementality,
    Ledger,
    Pricing,
    ShopEffect,
    Statement,
    WhatIf,
    auction_rows,
    campaign_effect,
    forecast,
    invalid_clicks,
    what_if,
)
from baihuo.catalog import Catalog
from baihuo.core import NotFound, Surface, now_us
from baihuo.events import ServedLog
from baihuo.flow.pages import open_live
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
    require_advertiser(shop, advertiser_id)
    with closing(Ledger(shop.ads_ledger_file)) as ledger:
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
    with ads_office(shop) as office:
        return office.statement(advertiser_id, month)


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
    with ads_office(shop) as office:
        return office.report(days=days, advertiser_id=advertiser_id)


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


def effect_of_all_ads(shop: Shop, *, days: float = 30) -> ShopEffect:
    """What ads did to organic clicks, returning visitors and sales in the last days, by visitors who were held out of them.

    Raises:
        NotFound: no ad was shown, or nothing was checked yet.
        Unsupported: nobody is held out, or too few visitors.
    """
    with ads_office(shop) as office:
        return office.effect(days=days)


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
    with ads_office(shop) as office:
        logged = office.auction_rules(surface)
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


def forecast_of_ads(shop: Shop, campaign_id: str, *, n_pages: int = 500) -> Forecast:
    """What a campaign could get by its latest version, on the newest pages of the shop and without pacing of the others.

    Raises:
        NotFound: the shop has no ads, no such campaign, no release, or too few pages were served.
    """
    with ads_office(shop) as office, office.campaigns() as store:
        campaign, changes = store.find(campaign_id).campaign, store.changes()
    if not shop.served_log.exists():
        raise NotFound("no page was served yet", fix="baihuo serve")
    with closing(ServedLog(shop.served_log)) as log:
        pages = [p for batch in log.batches(newest=n_pages) for p in batch if p.page.page == 1]
    with open_live(shop) as serving:
        return forecast(
            campaign,
            {c.campaign_id: c for c in changes.campaigns.values() if c is not None},
            pages,
            serving.ranker,
            settings=shop.settings().ads,
            safety=changes.safety,
            multipliers={},
            seed=0,
        )


def ads_audience_sizes(shop: Shop, *names: str) -> dict[str, int]:
    """Visitors in each audience of ``shop.yaml``, by the checked log of behaviour; without ``names`` of all."""
    with ads_office(shop) as office:
        return office.audience_sizes(*names)


def require_advertiser(shop: Shop, advertiser_id: str) -> None:
    """
    Raises:
        NotFound: there is no such advertiser.
    """
    with ads_office(shop) as office, office.campaigns(advertiser_id):
        pass


@contextmanager
def ads_office(shop: Shop) -> Iterator[AdsOffice]:
    """Open the advertising of a shop, with its settings and catalogue."""
    settings = shop.settings()
    catalog = Catalog(shop.catalog) if shop.catalog.exists() else None
    try:
        yield AdsOffice(
            shop,
            settings.ads,
            settings.currency,
            engine(shop),
            lambda product_ids: {} if catalog is None else catalog.get_many(product_ids),
        )
    finally:
        if catalog is not None:
            catalog.close()
