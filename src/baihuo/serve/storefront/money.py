"""Money as people read it."""

from __future__ import annotations

from dataclasses import dataclass

# ISO 4217: currencies whose smallest unit is not 1/100.
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}
_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in parts, so that a page can show the cents smaller."""

    sign: str
    whole: str
    cents: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.cents}"


def exponent_of(currency: str | None) -> int:
    """Decimal digits of the smallest unit of a currency: 2 for cents."""
    return _EXPONENTS.get(currency or "", 2)


def price_of(minor: int | None, currency: str | None) -> Price | None:
    """``124900, "CNY"`` is ¥1,249; whole amounts have no cents. None where there is no price."""
    if minor is None:
        return None
    exponent = exponent_of(currency)
    whole, cents = divmod(minor, 10**exponent)
    sign = _SIGNS.get(currency or "", f"{currency} " if currency else "")
    return Price(sign, f"{whole:,}", f".{cents:0{exponent}d}" if exponent and cents else "")
