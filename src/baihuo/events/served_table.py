"""Served pages as one table: training prefers these feature values to those recomputed by SQL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from baihuo.core import Served

SERVED = pa.schema(
    [
        pa.field("query_id", pa.string(), nullable=False),
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
        pa.field("propensity", pa.float64()),
        pa.field("score", pa.float64(), nullable=False),
        pa.field(
            "at_us", pa.int64(), nullable=False
        ),  # time of the request, at which features were computed
        pa.field("surface", pa.string(), nullable=False),
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("bundle_id", pa.string(), nullable=False),
        pa.field("index_id", pa.string(), nullable=False),
        pa.field("feature_names", pa.list_(pa.string())),
        pa.field("features", pa.list_(pa.float32())),
    ]
)
"""One row for each placed product, see :meth:`ServedLog.to_parquet`."""


def pages_to_table(pages: Sequence[Served]) -> pa.Table:
    """Build a table of :data:`SERVED` with every placed product of ``pages``, in order. Column by column: rows of objects, each with its
    feature names, would be slow.
    """
    rows = [(served, placed) for served in pages for placed in served.page.placed]
    widths = [len(served.feature_names) for served, _ in rows]
    offsets = pa.array(np.concatenate([[0], np.cumsum(widths)]), pa.int32())
    values = [np.asarray(s.features, np.float32).ravel() for s in pages]
    columns = {
        "query_id": [s.page.query_id for s, _ in rows],
        "visitor_id": [s.query.visitor_id for s, _ in rows],
        "product_id": [p.product_id for _, p in rows],
        "position": [p.position for _, p in rows],
        "propensity": [p.propensity for _, p in rows],
        "score": [p.score for _, p in rows],
        "at_us": [s.query.at_us for s, _ in rows],
        "surface": [s.page.surface for s, _ in rows],
        "query_text": [s.query.query_text for s, _ in rows],
        "bundle_id": [s.page.bundle_id for s, _ in rows],
        "index_id": [s.page.index_id for s, _ in rows],
        "feature_names": pa.ListArray.from_arrays(offsets, _names(pages)),
        "features": pa.ListArray.from_arrays(
            offsets, pa.array(np.concatenate([np.zeros(0, np.float32), *values]), pa.float32())
        ),
    }
    return pa.table(columns, schema=SERVED)


def _names(pages: Sequence[Served]) -> pa.Array:
    """Build the column of each row's feature names."""
    starts: dict[tuple[str, ...], int] = {}
    distinct: list[str] = []
    at = [np.zeros(0, np.int64)]
    for served in pages:
        names = served.feature_names
        start = starts.setdefault(names, len(distinct))
        if start == len(distinct):
            distinct.extend(names)
        at.append(np.tile(np.arange(start, start + len(names)), len(served.page.placed)))
    return pa.array(distinct, pa.string()).take(pa.array(np.concatenate(at)))
