"""What every keeper of orders can do. Its implementations: SQLite, a shop's own HTTP API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from baihuo.assist.orders.records import OfferedProduct, OfferedVariant, Order, Shopper
from baihuo.assist.orders.writes import Write
from baihuo.core import ShopError


class OrdersUnavailable(ShopError):
    """The shop's own system did not answer, or what it said cannot be used. Whether a write was done is not known."""

    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a write is judged by, all of one moment."""

    shopper: Shopper | None  # who was identified
    order: Order | None  # that the write names, whoever owns it; None: there is none
    offers: Mapping[str, OfferedVariant] = field(default_factory=dict)  # of the new variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A write that was done."""

    order: Order | None  # after it; None for a write to the profile
    shopper: Shopper  # after it
    is_repeat: bool = False  # this key was written before: nothing was done now


Check: TypeAlias = Callable[[Situation], None]
"""Raises what stops a write. It sees the state inside the transaction that writes."""


class Orders(Protocol):
    """Shoppers, their orders, products, and the writes. It holds no policy: who calls decides what may be told and done."""

    def shopper(self, shopper_id: str) -> Shopper | None:
        """The shopper of this id."""

    def shopper_by_email(self, email: str) -> Shopper | None:
        """The one shopper of this address, in any case; None where there is none, or more than one."""

    def shopper_by_name_and_zip(
        self, first_name: str, last_name: str, postal_code: str
    ) -> Shopper | None:
        """The one shopper of this name, in any case, and postal code; None where there is none, or more than one."""

    def shopper_of_visitor(self, visitor_id: str) -> Shopper | None:
        """Who bought with this visitor id."""

    def order(self, order_id: str) -> Order | None:
        """The order of this id, whoever owns it."""

    def orders_of(self, shopper_id: str) -> tuple[Order, ...]:
        """All orders of a shopper, the newest first; without dates as they were imported."""

    def product(self, product_id: str) -> OfferedProduct | None:
        """A product with its variants as they are sold now."""

    def variant(self, variant_id: str) -> OfferedVariant | None:
        """A variant as it is sold now."""

    def write(
        self, write: Write, *, shopper_id: str, key: str, at_us: int, check: Check
    ) -> Written:
        """Do a write once.

        Args:
            key: Of idempotency, see :func:`~baihuo.assist.orders.writes.key_of`. A key that was written before does nothing
                and returns what it did then.
            check: Called with the state that will be written to, before anything is written; what it raises leaves here.

        Raises:
            Conflict: the key was used for another write.
            OrdersUnavailable: the shop's own system did not answer, or not as agreed.
        """

    def close(self) -> None:
        """Close files and connections."""
