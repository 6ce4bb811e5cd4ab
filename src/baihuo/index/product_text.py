"""The products of a segment as JSON, decoded on access."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from baihuo.core import Product, product_to_row, row_to_product
from baihuo.index.lru_cache import LruCache

SHOWN_FIELDS = (
    "product_id",
    "title_en",
    "title_zh",
    "brand",
    "category",
    "price_minor",
    "currency",
    "stock_units",
    "images",
)
"""What a page shows of a product."""

_N_SHOWN = 4096  # of a few hundred bytes each
_NO_VARIANTS = b'"variants":"[]"'


class ProductText:
    """Products as concatenated JSON, decoded on access."""

    def __init__(self, text: bytes | memoryview, starts: NDArray[np.int64]) -> None:
        self._text, self._starts = memoryview(text), starts
        self._shown: LruCache[dict[str, Any]] = LruCache(_N_SHOWN)

    @staticmethod
    def of(products: Iterable[Product]) -> ProductText:
        rows = [orjson.dumps(product_to_row(p)) for p in products]
        return ProductText(b"".join(rows), starts_of([len(r) for r in rows]))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, row: int) -> Product:
        return row_to_product(self.fields(row))

    def fields(self, row: int) -> dict[str, Any]:
        """The product as a row of :data:`baihuo.core.tables.PRODUCTS`: attributes are still JSON
        text, because decoding them is most of the work."""
        fields: dict[str, Any] = orjson.loads(self._text[self._starts[row] : self._starts[row + 1]])
        return fields

    def shown(self, row: int) -> dict[str, Any]:
        """A copy of :data:`SHOWN_FIELDS`. Pages repeat products, and decoding was a tenth of a page: the last ones are kept."""
        return self._shown.get(row, lambda: self._shown_of(row)).copy()

    def _shown_of(self, row: int) -> dict[str, Any]:
        fields = self.fields(row)
        return {name: fields[name] for name in SHOWN_FIELDS}

    def has_variants(self, row: int) -> bool:
        """Whether a product has any; nothing is decoded. Quotes inside a text are escaped, so it cannot look the same."""
        return _NO_VARIANTS not in bytes(self._text[self._starts[row] : self._starts[row + 1]])

    def save(self, folder: Path) -> None:
        (folder / "products.jsons").write_bytes(self._text)
        np.save(folder / "products.starts.npy", self._starts)

    @staticmethod
    def load(folder: Path) -> ProductText:
        file = folder / "products.jsons"
        text: Any = np.memmap(file, np.uint8, "r") if file.stat().st_size else b""
        return ProductText(memoryview(text), np.load(folder / "products.starts.npy"))


def starts_of(counts: Sequence[int]) -> NDArray[np.int64]:
    """Start of each of consecutive lists of the given lengths, and the end of the last: ``[n + 1]``."""
    return np.concatenate(([0], np.cumsum(np.asarray(counts, np.int64)))).astype(np.int64)
