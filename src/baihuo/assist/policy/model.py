"""``policy.yaml``: what a shop allows, to whom, and in which words it refuses."""

from __future__ import annotations

import string
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from baihuo.assist.orders.records import OrderStatus
from baihuo.assist.policy.texts import PLACEHOLDERS, RULE_TEXTS
from baihuo.core import SettingsSection, close_match, fold
from baihuo.index import goods_names, names_goods_of

Proof: TypeAlias = Literal["visitor_token", "server_key", "email", "name_and_zip"]
Statuses: TypeAlias = Annotated[tuple[OrderStatus, ...], Field(description="Statuses of an order.")]
BY_VISITOR: Final = "visitor_token"
CLAIMS: Final[tuple[Proof, ...]] = ("email", "name_and_zip")
"""What a message says of its author. It is no proof: whoever knows it may say it."""
_PROVEN: tuple[Proof, ...] = (BY_VISITOR, "server_key")

_PENDING = (OrderStatus.PENDING,)
_DELIVERED = (OrderStatus.DELIVERED,)


class CancelPolicy(SettingsSection):
    """When an order may be cancelled."""

    statuses: Statuses = _PENDING
    within_hours: PositiveInt | None = Field(
        default=None,
        description="So long after it was ordered; null: as long as the status allows it.",
    )
    reasons: tuple[str, ...] = Field(
        default=(),
        description="The reasons that are accepted, word for word; empty: any reason, or none.",
    )


class ChangeAddressPolicy(SettingsSection):
    """When an order may go elsewhere."""

    statuses: Statuses = _PENDING


class ChangePaymentPolicy(SettingsSection):
    """When an order may be paid another way."""

    statuses: Statuses = _PENDING
    once: bool = Field(
        default=False, description="Only while the order has exactly one payment and no refund."
    )


class ChangeItemsPolicy(SettingsSection):
    """When items of an order may become other variants of the same product."""

    statuses: Statuses = _PENDING
    is_final: bool = Field(
        default=True,
        description="Once its items were changed, an order is neither changed again nor cancelled.",
    )
    same_variant: bool = Field(
        default=False,
        description="Whether an item may be changed for the very same variant, which changes nothing.",
    )


class CategoryWindow(SettingsSection):
    """A return window of one category."""

    category: str = Field(
        min_length=1, description="Any level of a product's category, as the catalogue writes it."
    )
    also: tuple[str, ...] = Field(
        default=(),
        description="Other names of it, as in another language. Usual names of goods in English and Chinese are known.",
    )
    days: NonNegativeInt = Field(
        description="Days after delivery; 0: goods of this category are not taken back."
    )

    def is_for(self, level: str) -> bool:
        """Whether it is for a level of a category, by its name in either language."""
        names = (self.category, *self.also)
        if level.casefold() in {name.casefold() for name in names}:
            return True
        return any(goods_names(level) & goods_names(name) for name in names)

    def is_named(self, text: str) -> bool:
        """Whether a text names goods of its category, in either language, as far as usual names of goods tell."""
        folded = fold(text)
        if any(not name.isascii() and fold(name) in folded for name in self.also):
            return True
        return any(names_goods_of(text, name) for name in (self.category, *self.also))


class _WindowPolicy(SettingsSection):
    statuses: Statuses = _DELIVERED
    window_days: NonNegativeInt | None = Field(
        default=30, description="Days after delivery; null: no limit."
    )
    windows: tuple[CategoryWindow, ...] = Field(
        default=(),
        description="Other windows by category; of several that fit, the shortest counts.",
    )
    unknown_delivery: Literal["allow", "refuse"] = Field(
        default="refuse",
        description="What holds where a window is set and the day of delivery is not known.",
    )

    @field_validator("windows")
    @classmethod
    def _each_category_once(cls, windows: tuple[CategoryWindow, ...]) -> tuple[CategoryWindow, ...]:
        names = [w.category.casefold() for w in windows]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise ValueError(f"category {twice!r} has two windows; keep one")
        return windows


class ReturnPolicy(_WindowPolicy):
    """When delivered items may come back, and where the money goes."""

    refund_to: tuple[Literal["original", "gift_card", "any"], ...] = Field(
        default=("original", "gift_card"),
        min_length=1,
        description="The original payment method, any gift card of the shopper, any method of the shopper.",
    )


