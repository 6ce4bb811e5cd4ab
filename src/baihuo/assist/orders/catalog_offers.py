"""What is sold, as the shop's catalogue has it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from baihuo.assist.orders.records import OfferedProduct, OfferedVariant
from baihuo.core import Product, Variant


class Products(Protocol):
    """Finds products by id; :class:`baihuo.catalog.Catalog` is one."""

    def get_many(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """Those of the products that there are."""


class CatalogOffers:
    """Products of the catalogue as orders know them. A product without a price is not for sale, and is not offered."""

    def __init__(self, products: Products) -> None:
        self._products = products

    def product(self, product_id: str) -> OfferedProduct | None:
        """A product with its variants as they are sold now."""
        product = self._products.get_many([product_id]).get(product_id)
        return None if product is None else offered(product)


def offered(product: Product) -> OfferedProduct | None:
    """A product of the catalogue; None for one without a price or currency. Without variants it is its own one."""
    if product.price_minor is None or product.currency is None:
        return None
    variants = product.variants or (
        Variant(variant_id=product.product_id, stock_units=product.stock_units),
    )
    return OfferedProduct(
        product_id=product.product_id,
        title=product.title,
        category=product.category,
        variants=tuple(_variant(product, variant) for variant in variants),
    )


def _variant(product: Product, variant: Variant) -> OfferedVariant:
    price = product.price_minor if variant.price_minor is None else variant.price_minor
    return OfferedVariant(
        variant_id=variant.variant_id,
        product_id=product.product_id,
        title=product.title,
        price_minor=price or 0,
        currency=product.currency or "",
        options=_options(variant.attributes),
        is_available=variant.stock_units is None or variant.stock_units > 0,
    )


def _options(attributes: Mapping[str, str | float | bool]) -> dict[str, str]:
    return {name: str(value) for name, value in attributes.items()}
