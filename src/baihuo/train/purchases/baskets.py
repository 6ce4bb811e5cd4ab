"""Clean events as baskets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import CATEGORY_SEPARATOR, EventType
from baihuo.engine import Source, Tables, sql_file
from baihuo.models import Baskets

_BASKET_LINES = sql_file(__file__, "basket_lines")


@dataclass(frozen=True, slots=True, eq=False)
class NamedBaskets:
    """Baskets, and who and what their numbers stand for."""

    baskets: Baskets
    visitor_ids: NDArray[np.object_]
    product_ids: NDArray[np.object_]
    titles: tuple[str, ...]  # of the products, in any language
    categories: tuple[str, ...]  # of the products, the broadest; "" has none
    leaf_categories: tuple[str, ...]  # the same, the narrowest, with all above it

    @property
    def kinds(self) -> NDArray[np.int64]:
        """``[products]``, the number of the category."""
        return np.unique(np.asarray(self.categories, dtype=np.str_), return_inverse=True)[1]

    @property
    def leaf_numbers(self) -> NDArray[np.int64]:
        """``[products]``, the number of the narrowest category; -1 where a product has none."""
        leaf_categories = np.asarray(self.leaf_categories, dtype=np.str_)
        numbers = np.unique(leaf_categories, return_inverse=True)[1]
        return np.where(leaf_categories == "", -1, numbers)

    def purchased_only(self, *, max_products: int) -> NamedBaskets:
        """Without products that nobody bought; of more than ``max_products``, the most bought stay."""
        n_lines = np.bincount(self.baskets.product, minlength=len(self.product_ids))
        kept = np.flatnonzero(n_lines > 0)
        if len(kept) > max_products:
            kept = np.sort(kept[np.argsort(-n_lines[kept], kind="stable")[:max_products]])
        new_number = np.full(len(self.product_ids), -1, dtype=np.int32)
        new_number[kept] = np.arange(len(kept), dtype=np.int32)
        lines = self.baskets.take(new_number[self.baskets.product] >= 0)
        return NamedBaskets(
            replace(lines, product=new_number[lines.product], n_products=len(kept)),
            self.visitor_ids,
            self.product_ids[kept],
            tuple(self.titles[i] for i in kept.tolist()),
            tuple(self.categories[i] for i in kept.tolist()),
            tuple(self.leaf_categories[i] for i in kept.tolist()),
        )


def read_baskets(
    tables: Tables, *, events: Source, products: Source, event_type: EventType = EventType.PURCHASE
) -> NamedBaskets:
    """Purchases (or events of another type) of known products, oldest first.

    A basket is an order, else a session, else one visitor's day. A later ``cancel`` takes nothing
    back: who sent it back wanted it once.

    Args:
        tables: The engine.
        events: Of :data:`baihuo.core.tables.EVENTS`, clean.
        products: Of :data:`baihuo.core.tables.PRODUCTS`, clean: every product gets a number, bought
            or not.
        event_type: The type of event that fills a basket.
    """
    catalogue = tables.sql(
        "SELECT product_id, coalesce(title_en, title_zh, product_id) AS title, "
        f"coalesce(split_part(category, '{CATEGORY_SEPARATOR}', 1), '') AS category, "
        "coalesce(category, '') AS leaf FROM products"
        " ORDER BY product_id",
        products=products,
    )
    lines = tables.sql(
        _BASKET_LINES(event_type=event_type),
        events=events,
        products=products,
    )
    product_ids = np.array(catalogue["product_id"].to_pylist(), dtype=object)
    number_of = {p: i for i, p in enumerate(product_ids.tolist())}
    visitor, visitor_ids = _codes(lines["visitor_id"])
    order, _ = _codes(lines["basket"])
    product, names = _codes(lines["product_id"])
    product_number = np.array([number_of[n] for n in names.tolist()], dtype=np.int32)
    baskets = Baskets(
        visitor.astype(np.int32),
        product_number[product] if len(product) else np.zeros(0, np.int32),
        order,
        lines["received_at_us"].to_numpy(),
        lines["quantity"].to_numpy().astype(np.float32),
        lines["price_minor"].to_numpy(zero_copy_only=False).astype(np.float32),
        len(visitor_ids),
        len(product_ids),
    )
    return NamedBaskets(
        baskets,
        visitor_ids,
        product_ids,
        tuple(catalogue["title"].to_pylist()),
        tuple(catalogue["category"].to_pylist()),
        tuple(catalogue["leaf"].to_pylist()),
    )


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Numbers in order of first appearance, and the values they stand for."""
    encoded = column.combine_chunks().dictionary_encode()
    values = np.array(encoded.dictionary.to_pylist(), dtype=object)
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), values
