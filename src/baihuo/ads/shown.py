"""Ads as shoppers get them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AdReason(StrEnum):
    """Why a shopper sees an ad, as the page says it."""

    SEARCH = "search"  # of what was searched for
    CATEGORY = "category"  # of the category of the page
    PRODUCT = "product"  # of the product of the page
    VIEWED = "viewed"  # like what was viewed
    EVERYONE = "everyone"  # for every visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAd:
    """An ad on a page. It changes no organic product, and is marked."""

    product_id: str
    before: int  # 0-based organic product of this page that it stands before
    slot: int  # 1-based among the page's ads
    token: str  # what its viewable impression and its click are reported with
    advertiser: str  # name of who pays
    reason: AdReason
