"""Catalogue columns of the models here, and as before one kind of repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.valuation.kinds import Kind

_COLUMNS = (
    "product_id",
    "category",
    "brand",
    "price_minor",
    "title_en",
    "title_zh",
    "import_id",
    "line",
)


@dataclass(frozen=True, slots=True, eq=False)
class ProductColumns:
    """By product number of the events; a product without a listing has "" and NaN."""

    category: NDArray[np.str_]  # [products]
    brand: NDArray[np.str_]  # [products]
    price: NDArray[np.float64]  # [products], minor units
    title: NDArray[np.str_]  # [products]
    is_listed: NDArray[np.bool_]  # [products]
    row_id: NDArray[np.str_]  # [products], of the raw row

    def before_repair(self, kind: Kind) -> ProductColumns:
        """Return the columns with this kind's repaired cells as before."""
        columns = {"category": self.category.copy(), "brand": self.brand.copy()}
        place = {row_id: number for number, row_id in enumerate(self.row_id.tolist()) if row_id}
        for found in kind.found:
            field = found.detail.get("field")
            number = place.get(f"{found.row.import_id}:{found.row.line}")
            if field in columns and number is not None:
                changed = columns[field].astype(object)
                changed[number] = str(found.detail.get("old") or "")
                columns[field] = changed.astype(str)
        return replace(self, category=columns["category"], brand=columns["brand"])


def read_products(file: Path, product_ids: Sequence[str]) -> ProductColumns:
    """Read the clean catalogue in the order of ``product_ids``."""
    rows = pq.read_table(file, columns=list(_COLUMNS)).to_pylist()
    listed = {row["product_id"]: row for row in rows}
    found = [listed.get(product_id, {}) for product_id in product_ids]
    titles = [row.get("title_en") or row.get("title_zh") or "" for row in found]
    prices = [np.nan if row.get("price_minor") is None else row["price_minor"] for row in found]
    return ProductColumns(
        category=_texts([row.get("category") for row in found]),
        brand=_texts([row.get("brand") for row in found]),
        price=np.array(prices, np.float64),
        title=_texts(titles),
        is_listed=np.array([bool(row) for row in found], bool),
        row_id=_texts([f"{row['import_id']}:{row['line']}" if row else "" for row in found]),
    )


def _texts(values: Sequence[str | None]) -> NDArray[np.str_]:
    return np.array([value or "" for value in values], dtype=np.str_)
