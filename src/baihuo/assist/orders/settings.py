"""Settings of orders: ``orders:`` in ``shop.yaml``."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from baihuo.core import SettingsSection


class OrdersSettings(SettingsSection):
    """Where orders are kept, for customer service."""

    address: str | None = Field(
        default=None,
        description="Of the shop's own HTTP API of orders, as in http://127.0.0.1:9000/api; null: orders.sqlite of the shop. "
        "Its key is the environment variable BAIHUO_ORDERS_KEY.",
    )
    timeout_s: float = Field(
        default=1.0, gt=0, le=60, description="Of one request to it, all tries together."
    )

    @field_validator("address")
    @classmethod
    def _an_address(cls, address: str | None) -> str | None:
        if address is None:
            return None
        try:
            parts = urlsplit(address)
            is_one = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            is_one = False
        if not is_one or any(c.isspace() for c in address) or parts.query or parts.fragment:
            raise ValueError("it is no address of a server; write it as http://127.0.0.1:9000/api")
        return address.rstrip("/")
