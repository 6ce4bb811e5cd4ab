"""Campaigns: what an advertiser wants shown, where, for how much, and within which budget. Money is in minor units of one currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


class BidKind(StrEnum):
    """What the amount of a bid is paid for, or aims at."""

    CLICK = "click"  # at most this a click
    THOUSAND = "thousand"  # at most this per thousand viewable impressions
    COST_PER_PURCHASE = "cost_per_purchase"  # on average at most this per purchase
    RETURN_ON_SPEND = "return_on_spend"  # on average at least so many times the spend in sales


class Match(StrEnum):
    """How a keyword matches a search."""

    EXACT = "exact"  # the same words
    PHRASE = "phrase"  # the words in this order, with others around them
    BROAD = "broad"  # the same meaning, by the encoder of searches


class CampaignStatus(StrEnum):
    """Where a campaign stands. Only approved campaigns enter auctions."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid.

    ``amount`` is in minor units, for :attr:`BidKind.RETURN_ON_SPEND` a ratio (4.0: sales of four times the spend).
    """

    kind: BidKind
    amount: float
    most_minor: int | None = (
        None  # of a target: at most this a click; None: no limit but the budget
    )


@dataclass(frozen=True, slots=True)
class Keyword:
    """Words of searches that a campaign asks for, or, negative, refuses."""

    text: str
    match: Match = Match.PHRASE
    is_negative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeting:
    """Where a campaign may be shown. Empty: everywhere; the values of one field are alternatives, and all fields must hold.

    Keywords are about searches only: a campaign with keywords shows on other surfaces if ``surfaces`` names them.
    """

    surfaces: tuple[str, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    categories: tuple[str, ...] = ()  # paths from the root, with everything below: of the page
    audiences: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()  # 0-23, in the time zone of the shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One version of a campaign. An ad is one of its products.

    Times are UTC, microseconds since 1970; ``ends_at_us`` is exclusive.
    """

    campaign_id: str
    advertiser_id: str
    name: str
    currency: str  # ISO 4217, that of the shop
    product_ids: tuple[str, ...]
    bid: Bid
    starts_at_us: int
    ends_at_us: int | None = None
    budget_day_minor: int | None = None  # in a day of the shop's time zone; None: only in all
    budget_total_minor: int | None = None  # None: only by day
    targeting: Targeting = field(default_factory=Targeting)
    frequency_cap: int | None = None  # times served to one visitor in a day
    status: CampaignStatus = CampaignStatus.SUBMITTED
    version: int = 1
