"""Attributes that a generative model finds in listings, and the products with them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from baihuo.core import BadInput, Product, Progress, no_progress
from baihuo.flow.generating import Generated, ask_model, write_lines
from baihuo.flow.resources import catalogue_of
from baihuo.llm import AttributeTask, ProductAttributes
from baihuo.settings import Shop

_MOST_ATTRIBUTES = 5  # asked for at once
_LEAST_SHARE = 0.3  # of a category's products that have an attribute which others may lack
_LEAST_PRODUCTS = 5
_EXAMPLES = 3


def extract_attributes(
    shop: Shop, *, most: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Attributes that most of a category have, found in the listings of products that lack them.

    Written to ``4-train/llm/attributes.jsonl``, which ``baihuo index`` reads where ``llm.attributes`` is on.

    Raises:
        NotFound: no catalogue, or no model.
    """
    wanted = lacking_attributes(catalogue_of(shop))[:most]
    asked, identity = ask_model(shop, AttributeTask(), wanted, progress=progress)
    rows = [
        {"product_id": item.product.product_id, "attributes": found, "model": identity}
        for item, found in asked.results
    ]
    write_lines(shop.extracted_attributes, rows)
    return Generated(rows, {**asked.counts(), "values": sum(len(r["attributes"]) for r in rows)})


def lacking_attributes(products: Iterable[Product]) -> list[ProductAttributes]:
    """Products with attributes that at least a third of their category has and they do not, the most lacking first."""
    by_category: dict[tuple[str, ...], list[Product]] = defaultdict(list)
    for product in products:
        by_category[product.category].append(product)
    found = []
    for members in by_category.values():
        if len(members) < _LEAST_PRODUCTS:
            continue
        values: dict[str, Counter[str]] = defaultdict(Counter)
        for product in members:
            for name, value in product.attributes.items():
                if isinstance(value, str):
                    values[name][value] += 1
        usual = [n for n, c in values.items() if c.total() >= _LEAST_SHARE * len(members)]
        usual.sort(key=lambda n: (-values[n].total(), n))
        for product in members:
            names = tuple(n for n in usual if n not in product.attributes)[:_MOST_ATTRIBUTES]
            if names:
                examples = {n: tuple(v for v, _ in values[n].most_common(_EXAMPLES)) for n in names}
                found.append(ProductAttributes(product, names, examples))
    return sorted(found, key=lambda f: (-len(f.names), f.product.product_id))


def with_extracted(products: Iterable[Product], file: Path | None) -> Iterator[Product]:
    """Products with the attributes of ``file``, if there is one, where they lack them; what the shop says itself is never replaced."""
    found: dict[str, dict[str, str]] = {}
    if file is not None and file.is_file():
        for number, line in enumerate(file.read_bytes().splitlines(), start=1):
            try:
                row = json.loads(line)
                found[row["product_id"]] = dict(row["attributes"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(
                    f"{file}:{number} holds no attributes of a product: {error!r}",
                    fix="run: baihuo llm attributes (answers are kept), or set llm.attributes: false in shop.yaml",
                ) from None
    for product in products:
        extra = found.get(product.product_id)
        yield product if not extra else replace(product, attributes={**extra, **product.attributes})
