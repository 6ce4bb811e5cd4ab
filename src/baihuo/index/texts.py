"""The texts of a product that are indexed as terms, and those that are encoded as vectors."""

from __future__ import annotations

import re
from collections.abc import Mapping

from baihuo.core import Product, fold, is_latin
from baihuo.index.postings import FIELDS
from baihuo.index.words import index_terms, modifiers

_SENTENCE_END = re.compile(r"[。！？]")
# "Waterproof: no" and 防水：否 in a list of properties: the product is not what the words say.
_DENIED = re.compile(
    r"(?<![^.;,。；，:：])[^.;,。；，:：]++[:：]\s*+(?:no|none|false|否|无|没有|不支持)(?=\s*(?:[.;,。；，]|$))",
    re.I,
)
_MAX_EN = 400  # characters; the encoder reads 64 tokens
_MAX_ZH = 80  # characters; this encoder reads all, and its time grows with the length


def variant_attributes(product: Product) -> list[dict[str, str | float | bool]]:
    """The attributes of each variant, which override those of the product."""
    if not product.variants:
        return [dict(product.attributes)]
    return [{**product.attributes, **v.attributes} for v in product.variants]


def value_text(value: str | float | bool) -> str:
    """The text of an attribute value in a facet: ``yes``/``no``, numbers without trailing zeros.

    >>> value_text(6.0), value_text(True), value_text("Red")
    ('6', 'yes', 'Red')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.12g}"


def field_terms(product: Product) -> dict[str, list[str]]:
    """The terms of every field of :data:`FIELDS`."""
    ids = (product.product_id, *(v.variant_id for v in product.variants))
    codes = {
        fold(c) for c in (*ids, *product.codes, *(c for v in product.variants for c in v.codes))
    }
    text = {
        "title_en": product.title_en or "",
        "title_zh": product.title_zh or "",
        "brand": product.brand or "",
        "model": product.model or "",
        "category": " ".join(product.category),
        "attributes": _attribute_text(product),
        "description": _DENIED.sub(
            " ", " ".join(filter(None, (product.description_en, product.description_zh)))
        ),
    }
    terms = {field: index_terms(t) if t else [] for field, t in text.items()}
    for title in ("title_en", "title_zh"):
        # A phone case is not a phone: words for its purpose count less than words for the product.
        used_for = modifiers(text[title]) if text[title] else frozenset()
        terms["description"] += [t for t in terms[title] if t in used_for]
        terms[title] = [t for t in terms[title] if t not in used_for]
    terms["codes"] = sorted(codes)
    return {field: terms[field] for field in FIELDS}


def _attribute_text(product: Product) -> str:
    seen: dict[str, None] = {}
    for attributes in (product.attributes, *(v.attributes for v in product.variants)):
        for name, value in attributes.items():
            if value is True:  # a flag that is true counts as a term
                seen[name] = None
            elif isinstance(value, str):
                seen[value] = None
    return " ; ".join(seen)


def vector_texts(product: Product) -> Mapping[str, str]:
    """The text for each encoder; an encoder without a text gives a vector of zeros."""
    texts = {}
    if product.title_en and is_latin(product.title_en):
        texts["minilm"] = f"{product.title_en}. {product.description_en or ''}"[:_MAX_EN]
    if product.title_zh:
        # The title and the first sentence of the description: they say what the product is.
        first = _SENTENCE_END.split(product.description_zh or "", maxsplit=1)[0]
        texts["multilingual"] = f"{product.title_zh}. {first}"[:_MAX_ZH]
    elif product.title_en:
        texts["multilingual"] = product.title_en  # so that Chinese queries find English products
    return texts
