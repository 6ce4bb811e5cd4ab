"""Shoppers, their orders, and what a shop sells, as orders need it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt


class Record(BaseModel):
    """A fixed value that can be kept as JSON; a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Address(Record):
    """Where a parcel goes."""

    line1: str
    line2: str = ""
    city: str
    state: str = ""
    country: str
    postal_code: str

    @property
    def is_whole(self) -> bool:
        """Whether a parcel finds it: street, city, country and postal code."""
        return all((self.line1, self.city, self.country, self.postal_code))

    def __str__(self) -> str:
        parts = (
            self.line1,
            self.line2,
            self.city,
            f"{self.state} {self.postal_code}".strip(),
            self.country,
        )
        return ", ".join(part for part in parts if part)


class PaymentKind(StrEnum):
    """How somebody pays."""

    GIFT_CARD = "gift_card"
    CREDIT_CARD = "credit_card"
    PAYPAL = "paypal"
    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"
    BANK = "bank"
    OTHER = "other"


class PaymentMethod(Record):
    """A way to pay that a shopper has stored. Never a card number: the last four digits at most."""

    payment_method_id: str
    kind: PaymentKind = PaymentKind.OTHER
    brand: str = ""
    last_four: str = Field(default="", pattern=r"^[0-9]{0,4}$")
    balance_minor: NonNegativeInt | None = None  # of a gift card


class Shopper(Record):
    """Somebody with orders."""

    shopper_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    address: Address | None = None
    payment_methods: tuple[PaymentMethod, ...] = ()
    version: int = 0  # grows with each write

    def method(self, payment_method_id: str) -> PaymentMethod | None:
        """The payment method of this id, if it is one of theirs."""
        found = (m for m in self.payment_methods if m.payment_method_id == payment_method_id)
        return next(found, None)


class OrderStatus(StrEnum):
    """How far an order is."""

    BOUGHT = "bought"  # all that is known, as from the event log: not whether it was delivered
    PENDING = "pending"
    PENDING_ITEMS_CHANGED = "pending_items_changed"
    PROCESSED = "processed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    EXCHANGE_REQUESTED = "exchange_requested"


class OrderItem(Record):
    """One unit of a variant in an order. Two units are two items."""

    variant_id: str
    product_id: str
    title: str
    price_minor: int  # in the order's currency
    options: dict[str, str] = Field(default_factory=dict)  # "colour": "red"
    category: tuple[str, ...] = ()  # broad to narrow

    @property
    def name(self) -> str:
        """Title and options, as a shopper knows it."""
        options = ", ".join(self.options.values())
        return f"{self.title} ({options})" if options else self.title


class Payment(Record):
    """Money that went from a shopper, or back."""

    kind: Literal["payment", "refund"]
    amount_minor: NonNegativeInt
    payment_method_id: str


class Shipment(Record):
    """A parcel of an order."""

    tracking_ids: tuple[str, ...] = ()
    variant_ids: tuple[str, ...] = ()


class ReturnRequest(Record):
    """What comes back, and where the money goes."""

    variant_ids: tuple[str, ...]
    payment_method_id: str


class ExchangeRequest(Record):
    """What comes back, and what is sent for it."""

    variant_ids: tuple[str, ...]
    new_variant_ids: tuple[str, ...]  # in the order of ``variant_ids``
    payment_method_id: str
    difference_minor: int  # that the shopper pays; negative: gets back


class Order(Record):
    """An order of one shopper."""

    order_id: str
    shopper_id: str
    visitor_id: str = ""  # of the browser that placed it, as in events; empty: not known
    status: OrderStatus
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    items: tuple[OrderItem, ...]
    payments: tuple[Payment, ...] = ()
    address: Address | None = None
    ordered_at_us: int | None = None
    delivered_at_us: int | None = None
    shipments: tuple[Shipment, ...] = ()
    cancel_reason: str = ""
    return_request: ReturnRequest | None = None
    exchange_request: ExchangeRequest | None = None
    updated_at_us: int = 0  # our clock, UTC: how old what we say of it is
    version: int = 0  # grows with each write

    @property
    def total_minor(self) -> int:
        """The sum of the items' prices."""
        return sum(item.price_minor for item in self.items)

    @property
    def original_payment(self) -> Payment | None:
        """The first payment: "the original payment method" of refunds."""
        return next((p for p in self.payments if p.kind == "payment"), None)

    def find(self, variant_ids: Iterable[str]) -> list[int] | None:
        """Positions of these items, each position once; None where the order has fewer of one than are named."""
        free = list(range(len(self.items)))
        found = []
        for variant_id in variant_ids:
            here = next((i for i in free if self.items[i].variant_id == variant_id), None)
            if here is None:
                return None
            free.remove(here)
            found.append(here)
        return found


class OfferedVariant(Record):
    """A variant as it is sold now."""

    variant_id: str
    product_id: str
    title: str
    price_minor: int
    currency: str
    options: dict[str, str] = Field(default_factory=dict)
    is_available: bool = True

    @property
    def name(self) -> str:
        """Title and options, as a shopper knows it."""
        options = ", ".join(self.options.values())
        return f"{self.title} ({options})" if options else self.title


class OfferedProduct(Record):
    """A product with its variants as they are sold now."""

    product_id: str
    title: str
    category: tuple[str, ...] = ()
    variants: tuple[OfferedVariant, ...] = ()
