"""The section ``ads`` of ``shop.yaml``."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from baihuo.core import SettingsSection, Surface


class Audience(SettingsSection):
    """An audience of `ads.audiences`: who did one of `did` with a product of the category and brand within `days`."""

    did: tuple[Literal["click", "add_to_cart", "purchase"], ...] = Field(
        default=("click", "add_to_cart", "purchase"), min_length=1, description="What visitors did."
    )
    category: str | None = Field(
        default=None, description="A category with all below it, as in `Home > Kitchen`."
    )
    brand: str | None = Field(default=None, description="A brand, as products have it.")
    days: PositiveInt = Field(default=30, le=365, description="How long ago at most.")

    @model_validator(mode="after")
    def _is_of_something(self) -> Audience:
        if self.category is None and self.brand is None:
            raise ValueError("name a category, a brand or both")
        return self


class AdsSettings(SettingsSection):
    """Places that are sold to advertisers. There are no ads until a campaign is approved (`baihuo ads`). Amounts are in the smallest
    unit of the shop's `currency`."""

    pricing: Literal["gsp", "first_price", "vcg"] = Field(
        default="gsp",
        description="What a click costs: `gsp`, just enough to stay above the next ad; `first_price`, the bid; `vcg`, what its place takes from the ads below.",
    )
    share: float = Field(
        default=0.2, ge=0, lt=1, description="Largest share of the products of a page that are ads."
    )
    places: dict[str, NonNegativeInt] = Field(
        default={"search": 4, "home": 4, "similar": 2},
        description="Most ads on a page by surface; a surface that is left out has none.",
    )
    reserve_minor: dict[str, NonNegativeInt] = Field(
        default={}, description="Lowest price of a click by surface; left out: 1."
    )
    relevance_exponent: float = Field(
        default=1.0,
        ge=0,
        le=10,
        description="An ad's score is bid × P(click) × relevance to this power; 0: relevance decides nothing above its floor.",
    )
    relevance_floor: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Relevance below which an ad is not shown, whatever its bid; 1 is that of the best organic product of the page.",
    )
    exploration: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of pages whose ads are drawn among those that took part, so that `baihuo ads what-if` can answer and the report say what predictions bring.",
    )
    timezone: str = Field(
        default="UTC",
        description="Time zone of the days of budgets and the hours of campaigns, as in `Asia/Shanghai`.",
    )
    most_keywords: PositiveInt = Field(
        default=1_000, le=100_000, description="Most keywords of a campaign."
    )
    largest_bid_minor: PositiveInt = Field(
        default=10_000,
        description="Largest bid for a click, and a twentieth of the largest for a thousand impressions: typing errors are noticed.",
    )
    click_window_hours: PositiveFloat = Field(
        default=24,
        le=168,
        description="A click on an ad counts, and is charged, within this time after its page.",
    )
    holdout_share: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of visitors who see no ads, so that what ads bring can be measured.",
    )
    audiences: dict[str, Audience] = Field(
        default={},
        description="Visitors whom campaigns may be aimed at, by name: who clicked, put into the cart or bought products of a `category` or `brand` in the last `days`.",
    )
    k_audience: PositiveInt = Field(
        default=50, description="Smallest audience that a campaign may be aimed at, in visitors."
    )

    def zone(self) -> ZoneInfo:
        """:attr:`timezone`."""
        return ZoneInfo(self.timezone)

    @field_validator("places", "reserve_minor")
    @classmethod
    def _are_surfaces(cls, by_surface: dict[str, int]) -> dict[str, int]:
        if unknown := [name for name in by_surface if name not in set(Surface)]:
            raise ValueError(f"{unknown[0]!r} is no surface; use any of {', '.join(Surface)}")
        return by_surface

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"there is no time zone {name!r}; write it as in Asia/Shanghai"
            ) from error
        return name
