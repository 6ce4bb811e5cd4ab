"""Money as people read it."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.core import minor_unit_digits

_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in parts, so that a page can show the cents smaller."""

    sign: str
    whole: str
    cents: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.cents}"


def price_of(minor: int | None, currency: str | None) -> Price | None:
    """``124900, "CNY"`` is ¥1,249; whole amounts have no cents. None where there is no price."""
    if minor is None:
        return None
    n_digits = minor_unit_digits(currency)
    whole, cents = divmod(minor, 10**n_digits)
    sign = _SIGNS.get(currency or "", f"{currency} " if currency else "")
    return Price(sign, f"{whole:,}", f".{cents:0{n_digits}d}" if n_digits and cents else "")
