"""Prices as facts."""

from __future__ import annotations

from baihuo.core import minor_unit_digits


def price_text(minor: int | None, currency: str | None) -> str:
    """A price as a fact: "129.00 CNY"; empty where there is none.

    >>> price_text(12900, "CNY"), price_text(500, "JPY"), price_text(None, "EUR")
    ('129.00 CNY', '500 JPY', '')
    """
    if minor is None:
        return ""
    digits = minor_unit_digits(currency)
    whole, rest = divmod(minor, 10**digits)
    amount = f"{whole}.{rest:0{digits}d}" if digits else str(whole)
    return f"{amount} {currency}" if currency else amount
