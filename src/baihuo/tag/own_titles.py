"""Tagged titles from a catalogue: the brand and the model of a product where its title has them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from baihuo.core import Product
from baihuo.tag.character_features import plain_characters
from baihuo.tag.tagged_titles import TaggedTitle

BRAND, MODEL, THING = "HPPX", "XH", "HCCX"  # as tagged titles name them


def titles_of(products: Iterable[Product]) -> list[TaggedTitle]:
    """Every title with its product's brand in it, tagged; in it the model, too.

    Titles without the brand are left out: they may have it in another spelling, which is not to be learned as no brand.
    """
    found: dict[str, TaggedTitle] = {}
    for product in products:
        for title in (product.title_zh, product.title_en):
            if not title or not product.brand or "\n" in title or "\r" in title:
                continue
            tags = ["O"] * len(title)
            if _mark(tags, title, product.brand, BRAND):
                if product.model:
                    _mark(tags, title, product.model, MODEL)
                found.setdefault(title, TaggedTitle(title, tuple(tags)))
    return list(found.values())


def _mark(tags: list[str], title: str, part: str, tag: str) -> bool:
    """Tag each place where a part stands as a whole word and nothing is tagged; whether there is one."""
    name, is_found = re.escape(plain_characters(part.strip())), False
    if not name:
        return False
    for match in re.finditer(rf"(?<![a-z0-9]){name}(?![a-z0-9])", plain_characters(title)):
        start, end = match.span()
        if {*tags[start:end]} == {"O"}:
            tags[start:end] = [f"B-{tag}"] + [f"I-{tag}"] * (end - start - 1)
            is_found = True
    return is_found
