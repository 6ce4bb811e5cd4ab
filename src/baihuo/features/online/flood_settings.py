"""The section ``serve.floods`` of ``shop.yaml``."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from baihuo.core import SettingsSection


class FloodSettings(SettingsSection):
    """How far unchecked events change what all visitors see (popularity, counts of products and searches)."""

    hold_back: bool = Field(
        default=True,
        description="Events beyond these limits change the pages of their own visitor only, until `baihuo check` kept them. "
        "false: every event counts at once.",
    )
    late_minutes: PositiveFloat = Field(
        default=30,
        description="An event is taken so long after it happened. Later only with a key, or of a visitor whose token your server asked for.",
    )
    min_known_visitors: PositiveInt = Field(
        default=100,
        description="Visitors whose events passed the checks. A shop with fewer has no popularity to defend, and holds nothing back.",
    )
    product_per_day: PositiveFloat = Field(
        default=2,
        description="Events of a type about one product, by visitors that were never checked, that count in any case.",
    )
    growth: NonNegativeFloat = Field(
        default=2, description="And so many times what the product had a day until now."
    )
    beside_known: NonNegativeFloat = Field(
        default=3,
        description="And so many times what the shop's usual share of new visitors makes of the events of known visitors today.",
    )
    visitor_per_day: PositiveInt = Field(
        default=5, description="Events of a type about one product, of one visitor."
    )
    address_per_hour: PositiveInt = Field(
        default=30, description="Events about one product, of one address without a key."
    )
    key_per_hour: PositiveInt = Field(
        default=1_000,
        description="Events about one product with one key. More are counted and logged, and held back by the other limits only.",
    )
    remembered: PositiveInt = Field(
        default=50_000,
        description="Pairs that each count remembers, about 200 bytes each; those seen longest ago are forgotten first.",
    )
