"""Changes to a snapshot. Each function returns a new snapshot; the old one is unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product
from baihuo.encode import Encoders, Vectors
from baihuo.index.product_text import ProductText
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
    kept, merged = _merged_rows(snapshot, ids)
    stored = (texts[at] for texts, at in map(snapshot.stored, merged))
    everything = ProductText.of((*products, *stored))
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
        if kept < len(now.segments):
            local[of >= kept] = 0
            of[of >= kept] = (
                0  # rows that are not in the merged segment are removed products, masked by is_live
            )
            segments, segment_rows = segments[:kept], segment_rows[:kept]
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


def _merged_rows(snapshot: Snapshot, replaced: Sequence[str]) -> tuple[int, NDArray[np.int32]]:
    """How many segments stay, and the live rows of the others, which are merged into the next: segments stay few.

    The last ones are merged, up to one that is twice as large as all of them: a product that is added after
    thousands were does not wait until these are indexed again.
    """
    n_segments = len(snapshot.segments)
    if n_segments < MAX_SEGMENTS:
        return n_segments, np.empty(0, np.int32)
    sizes = np.bincount(snapshot.segment_of[snapshot.is_live], minlength=n_segments).tolist()
    kept, n_merged = n_segments - 1, len(replaced) + sizes[-1]
    while kept > 1 and sizes[kept - 1] < 2 * n_merged:
        kept -= 1
        n_merged += sizes[kept]
    removed = {snapshot.rows_ever.get(i, -1) for i in replaced}
    rows = np.flatnonzero((snapshot.segment_of >= kept) & snapshot.is_live)
    return kept, np.array([r for r in rows.tolist() if r not in removed], np.int32)


def without_products(snapshot: Snapshot, product_ids: Sequence[str]) -> Snapshot:
    """Without the products of these ids; unknown ids change nothing."""
    removed = {i for i in product_ids if i in snapshot.row_of}
    if not removed:
        return snapshot
    is_live, row_of = snapshot.is_live.copy(), dict(snapshot.row_of)  # a tenth of a comprehension
    is_live[[row_of.pop(i) for i in removed]] = False
    return replace(
        snapshot,
        content_version=snapshot.content_version + 1,
        version=snapshot.version + 1,
        is_live=is_live,
        row_of=row_of,
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
