"""A product as a row of SQLite, and back."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from typing import Any

import orjson

from baihuo.core import BadInput, Product, Variant

_NAMES = tuple(f.name for f in fields(Product))
_OFFER = ("price_minor", "stock_units")
HASH_BYTES = 16


def product_to_body(product: Product) -> bytes:
    """All fields except price and stock, which have their own columns, as canonical JSON.

    Raises:
        BadInput: the product has no id, no title, or text that is not valid Unicode.
    """
    if not product.product_id:
        raise BadInput("a product has no product_id", fix="give each product a unique id")
    if not (product.title_en or product.title_zh):
        raise BadInput(
            f"product {product.product_id!r} has no title", fix="set title_en or title_zh"
        )
    try:
        return _json(product)
    except TypeError as error:
        raise BadInput(
            f"product {product.product_id!r} cannot be stored: {error}",
            fix="send text as valid Unicode; attributes are text, numbers or flags",
        ) from error


def _json(product: Product) -> bytes:
    values = {
        n: v for n in _NAMES if n not in _OFFER and (v := getattr(product, n)) not in (None, (), {})
    }
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def content_hash(product: Product) -> bytes:
    """Return :data:`HASH_BYTES` bytes, equal for products that differ only in price and stock. Invalid Unicode has the hash of an empty
    text, as no stored product."""
    try:
        return hash_of_body(_json(product))
    except TypeError:
        return hash_of_body(b"")


def hash_of_body(body: bytes) -> bytes:
    """The :func:`content_hash` of the product in a row, which is not parsed for it."""
    return hashlib.blake2b(body, digest_size=HASH_BYTES).digest()


def body_to_product(body: bytes, price_minor: int | None, stock_units: int | None) -> Product:
    """The inverse of :func:`product_to_body`, with current price and stock."""
    values: dict[str, Any] = orjson.loads(body)
    for name in ("category", "codes", "images"):
        values[name] = tuple(values.get(name, ()))
    values["variants"] = tuple(
        Variant(**{**v, "codes": tuple(v.get("codes", ()))}) for v in values.get("variants", ())
    )
    return Product(**values, price_minor=price_minor, stock_units=stock_units)


def fingerprint(product: Product) -> bytes:
    """A hash that is equal for equal products; ``updated_at_us`` is ignored."""
    same = replace(product, updated_at_us=None)
    offer = f"{product.price_minor}|{product.stock_units}|".encode()
    return hashlib.blake2b(offer + product_to_body(same), digest_size=16).digest()
