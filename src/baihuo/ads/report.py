"""The report of a period, for the shop and for each advertiser: what campaigns got, what they paid, and why they lost auctions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from baihuo.ads.attribution import (
    PURCHASES,
    TOUCHES,
    Delivery,
    attribute,
    measurement_rows,
    rate,
)
from baihuo.ads.auction_log import SLOTS, AuctionLog, LoggedAuction
from baihuo.ads.campaign import HOUR_US, Campaign
from baihuo.ads.incrementality import (
    EXPOSURES,
    Incrementality,
    ShopEffect,
    effect_on_shop,
    incrementality,
    reached_visitors,
)
from baihuo.ads.ledger import Ledger
from baihuo.ads.store import CampaignStore
from baihuo.ads.what_if import AUCTIONS, PredictionGain
from baihuo.core import ShopError, Unsupported, now_us
from baihuo.engine import Source, Tables, sql_file

_TOUCHES = sql_file(__file__, "report_touches")
_PURCHASES = sql_file(__file__, "report_purchases")
_SHOP_EFFECT = sql_file(__file__, "shop_effect")
_FIRST_EXPOSURES = pa.schema(
    [("visitor_id", pa.string()), ("is_ghost", pa.bool_()), ("at_us", pa.int64())]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReport:
    """A campaign in a period. Money in minor units; what checks took out of the log is not counted."""

    campaign_id: str
    advertiser_id: str
    name: str
    n_auctions: int  # in which one of its ads was eligible
    n_won: int
    lost: dict[str, int]  # the others, by :class:`~baihuo.ads.outcomes.Outcome`
    n_served: int  # ads on pages
    n_viewable: int
    n_clicks: int
    spent_minor: int  # less credits
    credited_minor: int
    attribution: list[dict[str, Any]]  # rows of :func:`~baihuo.ads.attribution.measurement_rows`

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``, with rates; None: of nothing."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return row | {
            "win_rate": rate(self.n_won, self.n_auctions),
            "viewability_rate": rate(self.n_viewable, self.n_served),
            "click_through_rate": rate(self.n_clicks, self.n_viewable),
            "cost_per_click_minor": rate(self.spent_minor, self.n_clicks),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AdsReport:
    """The ads of a shop in a period."""

    from_us: int
    campaigns: tuple[CampaignReport, ...]
    n_pages: int  # with an ad
    n_served: int  # ads
    revenue_minor: int  # less credits
    revenue_by_day: dict[
        str, int
    ]  # ISO dates, in the time zone of the shop; days without are left out
    predictions: dict[str, list[PredictionGain] | ShopError] = field(
        default_factory=dict
    )  # by surface, what they brought, or why nobody knows; of a shop

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return {
            "from_us": self.from_us,
            "n_pages": self.n_pages,
            "n_served": self.n_served,
            "ads_per_page": rate(self.n_served, self.n_pages),
            "revenue_minor": self.revenue_minor,
            "revenue_by_day": self.revenue_by_day,
            "predictions": {
                surface: {"reason": str(found)}
                if isinstance(found, ShopError)
                else [asdict(gain) for gain in found]
                for surface, found in self.predictions.items()
            },
            "campaigns": [campaign.to_json() for campaign in self.campaigns],
        }


def ads_report(
    store: CampaignStore,
    log: AuctionLog,
    ledger: Ledger,
    tables: Tables,
    events: Source | None,
    *,
    from_us: int,
    advertiser_id: str | None = None,
) -> AdsReport:
    """Report a period that ends now.

    Args:
        events: The events that stayed after the checks; None: nothing was checked yet, and clicks, impressions and purchases are 0.
        from_us: Its begin, UTC.
        advertiser_id: Only campaigns of this one; None: all.
    """
    versions = store.campaigns(advertiser_id)
    wanted = {version.campaign.campaign_id for version in versions}
    served: Counter[str] = Counter()
    campaign_of: dict[tuple[str, str], str] = {}  # by page and product
    n_pages = 0
    for auction in _auctions(log, from_us):
        query_id = auction.auction_id.rpartition(".")[0]
        shown = [ad for ad in auction.ads if ad.slot and ad.campaign_id in wanted]
        n_pages += bool(shown)
        for ad in shown:
            served[ad.campaign_id] += 1
            campaign_of[query_id, ad.product_id] = ad.campaign_id
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for count in log.outcomes(from_us=from_us):
        outcomes[count.campaign_id][count.outcome] += count.n
    touches, purchases = _rows(tables, events, from_us, campaign_of)
    spending = ledger.spent_since(from_us)
    delivered = Counter((touch["campaign_id"], touch["is_click"]) for touch in touches)
    delivery = {
        campaign_id: Delivery(
            ad_impressions=served[campaign_id],
            viewable_impressions=delivered[campaign_id, False],
            ad_clicks=delivered[campaign_id, True],
            ad_spend_minor=spending.get(campaign_id, (0, 0))[0],
        )
        for campaign_id in wanted
    }
    credited = attribute(
        pa.Table.from_pylist(touches, schema=TOUCHES),
        pa.Table.from_pylist(purchases, schema=PURCHASES),
    )
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in measurement_rows(credited, delivery):
        rows[row["campaign_id"]].append(row)
    reports = []
    for version in versions:
        campaign, of = version.campaign, delivery[version.campaign.campaign_id]
        ends = outcomes[campaign.campaign_id]
        spent, returned = spending.get(campaign.campaign_id, (0, 0))
        reports.append(
            CampaignReport(
                campaign_id=campaign.campaign_id,
                advertiser_id=campaign.advertiser_id,
                name=campaign.name,
                n_auctions=ends.total(),
                n_won=ends["won"],
                lost={end: n for end, n in ends.most_common() if end != "won"},
                n_served=of.ad_impressions,
                n_viewable=of.viewable_impressions,
                n_clicks=of.ad_clicks,
                spent_minor=spent,
                credited_minor=returned,
                attribution=rows[campaign.campaign_id],
            )
        )
    return AdsReport(
        from_us=from_us,
        campaigns=tuple(reports),
        n_pages=n_pages,
        n_served=served.total(),
        revenue_minor=sum(report.spent_minor for report in reports),
        revenue_by_day=ledger.spent_by_day(from_us, sorted(wanted)),
    )


def campaign_effect(
    campaign: Campaign,
    log: AuctionLog,
    tables: Tables,
    events: Source,
    *,
    from_us: int,
    share: float,
) -> Incrementality:
    """Estimate what a campaign added to purchases of its products, by visitors for whom it won and was not shown.

    Args:
        events: The events that stayed after the checks.
        from_us: Begin of the period, since when ``share`` has not changed.
        share: Of visitors held out (``ads.holdout_share``).

    Raises:
        Unsupported: nobody is held out, too few visitors or purchases, or far more or fewer ghosts than ``share``.
    """
    _require_holdout(share)
    clicked = _clicked(tables, events, from_us)
    exposures = []
    for auction in _auctions(log, from_us, with_ghosts=True):
        query_id = auction.auction_id.rpartition(".")[0]
        for ad in auction.ads:
            if ad.slot and ad.campaign_id == campaign.campaign_id and auction.visitor_id:
                is_paid = (query_id, ad.product_id) in clicked
                exposures.append(
                    {
                        "visitor_id": auction.visitor_id,
                        "at_us": auction.at_us,
                        "is_ghost": auction.is_holdout,
                        "spend_minor": float(ad.price_minor) if is_paid else 0.0,
                    }
                )
    wanted = set(campaign.product_ids)
    bought = tables.sql(_PURCHASES(from_us=from_us), events=events).to_pylist()
    purchases = [row for row in bought if row["product_id"] in wanted]
    reached = reached_visitors(
        pa.Table.from_pylist(exposures, schema=EXPOSURES),
        pa.Table.from_pylist(purchases, schema=PURCHASES),
    )
    return incrementality(reached, share=share)


def shop_effect(
    log: AuctionLog, tables: Tables, events: Source, *, from_us: int, share: float
) -> ShopEffect:
    """Estimate what the ads of all campaigns did to organic clicks, returning visitors and sales.

    Args:
        events, from_us, share: As of :func:`campaign_effect`.

    Raises:
        Unsupported: nobody is held out, too few visitors, or far more or fewer ghosts than ``share``.
    """
    _require_holdout(share)
    first: dict[str, dict[str, Any]] = {}
    for auction in _auctions(log, from_us, with_ghosts=True):
        if auction.visitor_id and any(ad.slot for ad in auction.ads):
            first.setdefault(
                auction.visitor_id,
                {
                    "visitor_id": auction.visitor_id,
                    "is_ghost": auction.is_holdout,
                    "at_us": auction.at_us,
                },
            )
    exposures = pa.Table.from_pylist(list(first.values()), schema=_FIRST_EXPOSURES)
    purchases = tables.sql(_PURCHASES(from_us=from_us), events=events)
    visitors = tables.sql(_SHOP_EFFECT(), events=events, exposures=exposures, purchases=purchases)
    return effect_on_shop(visitors, share=share)


def _require_holdout(share: float) -> None:
    if not share:
        raise Unsupported(
            "nobody is held out, so nothing says what visitors would have done without ads",
            fix="set ads.holdout_share in shop.yaml, as in 0.1, and wait for a month",
        )


def auction_rows(
    log: AuctionLog,
    tables: Tables,
    events: Source,
    *,
    surface: str,
    from_us: int,
    most: int | None = None,
) -> pa.Table:
    """Return the auctions of a surface as :func:`~baihuo.ads.what_if.what_if` reads them.

    Args:
        events: The events that stayed after the checks, with the clicks.
        most: Of the newest auctions of all surfaces.
    """
    clicked = _clicked(tables, events, from_us)
    columns: dict[str, list[Any]] = {name: [] for name in AUCTIONS.names}
    for auction in _auctions(log, from_us, most=most):
        if auction.surface != surface:
            continue
        query_id = auction.auction_id.rpartition(".")[0]
        for ad in auction.ads:
            slot = ad.slot % SLOTS
            row = (
                auction.auction_id,
                f"{ad.campaign_id}:{ad.product_id}",
                ad.campaign_id,
                ad.bid,
                ad.p_click,
                ad.relevance,
                ad.score,
                slot,
                bool(slot) and (query_id, ad.product_id) in clicked,
                ad.propensity if slot else None,
                float(ad.price_minor) or None,
                auction.visitor_id or None,
            )
            for values, value in zip(columns.values(), row, strict=True):
                values.append(value)
    return pa.table(columns, schema=AUCTIONS)


def _clicked(tables: Tables, events: Source, from_us: int) -> set[tuple[str, str]]:
    """Return page and product of the ads that were clicked."""
    touches = tables.sql(_TOUCHES(from_us=from_us), events=events).to_pylist()
    return {(row["query_id"], row["product_id"]) for row in touches if row["is_click"]}


def _auctions(
    log: AuctionLog, from_us: int, *, with_ghosts: bool = False, most: int | None = None
) -> Iterator[LoggedAuction]:
    """Yield the auctions of a period, at ``most`` the newest, those whose ads were not shown only ``with_ghosts``."""
    after = log.last_seq_before(from_us)
    if most is not None:
        after = max(after, log.last_seq_before(now_us() + HOUR_US) - most)
    while found := log.since(after):
        after = found[-1][0]
        yield from (auction for _, auction in found if with_ghosts or not auction.is_holdout)


def _rows(
    tables: Tables, events: Source | None, from_us: int, campaign_of: dict[tuple[str, str], str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return touches with their campaign, and purchases."""
    if events is None:
        return [], []
    touches = []
    for row in tables.sql(_TOUCHES(from_us=from_us), events=events).to_pylist():
        campaign_id = campaign_of.get((row["query_id"], row["product_id"]))
        if campaign_id is not None:
            touches.append(row | {"campaign_id": campaign_id})
    return touches, tables.sql(_PURCHASES(from_us=from_us), events=events).to_pylist()
