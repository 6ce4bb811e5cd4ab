"""The catalogue as the exam reads it: what a product is by its attributes, not by its title."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

_COLUMNS = (
    "product_id title_en title_zh brand category price_minor currency stock_units attributes variants"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One product; every value as text, a number without zeros at its end, a flag as ``true`` or ``false``."""

    product_id: str
    kind: str  # the last part of its category
    price: float | None = None  # in the major unit of the shop's currency; None: not for sale
    brand: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[tuple[Mapping[str, str], bool], ...] = ()  # (attributes, in stock)
    has_stock: bool = True
    titles: Mapping[str, str] = field(default_factory=dict)  # language → title

    @property
    def is_sold_out(self) -> bool:
        """Nothing of it can be bought: neither the product nor, where it has variants, one of them."""
        return not self.has_stock or (
            bool(self.variants) and not any(in_stock for _, in_stock in self.variants)
        )

    @property
    def title(self) -> str:
        return self.titles.get("en") or self.titles.get("zh") or self.product_id


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All products of a shop, and how its brands are called in Chinese."""

    items: tuple[Item, ...]
    brands_zh: Mapping[str, str]
    currency: str

    @classmethod
    def read(cls, file: Path) -> Catalogue:
        """From ``2-clean/products.parquet``. Prices with two decimals are assumed."""
        rows = pq.read_table(file, columns=list(_COLUMNS)).to_pylist()
        currencies = Counter(r["currency"] for r in rows if r["currency"])
        items = tuple(_item(row) for row in sorted(rows, key=lambda r: r["product_id"]))
        return cls(items, chinese_brands(items), (currencies.most_common(1) or [("CNY", 0)])[0][0])


def as_text(value: object) -> str:
    """``5.0`` is "5", ``True`` is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def chinese_brands(items: Iterable[Item]) -> dict[str, str]:
    """Brand → Chinese name, where titles write both: ``诺维克（Norvik）`` or ``Norvik 诺维克``."""
    seen: dict[str, Counter[str]] = {}
    for item in items:
        if not item.brand:
            continue
        name = re.escape(item.brand)
        title = item.titles.get("zh", "")
        for pattern in (rf"^([\u4e00-\u9fff]+)（{name}）", rf"^{name} ([\u4e00-\u9fff]+) "):
            for found in re.findall(pattern, title):
                seen.setdefault(item.brand, Counter())[found] += 1
    return {brand: names.most_common(1)[0][0] for brand, names in seen.items()}


def _item(row: dict[str, Any]) -> Item:
    attributes = json.loads(row["attributes"] or "{}")
    price = row["price_minor"]
    return Item(
        product_id=row["product_id"],
        kind=(row["category"] or "").split(" > ")[-1],
        price=None if price is None else price / 100,
        brand=row["brand"] or "",
        attributes=_texts(attributes),
        variants=tuple(
            (_texts(v["attributes"]), v["stock_units"] != 0)
            for v in json.loads(row["variants"] or "[]")
        ),
        has_stock=row["stock_units"] != 0,
        titles={k: row[f"title_{k}"] for k in ("en", "zh") if row[f"title_{k}"]},
    )


def _texts(attributes: Mapping[str, object]) -> dict[str, str]:
    return {name: as_text(value) for name, value in attributes.items()}
