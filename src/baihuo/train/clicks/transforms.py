"""Learn the transforms of a features file on the training window, and compute their columns without leaks.

A training row must not see more than a request of its time would: a target statistic reads labels known before
the row, and vectors learned from sessions come from sessions before the row's group of the window. Rows that
validate and test see what serving would see: what was learned from the whole training window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables
from baihuo.features import (
    CrossKeys,
    FeaturesFile,
    Scaling,
    TargetSpec,
    TargetTable,
    Transforms,
    Word2VecSpec,
    before,
    cross,
    smoothing,
)
from baihuo.index import Generation
from baihuo.model_inputs import (
    ModelRequest,
    TransformedColumns,
    Visits,
    index_rows,
    page_groups,
)
from baihuo.train.clicks.examples import Split
from baihuo.train.clicks.spaces import session_spaces, title_spaces

Floats = NDArray[np.float32]
N_GROUPS = 6
"""The training window is cut into so many groups for what is learned from sessions; rows of the first see nothing."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExampleRequests:
    """The examples, and what is needed to compute features of their requests again."""

    generation: Generation
    examples: pa.Table  # pages together, oldest first
    rows: NDArray[np.int32]  # [examples] of the index
    clicked: Visits
    matrix: Floats  # [examples, names], the columns without transforms
    names: tuple[str, ...]

    @property
    def at_us(self) -> NDArray[np.int64]:
        return np.asarray(self.examples.column("at_us").to_numpy())


def learn_transforms(
    tables: Tables,
    file: FeaturesFile,
    requests: ExampleRequests,
    *,
    split: Split,
    events: Source,
    delay_us: int,
    seed: int = 7,
    progress: Progress = no_progress,
) -> tuple[Transforms, Floats]:
    """The transforms learned on the training window, and ``[examples, columns]`` that leak no label.

    Args:
        events: Clean events; those from ``split.validation_from_us`` on are not read.
        delay_us: The attribution window: a label is known this long after its row.
    """
    train_end_us = split.validation_from_us
    starts = [*_group_starts(requests.at_us, split), train_end_us]
    as_of = [
        Transforms(file, spaces=title_spaces(file, requests.generation, train_end_us, seed=seed))
    ] * len(starts)
    for spec in as_of[-1].request_specs:
        if isinstance(spec, Word2VecSpec) and spec.over == "sessions":
            progress(f"features: {spec.name}", 0, 1)
            spaces = session_spaces(tables, spec, events, starts, seed)
            as_of = [
                replace(one, spaces={**one.spaces, spec.name: space})
                for one, space in zip(as_of, spaces, strict=True)
            ]
    keys = _keys(as_of[-1], requests)
    labels = requests.examples.column("is_clicked").to_numpy().astype(np.float64)
    is_train = requests.at_us < train_end_us
    target_tables = _target_tables(
        as_of[-1], keys, labels, requests.at_us + delay_us < train_end_us
    )
    as_of = [replace(one, tables=target_tables) for one in as_of]
    columns = request_transforms(list(zip(starts, as_of, strict=True)), requests, progress=progress)
    names = as_of[-1].request_columns
    for spec in as_of[-1].request_specs:
        if isinstance(spec, TargetSpec):
            columns[is_train, names.index(spec.name)] = before(
                keys[spec.name][is_train],
                labels[is_train],
                requests.at_us[is_train],
                smoothing(spec),
                start=spec.start,
                delay_us=delay_us,
            )
    return _with_scaling(as_of[-1], requests, columns, is_train)


def _target_tables(
    transforms: Transforms,
    keys: Mapping[str, CrossKeys],
    labels: NDArray[np.float64],
    is_known: NDArray[np.bool_],
) -> dict[str, TargetTable]:
    """What serving looks up, by spec: rows whose label was known when the training window ended."""
    return {
        spec.name: TargetTable.fit(
            keys[spec.name][is_known], labels[is_known], smoothing(spec), start=spec.start
        )
        for spec in transforms.request_specs
        if isinstance(spec, TargetSpec)
    }


