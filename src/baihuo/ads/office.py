"""The advertising of a shop as its people and its advertisers handle it: campaigns, decisions, reports and statements of one folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from baihuo.ads.auction import examination
from baihuo.ads.auction_log import AuctionLog
from baihuo.ads.audiences import audience_size
from baihuo.ads.campaign_fields import CampaignRules
from baihuo.ads.incrementality import ShopEffect
from baihuo.ads.ledger import Ledger, Statement
from baihuo.ads.pricing import Pricing
from baihuo.ads.report import AdsReport, ads_report, auction_rows, shop_effect
from baihuo.ads.settings import AdsSettings
from baihuo.ads.store import CampaignStore
from baihuo.ads.what_if import PredictionGain, Rules, prediction_gains
from baihuo.core import (
    BadInput,
    NotFound,
    Product,
    ShopError,
    ShopPaths,
    Unsupported,
    now_us,
    safe_cell,
)
from baihuo.engine import Tables

_DAY_US = 86_400_000_000
_MOST_AUCTIONS = 100_000  # of which a report says what predictions brought: some seconds


@dataclass(frozen=True, slots=True)
class AdsOffice:
    """What is open to whom is the caller's to say. Files are opened for each call, and made by none that only reads."""

    paths: ShopPaths
    settings: AdsSettings
    currency: str | None
    tables: Tables
    products: Callable[[Sequence[str]], Mapping[str, Product]]  # those that exist

    @contextmanager
    def campaigns(self, advertiser_id: str | None = None) -> Iterator[CampaignStore]:
        """The campaigns, open for a while.

        Raises:
            NotFound: the shop has no ads, or not this advertiser.
        """
        if not self.paths.ads_file.is_file():
            raise NotFound(
                "this shop has no ads", fix="add an advertiser: baihuo ads advertisers add ID NAME"
            )
        with closing(CampaignStore(self.paths.ads_file)) as store:
            known = [a.advertiser_id for a in store.advertisers()]
            if advertiser_id is not None and advertiser_id not in known:
                raise NotFound(
                    f"there is no advertiser {advertiser_id[:80]!r}",
                    fix=f"one of {', '.join(known[:10])}"
                    if known
                    else "baihuo ads advertisers add",
                )
            yield store

    def rules(self, store: CampaignStore) -> CampaignRules:
        """What campaigns must keep to.

        Raises:
            BadInput: the shop has no currency.
        """

        def categories(product_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
            return {i: product.category for i, product in self.products(product_ids).items()}

        return CampaignRules.of(
            self.settings,
            self.currency,
            products=categories,
            audience_size=lambda name: self.audience_sizes(name).get(name),
            safety=store.safety(),
        )

    def audience_sizes(self, *names: str) -> dict[str, int]:
        """Visitors in each audience of ``shop.yaml``, by the checked log of behaviour; without ``names`` of all."""
        events, products = self.paths.clean_events, self.paths.clean_products
        is_checked = any(events.glob("*.parquet")) and products.exists()
        return {
            name: audience_size(
                audience, self.tables, events=events, products=products, now_us=now_us()
            )
            if is_checked
            else 0
            for name, audience in self.settings.audiences.items()
            if not names or name in names
        }

    def report(self, *, days: float = 30, advertiser_id: str | None = None) -> AdsReport:
        """What campaigns got and paid in the last days, from the auctions, the ledger and the events that the checks kept.

        Raises:
            NotFound: the shop has no ads, or not this advertiser.
        """
        if not self.paths.auctions_file.exists():
            raise NotFound(
                "no ad was shown yet",
                fix="baihuo ads import, approve a campaign, and baihuo serve",
            )
        events = self.paths.clean_events
        with (
            self.campaigns(advertiser_id) as store,
            closing(Ledger(self.paths.ads_ledger_file)) as ledger,
            closing(AuctionLog(self.paths.auctions_file)) as log,
        ):
            is_checked = any(events.glob("*.parquet"))
            from_us = now_us() - int(days * _DAY_US)
            found = ads_report(
                store,
                log,
                ledger,
                self.tables,
                events if is_checked else None,
                from_us=from_us,
                advertiser_id=advertiser_id,
            )
            if advertiser_id is None and is_checked:
                return replace(found, predictions=self._predictions(log, from_us))
            return found

    def auction_rules(self, surface: str) -> Rules:
        """Return the rules by which auctions of a surface are decided, without exploration."""
        return Rules(
            reserve_minor=self.settings.reserve_minor.get(surface, 1),
            relevance_floor=self.settings.relevance_floor,
            pricing=Pricing(self.settings.pricing),
            examination=tuple(examination(self.settings.places.get(surface, 0))),
        )

    def _predictions(
        self, log: AuctionLog, from_us: int
    ) -> dict[str, list[PredictionGain] | ShopError]:
        """Say what predicted clicks brought, by surface, or why nobody knows."""
        events = self.paths.clean_events
        found: dict[str, list[PredictionGain] | ShopError] = {}
        for surface in (name for name, n in self.settings.places.items() if n):
            rows = auction_rows(
                log, self.tables, events, surface=surface, from_us=from_us, most=_MOST_AUCTIONS
            )
            try:
                found[surface] = prediction_gains(rows, self.auction_rules(surface))
            except (BadInput, Unsupported) as error:
                found[surface] = error
        return found

    def effect(self, *, days: float = 30) -> ShopEffect:
        """What ads did to organic clicks, returning visitors and sales in the last days, by visitors who were held out of them.

        Raises:
            NotFound: no ad was shown, or nothing was checked yet.
            Unsupported: nobody is held out, or too few visitors.
        """
        events = self.paths.clean_events
        if not self.paths.auctions_file.exists() or not any(events.glob("*.parquet")):
            raise NotFound(
                "there is no checked log of ads yet", fix="baihuo serve, then baihuo check"
            )
        with closing(AuctionLog(self.paths.auctions_file)) as log:
            return shop_effect(
                log,
                self.tables,
                events,
                from_us=now_us() - int(days * _DAY_US),
                share=self.settings.holdout_share,
            )

    def statement(self, advertiser_id: str, month: str | None = None) -> Statement:
        """The statement of an advertiser.

        Args:
            month: 2026-12, in the shop's time zone; None: this one.

        Raises:
            NotFound: there is no such advertiser.
            BadInput: no such month.
        """
        zone = self.settings.zone()
        month = month or datetime.now(zone).strftime("%Y-%m")
        with (
            self.campaigns(advertiser_id),
            closing(Ledger(self.paths.ads_ledger_file)) as ledger,
        ):
            return ledger.statement(advertiser_id, month, zone=zone.key)


def report_csv(report: AdsReport) -> str:
    """A row for each campaign, without attribution; amounts in minor units."""
    rows = [
        {name: value for name, value in row.items() if name != "attribution"}
        | {f"lost_{end}": n for end, n in row["lost"].items()}
        for row in (campaign.to_json() for campaign in report.campaigns)
    ]
    names = dict.fromkeys(name for row in rows for name in row if name != "lost")
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {n: safe_cell(v) if isinstance(v, str) else v for n, v in row.items()} for row in rows
    )
    return text.getvalue()


def statement_row(statement: Statement) -> dict[str, Any]:
    """A statement as JSON."""
    return asdict(statement)
