"""Products of a feature state: rows, brands and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Event
from baihuo.features.online.text_vocabulary import TextVocabulary

GROUPS: Final = ("brand", "category")
"""Parts of an entity shared by products."""
_MAX_WAITING = 100_000


class ProductTable:
    """Rows count from 1; row 0 is an unknown product.

    Events of a product not in the catalogue yet wait here, and count for its brand and category later.
    """

    def __init__(self) -> None:
        self.ids: list[str] = [""]
        self._rows: dict[str, int] = {}
        self._names = {group: TextVocabulary() for group in GROUPS}
        self._codes = {group: np.zeros(64, np.int32) for group in GROUPS}
        self._in_catalogue: set[int] = set()
        self._waiting: dict[int, list[Event]] = {}
        self._n_waiting = 0

    @classmethod
    def from_rows(
        cls, products: Sequence[Mapping[str, Any]], group_names: Mapping[str, Sequence[str]]
    ) -> ProductTable:
        """Build the table from a snapshot.

        Args:
            products: in the order of their rows: ``product_id, brand_name, category_name, in_catalogue``.
            group_names: names of each of :data:`GROUPS`, by code from 1.
        """
        table = cls()
        for group, names in group_names.items():
            for name in names:
                table._names[group].code(name)
        for product in products:
            row = table.row(product["product_id"])
            if product["in_catalogue"]:
                table.set_groups(row, {group: product[f"{group}_name"] for group in GROUPS})
        return table

    @property
    def n_unknown(self) -> int:
        """Number of products in events but not in the catalogue."""
        return len(self.ids) - 1 - len(self._in_catalogue)

    def row(self, product_id: str) -> int:
        """Return the row of a product, adding new ones."""
        row = self._rows.get(product_id)
        if row is None:
            row = self._rows[product_id] = len(self.ids)
            self.ids.append(product_id)
            for group, codes in self._codes.items():
                if row >= len(codes):
                    self._codes[group] = np.concatenate([codes, np.zeros(len(codes), np.int32)])
        return row

    def rows_of(self, product_ids: Sequence[str]) -> NDArray[np.int32]:
        """Return the row of each product; 0 if unknown."""
        get = self._rows.get
        return np.array([get(product_id, 0) for product_id in product_ids], np.int32)

    def set_groups(self, row: int, names: Mapping[str, str | None]) -> list[Event]:
        """Set a product's groups from the catalogue; return the events that waited for it."""
        for group, vocabulary in self._names.items():
            name = names[group]
            self._codes[group][row] = vocabulary.code(name) if name else 0
        self._in_catalogue.add(row)
        late = self._waiting.pop(row, [])
        self._n_waiting -= len(late)
        return late

    def grouped(self) -> list[tuple[str, dict[str, str | None]]]:
        """Yield every product of the catalogue with its group names."""
        names = {group: self._names[group].texts() for group in GROUPS}
        return [
            (self.ids[row], {g: names[g].get(int(self._codes[g][row])) for g in GROUPS})
            for row in sorted(self._in_catalogue)
        ]

    def codes(self, part: str | None, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return each row's code of an entity's part: product, brand or category."""
        return self._codes[part][rows] if part in self._codes else rows

    def code(self, part: str | None, row: int) -> int:
        """Return one row's code of an entity's part; 0: no such part."""
        if part in self._codes:
            return int(self._codes[part][row])
        return row if part == "product" else 0

    def wait(self, row: int, event: Event) -> None:
        """Keep an event of a product not in the catalogue yet."""
        if row and row not in self._in_catalogue and self._n_waiting < _MAX_WAITING:
            self._waiting.setdefault(row, []).append(event)
            self._n_waiting += 1
