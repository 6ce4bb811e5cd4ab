"""Products of the catalogue, their variants, and the smallest units of currencies."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A buyable variant of a product: a size, a colour."""

    variant_id: str
    attributes: dict[str, str | float | bool] = field(default_factory=dict)
    price_minor: int | None = None  # None: the product's price
    stock_units: int | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A catalogue entry. At least one of ``title_en`` and ``title_zh`` is set.

    Texts are stored by script, because each script has its own tokenizer and encoder; languages in
    Latin script use the fields ``_en``.
    """

    product_id: str
    title_en: str | None = None
    title_zh: str | None = None
    description_en: str | None = None
    description_zh: str | None = None
    brand: str | None = None
    model: str | None = None  # model name or number of the manufacturer
    category: tuple[str, ...] = ()  # broad to narrow: ("Electronics", "Phones")
    codes: tuple[str, ...] = ()  # EAN, UPC, ISBN: digits of the barcode
    price_minor: int | None = None  # in the minor unit of ``currency``; None: not for sale
    currency: str | None = None  # ISO 4217
    stock_units: int | None = None  # None: not tracked, counts as in stock
    attributes: dict[str, str | float | bool] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    images: tuple[str, ...] = ()  # URLs or paths, best first
    released_at_us: int | None = None
    updated_at_us: int | None = None

    @property
    def title(self) -> str:
        """A title to show where the language does not matter."""
        return self.title_en or self.title_zh or self.product_id


# ISO 4217: currencies whose smallest unit is not 1/100.
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}


def minor_unit_digits(currency: str | None) -> int:
    """Decimal digits of the smallest unit of a currency: 2 for cents, also for unknown currencies.

    >>> minor_unit_digits("EUR"), minor_unit_digits("JPY")
    (2, 0)
    """
    return _DIGITS.get(currency or "", 2)
