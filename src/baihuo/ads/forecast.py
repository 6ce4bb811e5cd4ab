"""What a campaign could get before it starts: its auctions on pages that were served lately, replayed with it among those that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from baihuo.ads.ad_context import AdContext, CampaignState
from baihuo.ads.ad_table import AdTable
from baihuo.ads.auction import Auction, AuctionParts
from baihuo.ads.bidding import Bids
from baihuo.ads.campaign import Bid, BidKind, Campaign, Targeting
from baihuo.ads.keywords import written_keyword
from baihuo.ads.outcomes import Outcome, outcomes
from baihuo.ads.pricing import Floats
from baihuo.ads.settings import AdsSettings
from baihuo.ads.store import BrandSafety
from baihuo.ads.targeting import NotEligible
from baihuo.core import NotFound, Served, ShopError
from baihuo.rank import Beside, Ranker

FACTORS = (0.5, 1.0, 1.5, 2.0)
_LEAST_PAGES = 20
_DAY_US = 86_400_000_000
_Z = 1.96  # of 95%


@dataclass(frozen=True, slots=True)
class AtBid:
    """What a campaign would get each day at a bid, with 95% intervals of the sample of pages; days that differ are not in them. Money in
    minor units."""

    bid_factor: float  # of what the campaign bids
    pages_won: float
    clicks: tuple[float, float, float]  # expected, and its interval
    spend_minor: tuple[float, float, float]  # within the budget of a day
    cost_per_click_minor: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A campaign on the pages of the last days."""

    n_pages: int  # replayed
    days: float  # over which they were served
    pages_a_day: float
    asked_for: float  # share of pages that its targeting fits
    not_asked: dict[
        str, float
    ]  # of the others, by what first excludes each (:class:`~baihuo.ads.targeting.NotEligible`)
    relevant: float  # share of pages where one of its products is relevant enough and on sale
    at_bids: tuple[AtBid, ...]
    keywords_without_match: tuple[str, ...]  # on no search of these pages
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return asdict(self)


def forecast(
    campaign: Campaign,
    running: Mapping[str, Campaign],
    pages: Sequence[Served],
    ranker: Ranker,
    *,
    settings: AdsSettings,
    safety: BrandSafety,
    multipliers: Mapping[str, float],
    seed: int,
) -> Forecast:
    """Replay pages with a campaign, whatever its dates and status.

    Args:
        running: Campaigns that auctions see, by id.
        pages: First pages, oldest first; those of surfaces without ads are left out.
        multipliers: Of pacing, by id; left out: 1.

    Raises:
        NotFound: too few pages were served.
    """
    pages = [p for p in pages if settings.places.get(p.query.surface, 0) and p.page.placed]
    if len(pages) < _LEAST_PAGES:
        raise NotFound(
            f"{len(pages)} pages with places for ads were served lately: too few for a forecast",
            fix=f"serve {_LEAST_PAGES} or more",
        )
    campaigns = (
        *(c for c in running.values() if c.campaign_id != campaign.campaign_id),
        replace(campaign, starts_at_us=0, ends_at_us=None),
    )
    row = len(campaigns) - 1
    table = AdTable(campaigns, safety, ranker.generation, audiences=settings.audiences)
    auctions = [
        Auction(
            AuctionParts(
                table=table,
                bids=Bids.of([c.bid for c in campaigns[:-1]] + [_scaled(campaign.bid, factor)]),
                generation=ranker.generation,
                features=ranker.features,
                click_model=ranker.click_model,
                settings=settings,
                seed=seed,
            )
        )
        for factor in FACTORS
    ]
    state = CampaignState(
        multipliers=np.array([multipliers.get(c.campaign_id, 1.0) for c in campaigns[:-1]] + [1.0]),
        corrections=np.ones(len(campaigns)),
        is_open=np.ones(len(campaigns), dtype=bool),
        is_capped=np.zeros(len(campaigns), dtype=bool),
    )
    replay = _Replay(table, auctions, state, ranker, settings.zone(), row)
    excluded: Counter[str] = Counter()
    n_asked = n_relevant = 0
    clicks, costs = np.zeros((len(FACTORS), len(pages))), np.zeros((len(FACTORS), len(pages)))
    won = np.zeros(len(FACTORS))
    for i, served in enumerate(pages):
        why_not, is_relevant, sold = replay.of(served)
        if why_not is None:
            n_asked += 1
        else:
            excluded[why_not] += 1
        n_relevant += is_relevant
        for k, (p_click, cost) in enumerate(sold):
            won[k] += p_click > 0
            clicks[k, i], costs[k, i] = p_click, cost
    days = max((pages[-1].query.at_us - pages[0].query.at_us) / _DAY_US, 1e-3)
    a_day = len(pages) / days
    budget = campaign.budget_day_minor or campaign.budget_total_minor or np.inf
    at_bids = tuple(
        _at_bid(factor, won[k] / days, clicks[k], costs[k], a_day, budget)
        for k, factor in enumerate(FACTORS)
    )
    return Forecast(
        n_pages=len(pages),
        days=days,
        pages_a_day=a_day,
        asked_for=n_asked / len(pages),
        not_asked={reason: n / len(pages) for reason, n in excluded.most_common()},
        relevant=n_relevant / len(pages),
        at_bids=at_bids,
        keywords_without_match=_unmatched(campaign, replay, pages),
        notes=_notes(campaign, excluded, n_asked, n_relevant, won),
    )


