"""Changes to a snapshot. Each function returns a new one and leaves the old one as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product
from baihuo.encode import Encoders
from baihuo.index.segment import make_segment, make_vectors, offer_columns
from baihuo.index.snapshot import Snapshot


def with_products(
    snapshot: Snapshot, products: Sequence[Product], encoders: Encoders
) -> Callable[[Snapshot], Snapshot]:
    """Index ``products`` (ids all different) as one more segment.

    The slow part happens here; the function returned puts the segment into whatever the snapshot is
    by then, as long as only offers have changed in between.
    """
    dictionaries = snapshot.dictionaries
    names = tuple(snapshot.segments[0].vectors)
    segment = make_segment(products, make_vectors(products, encoders, names), dictionaries)
    columns = offer_columns(products, dictionaries)
    ids = [p.product_id for p in products]

    def put(now: Snapshot) -> Snapshot:
        known = now.rows_ever
        fresh = [i for i in ids if i not in known]
        known = {**known, **{i: now.n + at for at, i in enumerate(fresh)}} if fresh else known
        rows = np.array([known[i] for i in ids], np.int32)
        number = len(now.segments)

        def set_in(column: NDArray, values: object) -> NDArray:  # type: ignore[type-arg]
            longer = np.concatenate([column, np.zeros(len(fresh), column.dtype)])
            longer[rows] = values
            return longer

        set_columns: dict[str, Any] = {
            name: set_in(getattr(now, name), column) for name, column in columns.items()
        }
        return replace(
            now,
            content_version=now.content_version + 1,
            version=now.version + 1,
            segments=(*now.segments, segment),
            segment_rows=(*now.segment_rows, rows),
            segment_of=set_in(now.segment_of, number),
            local_of=set_in(now.local_of, np.arange(len(ids))),
            product_ids=set_in(now.product_ids, ids),
            row_of={**now.row_of, **dict(zip(ids, rows.tolist(), strict=True))},
            rows_ever=known,
            is_live=set_in(now.is_live, True),
            **set_columns,
        )

    return put


def without_products(snapshot: Snapshot, product_ids: Sequence[str]) -> Snapshot:
    """Without the products of these ids; unknown ids change nothing."""
    gone = {i for i in product_ids if i in snapshot.row_of}
    if not gone:
        return snapshot
    is_live = snapshot.is_live.copy()
    is_live[[snapshot.row_of[i] for i in gone]] = False
    return replace(
        snapshot,
        content_version=snapshot.content_version + 1,
        version=snapshot.version + 1,
        is_live=is_live,
        row_of={i: row for i, row in snapshot.row_of.items() if i not in gone},
    )


def with_offer(
    snapshot: Snapshot, row: int, price_minor: int | None, stock_units: int | None
) -> Snapshot:
    """With another price or stock of one product; None leaves it."""
    changed = {}
    for name, value in (("price_minor", price_minor), ("stock_units", stock_units)):
        if value is not None:
            column = getattr(snapshot, name).copy()
            column[row] = max(value, -1)
            changed[name] = column
    return replace(snapshot, version=snapshot.version + 1, **changed)
