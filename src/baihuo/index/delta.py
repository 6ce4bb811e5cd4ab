"""Changes to a snapshot. Each function returns a new snapshot; the old one is unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product
from baihuo.encode import Encoders, Vectors
from baihuo.index.row_vectors import RowVectors
from baihuo.index.segment import make_segment, make_vectors, offer_columns
from baihuo.index.snapshot import Snapshot

MAX_SEGMENTS = 8  # the base and its deltas: each costs one more lookup per term


def with_products(
    snapshot: Snapshot, products: Sequence[Product], encoders: Encoders
) -> Callable[[Snapshot], Snapshot]:
    """Index ``products`` (with distinct ids) as one more segment.

    The slow part happens here. The returned function adds the segment to the snapshot of that moment;
    only offers may have changed in between.
    """
    dictionaries = snapshot.dictionaries
    names = tuple(snapshot.segments[0].vectors)
    ids = [p.product_id for p in products]
    vectors: dict[str, Vectors] = make_vectors(products, encoders, names)
    columns = offer_columns(products, dictionaries)
    merged = _merged_rows(snapshot, ids)
    everything = [*products, *(_stored(snapshot, row) for row in merged)]
    if len(merged):
        vectors = {
            n: np.concatenate([v, RowVectors(snapshot, n)[merged]]) for n, v in vectors.items()
        }
    segment = make_segment(everything, vectors, dictionaries)

    def add(now: Snapshot) -> Snapshot:
        known = now.rows_ever
        new_ids = [i for i in ids if i not in known]
        known = {**known, **{i: now.n + at for at, i in enumerate(new_ids)}} if new_ids else known
        rows = np.array([known[i] for i in ids], np.int32)
        of, local = padded(now.segment_of, len(new_ids)), padded(now.local_of, len(new_ids))
        segments, segment_rows = now.segments, now.segment_rows
        if len(now.segments) >= MAX_SEGMENTS:
            local[of > 0] = 0
            of[of > 0] = (
                0  # rows that are not in the merged segment are removed products, masked by is_live
            )
            segments, segment_rows = segments[:1], segment_rows[:1]
        in_segment = np.concatenate([rows, merged])
        of[in_segment], local[in_segment] = len(segments), np.arange(len(in_segment))

        def with_new(column: NDArray[Any], values: object) -> NDArray[Any]:
            changed = padded(column, len(new_ids))
            changed[rows] = values
            return changed

        set_columns: dict[str, Any] = {
            name: with_new(getattr(now, name), column) for name, column in columns.items()
        }
        return replace(
            now,
            content_version=now.content_version + 1,
            version=now.version + 1,
            segments=(*segments, segment),
            segment_rows=(*segment_rows, in_segment),
            segment_of=of,
            local_of=local,
            product_ids=with_new(now.product_ids, ids),
            row_of={**now.row_of, **dict(zip(ids, rows.tolist(), strict=True))},
            rows_ever=known,
            is_live=with_new(now.is_live, True),
            **set_columns,
        )

    return add


def padded(column: NDArray[Any], n_more: int) -> NDArray[Any]:
    """A copy with ``n_more`` zeros appended."""
    return np.concatenate([column, np.zeros(n_more, column.dtype)])


def _merged_rows(snapshot: Snapshot, replaced: Sequence[str]) -> NDArray[np.int32]:
    """Live rows of the deltas to merge into the next segment, so that segments stay few."""
    if len(snapshot.segments) < MAX_SEGMENTS:
        return np.empty(0, np.int32)
    removed = {snapshot.rows_ever.get(i, -1) for i in replaced}
    rows = np.flatnonzero((snapshot.segment_of > 0) & snapshot.is_live)
    return np.array([r for r in rows.tolist() if r not in removed], np.int32)


def _stored(snapshot: Snapshot, row: int) -> Product:
    return snapshot.segments[snapshot.segment_of[row]].products[int(snapshot.local_of[row])]


def without_products(snapshot: Snapshot, product_ids: Sequence[str]) -> Snapshot:
    """Without the products of these ids; unknown ids change nothing."""
    removed = {i for i in product_ids if i in snapshot.row_of}
    if not removed:
        return snapshot
    is_live = snapshot.is_live.copy()
    is_live[[snapshot.row_of[i] for i in removed]] = False
    return replace(
        snapshot,
        content_version=snapshot.content_version + 1,
        version=snapshot.version + 1,
        is_live=is_live,
        row_of={i: row for i, row in snapshot.row_of.items() if i not in removed},
    )


def with_offer(
    snapshot: Snapshot, row: int, price_minor: int | None, stock_units: int | None
) -> Snapshot:
    """With a new price or stock of one product; None keeps the current value."""
    changed = {}
    for name, value in (("price_minor", price_minor), ("stock_units", stock_units)):
        if value is not None:
            column = getattr(snapshot, name).copy()
            column[row] = max(value, -1)
            changed[name] = column
    return replace(snapshot, version=snapshot.version + 1, **changed)