def apply_transforms(
    transforms: Transforms, requests: ExampleRequests, *, progress: Progress = no_progress
) -> Floats:
    """``[examples, columns]`` of transforms that were learned before, as serving makes them."""
    columns = request_transforms([(0, transforms)], requests, progress=progress)
    matrix = np.concatenate([requests.matrix, columns], axis=1)
    names = (*requests.names, *transforms.request_columns)
    return np.concatenate([columns, transforms.scaled(matrix, names)], axis=1)


def request_transforms(
    as_of: list[tuple[int, Transforms]],
    requests: ExampleRequests,
    *,
    progress: Progress = no_progress,
) -> Floats:
    """``[examples, request_columns]``: each page through the function that serving calls.

    Args:
        as_of: What was known, by the moment from which on it was; the first for everything before it too.
    """
    import threadpoolctl  # comes with scikit-learn

    bound = [TransformedColumns(one, requests.generation) for _, one in as_of]
    since = np.array([at_us for at_us, _ in as_of])
    pages = page_groups(requests.examples)
    first = requests.examples.take([start for start, _ in pages]).to_pylist()
    anchors = index_rows(requests.generation, requests.examples.column("anchor_id"))
    columns = np.zeros((len(requests.rows), len(as_of[-1][1].request_columns)), np.float32)
    if not columns.shape[1]:
        return columns
    with threadpoolctl.threadpool_limits(1):
        for i, (start, stop) in enumerate(pages):
            page = first[i]
            latest = max(0, int(np.searchsorted(since, page["at_us"], side="right")) - 1)
            request = bound[latest].request(
                requests.rows[start:stop],
                ModelRequest(
                    surface=page["surface"],
                    at_us=page["at_us"],
                    query_text=page["query_text"] or "",
                    anchor_row=int(anchors[start]),
                    clicked=requests.clicked.before(page["visitor_id"], page["at_us"]),
                ),
            )
            columns[start:stop] = bound[latest].transforms.request_matrix(request)
            if i % 256 == 0:
                progress("features: transforms", i, len(pages))
    progress("features: transforms", len(pages), len(pages))
    return columns


def _with_scaling(
    learned: Transforms, requests: ExampleRequests, columns: Floats, is_train: NDArray[np.bool_]
) -> tuple[Transforms, Floats]:
    matrix = np.concatenate([requests.matrix, columns], axis=1)
    names = (*requests.names, *learned.request_columns)
    scalings = {
        spec.name: tuple(
            Scaling.fit(
                matrix[is_train, names.index(column)], spec.method, n_quantiles=spec.n_quantiles
            )
            for column in spec.of
        )
        for spec in learned.scale_specs
    }
    learned = replace(learned, scalings=scalings)
    return learned, np.concatenate([columns, learned.scaled(matrix, names)], axis=1)


def _group_starts(at_us: NDArray[np.int64], split: Split) -> list[int]:
    """Moments that cut the training rows into equal groups: the start of each."""
    train_us = at_us[at_us < split.validation_from_us]
    cuts = train_us[np.arange(N_GROUPS) * len(train_us) // N_GROUPS]
    return [int(at) for at in cuts]


def _keys(transforms: Transforms, requests: ExampleRequests) -> dict[str, CrossKeys]:
    """The keys of every example, by spec of a target statistic."""
    specs = [one for one in transforms.request_specs if isinstance(one, TargetSpec)]
    keys = {spec.name: np.zeros(len(requests.rows), np.uint64) for spec in specs}
    if not specs:
        return keys
    # Keys need no vectors, so no space is bound here.
    bound = TransformedColumns(Transforms(FeaturesFile(features=tuple(specs))), requests.generation)
    pages = page_groups(requests.examples)
    first = requests.examples.take([start for start, _ in pages]).to_pylist()
    anchors = index_rows(requests.generation, requests.examples.column("anchor_id"))
    for (start, stop), page in zip(pages, first, strict=True):
        request = bound.request(
            requests.rows[start:stop],
            ModelRequest(
                surface=page["surface"],
                at_us=page["at_us"],
                query_text=page["query_text"] or "",
                anchor_row=int(anchors[start]),
            ),
        )
        for spec in specs:
            keys[spec.name][start:stop] = cross([request.keys[part] for part in spec.of])
    return keys
