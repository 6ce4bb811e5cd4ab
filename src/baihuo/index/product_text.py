"""The products of a segment as JSON, decoded on access."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from baihuo.catalog import HASH_BYTES, content_hash
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
_HASHES = "products.hashes"
_NO_VARIANTS = b'"variants":"[]"'


class ProductText:
    """Products as concatenated JSON, decoded on access, and the hashes of their content."""

    def __init__(
        self,
        text: bytes | bytearray | memoryview,
        starts: NDArray[np.int64],
        hashes: bytes | None = None,
    ) -> None:
        """
        Args:
            hashes: one after the other; None: an older version wrote none.
        """
        self._text, self._starts, self._hashes = memoryview(text), starts, hashes
        self._shown: LruCache[dict[str, Any]] = LruCache(_N_SHOWN)

    @staticmethod
    def of(products: Iterable[Product]) -> ProductText:
        """The products, of one id the last; it stands where the first one stood. One product at a time is held decoded."""
        text, starts, hashes = bytearray(), array("q", [0]), bytearray()
        rows: dict[str, int] = {}  # each id, in the order of its first product → the last one
        for row, product in enumerate(products):
            text += orjson.dumps(product_to_row(product))
            starts.append(len(text))
            hashes += content_hash(product)
            rows[product.product_id] = row
        found = ProductText(text, np.array(starts, np.int64), bytes(hashes))
        return (
            found
            if len(rows) == len(found)
            else ProductText.of(map(found.__getitem__, rows.values()))
        )

    @property
    def text(self) -> memoryview:
        """The JSON of all products, one after the other."""
        return self._text

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[Product]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, row: int) -> Product:
        return row_to_product(self.fields(row))

    def fields(self, row: int) -> dict[str, Any]:
        """The product as a row of :data:`baihuo.core.tables.PRODUCTS`: attributes are still JSON
        text, because decoding them is most of the work."""
        fields: dict[str, Any] = orjson.loads(self._text[self._starts[row] : self._starts[row + 1]])
        return fields

    def shown(self, row: int) -> Mapping[str, Any]:
        """:data:`SHOWN_FIELDS`. Pages repeat products, and decoding was a tenth of a page: the last ones are kept."""
        return self._shown.get(row, lambda: self._shown_of(row))

    def _shown_of(self, row: int) -> dict[str, Any]:
        fields = self.fields(row)
        return {name: fields[name] for name in SHOWN_FIELDS}

    def has_variants(self, row: int) -> bool:
        """Whether a product has any; nothing is decoded. Quotes inside a text are escaped, so it cannot look the same."""
        return _NO_VARIANTS not in bytes(self._text[self._starts[row] : self._starts[row + 1]])

    def has_content(self, row: int, content_hash: bytes) -> bool:
        """Whether a product has this :func:`baihuo.catalog.content_hash`; False also where none was written."""
        if self._hashes is None:
            return False
        return self._hashes[row * HASH_BYTES : (row + 1) * HASH_BYTES] == content_hash

    def save(self, folder: Path) -> None:
        (folder / "products.jsons").write_bytes(self._text)
        np.save(folder / "products.starts.npy", self._starts)
        if self._hashes is not None:
            (folder / _HASHES).write_bytes(self._hashes)

    @staticmethod
    def load(folder: Path) -> ProductText:
        file = folder / "products.jsons"
        text: Any = np.memmap(file, np.uint8, "r") if file.stat().st_size else b""
        hashes = (folder / _HASHES).read_bytes() if (folder / _HASHES).exists() else None
        return ProductText(memoryview(text), np.load(folder / "products.starts.npy"), hashes)