class ExchangePolicy(_WindowPolicy):
    """When delivered items may be exchanged for other variants of the same product."""

    once: bool = Field(default=True, description="An order is exchanged once.")
    same_variant: bool = Field(
        default=True,
        description="Whether an item may be exchanged for the very same variant, as when it is faulty.",
    )


class PaymentPolicy(SettingsSection):
    """What holds for all money."""

    gift_card_must_cover: bool = Field(
        default=True, description="A gift card pays an amount in full, or not at all."
    )
    gift_card_refund_days: tuple[NonNegativeInt, NonNegativeInt] = Field(
        default=(0, 0), description="When a refund is on a gift card: from, to; 0, 0 is at once."
    )
    refund_days: tuple[NonNegativeInt, NonNegativeInt] = Field(
        default=(5, 7), description="When a refund arrives elsewhere: from, to, in business days."
    )

    @field_validator("gift_card_refund_days", "refund_days")
    @classmethod
    def _from_to(cls, days: tuple[int, int]) -> tuple[int, int]:
        if days[0] > days[1]:
            raise ValueError(f"{days[0]} to {days[1]} days go backwards; write the smaller first")
        return days


class TellingPolicy(SettingsSection):
    """Which proof of who somebody is opens what. It is always their own orders alone; for everyone else a person looks.

    The proofs: ``visitor_token`` (the signed id of the browser that placed the order: it opens this order, and nothing of the
    profile) and ``server_key`` (the shop's own server named the shopper). ``email`` and ``name_and_zip`` are written in the
    conversation and prove nothing: whoever knows them gets in. A shop may accept them; ``baihuo status`` warns of it.
    """

    orders: tuple[Proof, ...] = Field(
        default=_PROVEN, description="Order numbers, items, prices and status."
    )
    address: tuple[Proof, ...] = Field(default=_PROVEN, description="Where an order goes.")
    payment: tuple[Proof, ...] = Field(
        default=_PROVEN,
        description="Payment methods: kind, last four digits, balance of a gift card.",
    )
    writes: tuple[Proof, ...] = Field(
        default=_PROVEN, description="Changes to orders and to the profile."
    )

    def opened_by(self, proof: Proof) -> tuple[str, ...]:
        """Return the names of what a proof opens."""
        return tuple(name for name in type(self).model_fields if proof in getattr(self, name))


class RuleTexts(SettingsSection):
    """The shop's own words of a rule."""

    en: str | None = Field(default=None, min_length=1)
    zh: str | None = Field(default=None, min_length=1)

    @field_validator("en", "zh")
    @classmethod
    def _known_placeholders(cls, text: str | None) -> str | None:
        for _, name, _, _ in string.Formatter().parse(text or ""):
            if name is not None and name not in PLACEHOLDERS:
                known = ", ".join(sorted(PLACEHOLDERS))
                raise ValueError(f"{{{name}}} is nothing that a text can name; it can name {known}")
        return text


class PolicySettings(SettingsSection):
    """``policy.yaml``. What is left out has the default."""

    version: Literal[1] = Field(default=1, description="Of the form of this file.")
    cancel: CancelPolicy = CancelPolicy()
    change_address: ChangeAddressPolicy = ChangeAddressPolicy()
    change_payment: ChangePaymentPolicy = ChangePaymentPolicy()
    change_items: ChangeItemsPolicy = ChangeItemsPolicy()
    returns: ReturnPolicy = ReturnPolicy()
    exchange: ExchangePolicy = ExchangePolicy()
    payments: PaymentPolicy = PaymentPolicy()
    telling: TellingPolicy = TellingPolicy()
    texts: dict[str, RuleTexts] = Field(
        default_factory=dict, description="Own words by the name of a rule."
    )

    @field_validator("texts")
    @classmethod
    def _known_rules(cls, texts: dict[str, RuleTexts]) -> dict[str, RuleTexts]:
        for name in texts:
            if name not in RULE_TEXTS:
                hint = close_match(name, RULE_TEXTS) or f"the rules are {', '.join(RULE_TEXTS)}"
                raise ValueError(f"there is no rule {name!r}; {hint}")
        return texts
