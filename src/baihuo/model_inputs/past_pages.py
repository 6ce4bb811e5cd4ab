"""Inputs of past pages, by the same function as in serving."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet, compute
from baihuo.model_inputs.assemble import AT_SERVING, ModelInputs, ModelRequest
from baihuo.model_inputs.visits import Visits, index_rows

Floats = NDArray[np.float32]


def lookback_matrix(
    tables: Tables,
    features: FeatureSet,
    *,
    events: Source,
    products: Source,
    examples: Path,
    out: Path,
    progress: Progress = no_progress,
) -> Floats:
    """``[examples, features.names]``: the lookback features of each at its time, by SQL.

    Args:
        out: The same as Parquet, for the test of skew.
    """
    compute(
        tables,
        features,
        events=events,
        products=products,
        examples=examples,
        out=out,
        progress=progress,
    )
    table = pq.read_table(out)
    return np.stack(
        [table.column(name).to_numpy().astype(np.float32) for name in features.names], axis=1
    )


def past_matrix(
    inputs: ModelInputs,
    examples: pa.Table,
    rows: NDArray[np.int32],
    counted: Floats,
    *,
    clicked: Visits,
    purchased: Visits,
    progress: Progress = no_progress,
) -> Floats:
    """``[examples, inputs.columns]``, with position and device as they were.

    Args:
        inputs: The inputs, as in serving.
        examples: In the order of pages, as :func:`baihuo.train.impressions` writes them.
        rows: Index row of each example, -1: deleted, with NaN for request features.
        counted: ``[examples, features.names]``, of :func:`lookback_matrix`.
    """
    import threadpoolctl  # comes with scikit-learn

    matrix = np.full((len(rows), len(inputs.columns)), np.nan, dtype=np.float32)
    matrix[:, : counted.shape[1]] = counted
    pages = page_groups(examples)
    first = examples.take([start for start, _ in pages]).to_pylist()
    anchors = index_rows(inputs.generation, examples.column("anchor_id"))
    positions = examples.column("position").to_numpy()
    # Pages of equal words together: the index caches its last answers.
    order = sorted(range(len(pages)), key=lambda i: first[i]["query_text"] or "")
    # Thousands of small matrix products: BLAS threads would mostly wait.
    with threadpoolctl.threadpool_limits(1):
        for n_done, i in enumerate(order):
            start, stop = pages[i]
            page, known = first[i], np.flatnonzero(rows[start:stop] >= 0) + start
            if len(known):
                matrix[known] = inputs.matrix(
                    rows[known],
                    ModelRequest(
                        surface=page["surface"],
                        at_us=page["at_us"],
                        query_text=page["query_text"] or "",
                        anchor_row=int(anchors[start]),
                        clicked=clicked.before(page["visitor_id"], page["at_us"]),
                        purchased=purchased.before(page["visitor_id"], page["at_us"]),
                    ),
                    counted[known],
                    positions=positions[known],
                    device=page["device"],
                )
            if n_done % 256 == 0:
                progress("features of requests", n_done, len(pages))
    progress("features of requests", len(pages), len(pages))
    return matrix


def page_groups(examples: pa.Table) -> list[tuple[int, int]]:
    """``[start, stop)`` of each page's rows."""
    if not examples.num_rows:
        return []
    ids = examples.column("query_id").combine_chunks().dictionary_encode().indices.to_numpy()
    edges = np.flatnonzero(np.diff(ids)) + 1
    return list(pairwise([0, *edges.tolist(), examples.num_rows]))


def with_logged(
    tables: Tables, matrix: Floats, columns: tuple[str, ...], *, examples: Path, served: Path
) -> int:
    """Replace computed values by those logged in serving; return the number of rows replaced. Logged values are better training data.
    Position and device stay real.

    Args:
        matrix: ``[examples, columns]``, changed in place.
        served: From ``ServedLog.to_parquet``.
    """
    logged = tables.sql(
        "SELECT examples.example_id, served.feature_names, served.features FROM examples "
        "JOIN served ON examples.query_id = served.query_id "
        "AND examples.product_id = served.product_id WHERE len(served.features) > 0",
        examples=examples,
        served=served,
    )
    kept = [c for c in columns if c not in AT_SERVING]
    positions: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}
    for row in logged.to_pylist():
        names = tuple(row["feature_names"])
        if names not in positions:
            shared = [c for c in kept if c in names]
            positions[names] = (
                [columns.index(c) for c in shared],
                [names.index(c) for c in shared],
            )
        ours, theirs = positions[names]
        values: Any = np.asarray(row["features"], dtype=np.float32)
        matrix[row["example_id"], ours] = values[theirs]
    return logged.num_rows
