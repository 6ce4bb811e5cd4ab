"""Currencies and their smallest units."""

from __future__ import annotations

# ISO 4217: currencies whose smallest unit is not 1/100.
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}


def minor_unit_digits(currency: str | None) -> int:
    """Decimal digits of the smallest unit of a currency: 2 for cents, also for unknown currencies.

    >>> minor_unit_digits("EUR"), minor_unit_digits("JPY")
    (2, 0)
    """
    return _DIGITS.get(currency or "", 2)