@dataclass(frozen=True, slots=True)
class _Replay:
    table: AdTable
    auctions: Sequence[Auction]
    state: CampaignState
    ranker: Ranker
    zone: ZoneInfo
    row: int  # of the campaign

    def context(self, served: Served) -> AdContext | None:
        """Return the context of a page's auction; None: what it was about is gone."""
        try:
            page = self.ranker.context(served.query)
        except ShopError:
            return None
        context = AdContext(
            page,
            self.state,
            Beside(lambda: np.empty(0, np.int32)),
            hour=datetime.fromtimestamp(served.query.at_us / 1e6, self.zone).hour,
            is_contextual=not served.query.visitor_id,
        )
        context.follow(page, served)
        return context

    def of(self, served: Served) -> tuple[str | None, bool, list[tuple[float, float]]]:
        """Return why the page is not asked for (None: it is), whether an ad was relevant, and by factor P(click) and expected cost of what
        was won."""
        nothing = [(0.0, 0.0)] * len(self.auctions)
        if (context := self.context(served)) is None:
            return "gone", False, nothing
        begun = self.auctions[0].begin(context)
        if self.row not in self.table.campaign_row[context.eligible]:
            reasons = self.table.reasons(self.row, context)
            return next(iter(reasons), str(NotEligible.BANNED)), False, nothing
        sold, is_relevant = [], False
        for auction in self.auctions:
            run = auction.run(context, begun)
            rows, ends = outcomes(context, run, self.table, self.ranker.generation.snapshot.n)
            is_relevant |= bool((ends[rows == self.row] >= Outcome.OUTBID).any())
            own = [place for place in auction.sold(context, run) if place.campaign == self.row]
            cost = sum(
                p.price_minor / 1_000 if p.is_per_thousand else p.p_click * p.price_minor
                for p in own
            )
            sold.append((sum(p.p_click for p in own), cost))
        return None, is_relevant, sold


def _at_bid(
    factor: float,
    pages_won: float,
    clicks: Floats,
    costs: Floats,
    a_day: float,
    budget: float,
) -> AtBid:
    (n, n_low, n_high), (spend, low, high) = (_a_day(values, a_day) for values in (clicks, costs))
    share = min(1.0, budget / spend) if spend else 1.0  # of the day until the budget is spent
    return AtBid(
        factor,
        float(pages_won * share),
        (n * share, n_low * share, n_high * share),
        (min(spend, budget), min(low, budget), min(high, budget)),
        spend / n if n else None,
    )


def _a_day(values: Floats, a_day: float) -> tuple[float, float, float]:
    """Return the sum of a day, and the interval of its mean over pages."""
    mean, error = float(values.mean()), _Z * float(values.std(ddof=1)) / sqrt(len(values))
    return mean * a_day, max(mean - error, 0.0) * a_day, (mean + error) * a_day


def _scaled(bid: Bid, factor: float) -> Bid:
    """Return a bid that is worth ``factor`` times as much: of a return on spend a smaller one."""
    by = 1 / factor if bid.kind is BidKind.RETURN_ON_SPEND else factor
    most = None if bid.most_minor is None else max(round(bid.most_minor * factor), 1)
    return replace(bid, amount=bid.amount * by, most_minor=most)


def _unmatched(campaign: Campaign, replay: _Replay, pages: Sequence[Served]) -> tuple[str, ...]:
    """Return the keywords that no search of the pages matched."""
    asked = [k for k in campaign.targeting.keywords if not k.is_negative]
    if not asked:
        return ()
    each = [
        replace(
            campaign,
            starts_at_us=0,
            ends_at_us=None,
            product_ids=campaign.product_ids[:1],
            targeting=Targeting(keywords=(keyword,)),
        )
        for keyword in asked
    ]
    table = AdTable(each, BrandSafety(), replay.ranker.generation, audiences={})
    is_found = np.zeros(len(asked), dtype=bool)
    for page in {p.query.query_text: p for p in pages if p.query.query_text}.values():
        if (context := replay.context(page)) is not None:
            is_found[table.campaign_row[table.eligible(context)]] = True
    return tuple(written_keyword(k) for k, found in zip(asked, is_found, strict=True) if not found)


def _notes(
    campaign: Campaign, excluded: Counter[str], n_asked: int, n_relevant: int, won: Floats
) -> tuple[str, ...]:
    """Return what is in the way, and what would help."""
    if not n_asked:
        why = ", ".join(
            f"{reason.replace('_', ' ')} of {n}" for reason, n in excluded.most_common()
        )
        return (f"no page fits what it asks for ({why}): ask for more",)
    if not n_relevant:
        return (
            "on no page that it asks for is one of its products relevant enough and on sale: name other products or keywords",
        )
    at_bid = won[FACTORS.index(1.0)]
    if at_bid:
        return ()
    is_target = campaign.bid.kind in (BidKind.COST_PER_PURCHASE, BidKind.RETURN_ON_SPEND)
    what = (
        "its target cannot be met here: what a click is worth to it wins no place"
        if is_target
        else "its bid wins no place"
    )
    enough = [factor for factor, n in zip(FACTORS, won, strict=True) if n]
    help_ = f"{enough[0]:g} times as much does" if enough else f"{FACTORS[-1]:g} times neither"
    return (f"{what}; {help_}",)
