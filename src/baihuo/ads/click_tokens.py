"""Signed tokens of ads on pages: what a click costs is what its auction said, whatever a browser sends."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter

import orjson
from itsdangerous import BadSignature, Signer

from baihuo.ads.campaign import Campaign
from baihuo.ads.ledger import CampaignDay, ClickCharge, click_id
from baihuo.core import BadInput

MAX_TOKEN = 400  # bytes: several fit into a page, and each into an address
CLICK_WINDOW_US = 24 * 3_600_000_000
"""How long after its auction a click is charged."""


class Refusal(StrEnum):
    """Why a click is not charged."""

    FORGED = "forged"  # the token was not signed by this shop, or was changed
    NOT_SERVED = "not_served"  # no page of this id was served
    TOO_OLD = "too_old"


class ClickRefused(BadInput):
    """A click that is charged to nobody; ``reason`` is for programs."""

    def __init__(self, reason: Refusal, what: str, *, fix: str) -> None:
        super().__init__(f"the click is not charged: {what}", fix=fix)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ServedAd:
    """An ad on a page, as its auction left it."""

    query_id: str  # of the page
    slot: int  # position on the page, 1 is the top; one ad each
    campaign_id: str
    campaign_version: int
    advertiser_id: str
    product_id: str
    price_minor: int  # of a click, or of a thousand impressions
    auction_at_us: int
    day: str  # of the auction, in the shop's time zone: 2026-12-03
    is_per_thousand: bool = False  # viewable impressions are charged, clicks are not

    @property
    def click_id(self) -> str:
        """The id by which a click on it is charged once."""
        return click_id(self.query_id, self.slot)

    def charge(self, campaign: Campaign) -> ClickCharge:
        """The charge of a click on it, within the budgets that its campaign has now."""
        return ClickCharge(
            click_id=self.click_id,
            on=CampaignDay.of(campaign, self.day),
            campaign_version=self.campaign_version,
            product_id=self.product_id,
            price_minor=self.price_minor,
        )


_VALUES = attrgetter(*(field.name for field in fields(ServedAd)))  # astuple would copy each deeply


class ClickTokens:
    """Signs and verifies tokens with the key of a shop: HMAC-SHA256 (RFC 2104) over the fields as JSON, in base64url."""

    def __init__(self, key: bytes, *, window_us: int = CLICK_WINDOW_US) -> None:
        """
        Args:
            key: The content of the key's file, see :func:`baihuo.core.secret_file`.
            window_us: How long after its auction a click is charged.
        """
        own = hmac.digest(key, b"baihuo.ad", "sha256")  # once, not for each token
        self._signer = Signer(own, key_derivation="none", digest_method=hashlib.sha256)
        self._window_us = window_us

    def sign(self, ad: ServedAd) -> str:
        """The token of an ad, fewer than :data:`MAX_TOKEN` bytes.

        Raises:
            BadInput: the price is less than a minor unit, or the ids are too long.
        """
        if ad.price_minor < 1:
            raise BadInput(
                f"a click on campaign {ad.campaign_id} would cost {ad.price_minor} minor units",
                fix="leave ads out of the auction whose price rounds to 0: raise the bid or the reserve",
            )
        text = urlsafe_b64encode(orjson.dumps(_VALUES(ad))).decode().rstrip("=")
        token = self._signer.sign(text).decode()
        if len(token) >= MAX_TOKEN:
            raise BadInput(
                f"the token of an ad of campaign {ad.campaign_id} has {len(token)} bytes",
                fix=f"shorten the ids of campaign, advertiser and product: a token has fewer than {MAX_TOKEN} bytes",
            )
        return token

    def verify(
        self, token: str, *, at_us: int, was_served: Callable[[str], bool] | None = None
    ) -> ServedAd:
        """The ad of a clicked token. A token may be verified any number of times: the ledger charges it once.

        Args:
            at_us: Our clock.
            was_served: Whether a page of this ``query_id`` was served; None: the signature is enough.

        Raises:
            ClickRefused: the token was forged, or is of a page that was never served or is older than the window.
        """
        ad = self._read(token)
        if ad is None:
            raise ClickRefused(
                Refusal.FORGED,
                "its token was not made by this shop",
                fix="pass the token on as the page had it; a new key file makes older tokens invalid",
            )
        age_us = at_us - ad.auction_at_us
        if age_us > self._window_us:
            raise ClickRefused(
                Refusal.TOO_OLD,
                f"its page is {age_us / 3_600e6:.1f} hours old, the window is {self._window_us / 3_600e6:g} hours",
                fix="load the page again",
            )
        if was_served is not None and not was_served(ad.query_id):
            raise ClickRefused(
                Refusal.NOT_SERVED,
                f"page {ad.query_id} was never served",
                fix="serve the page before its ads are clicked",
            )
        return ad

    def _read(self, token: str) -> ServedAd | None:
        """One spelling is valid: base64 ignores bits of its last character."""
        try:
            text = self._signer.unsign(token).decode()
        except (BadSignature, UnicodeError):
            return None
        if self._signer.sign(text).decode() != token:
            return None
        return ServedAd(*orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))))
