"""Impressions as rows of columns, split by time: what every click model learns from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import BadInput, Unsupported
from baihuo.core.defaults import ATTRIBUTION_MINUTES
from baihuo.core.progress import Progress, silent
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet, default_features
from baihuo.features.spec.file import FeaturesFile
from baihuo.features.transforms.fitted import Transforms
from baihuo.index import Generation
from baihuo.model_inputs import click_columns, index_rows, visits
from baihuo.models import TreesConfig
from baihuo.train.clicks.examples import MINUTE_US, Split, impressions, split_by_time
from baihuo.train.clicks.fit import ExampleRows
from baihuo.train.clicks.matrix import lookback_matrix, request_matrix, with_logged
from baihuo.train.clicks.select import selected
from baihuo.train.clicks.transforms import ExampleRequests, apply_transforms, learn_transforms


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickTraining:
    """How click models are trained."""

    attribution_minutes: int = (
        ATTRIBUTION_MINUTES  # an impression's outcome counts within this time
    )
    validation_share: float = 0.15
    test_share: float = 0.15
    min_test_clicks: int = 100  # fewer could not show whether a model is any good
    max_examples: int = 1_000_000  # the newest; more would not fit a small machine's memory
    trees: TreesConfig = field(default_factory=TreesConfig)
    network_epochs: int = 20
    network_dropout: float = 0.2
    network_l2: float = 1e-5
    threads: int = 1  # of the trees; more pays only where cores are free
    seed: int = 7


@dataclass(frozen=True, slots=True, eq=False)
class ClickData:
    """Examples as columns, split by time."""

    columns: tuple[str, ...]
    features: FeatureSet
    examples: pa.Table
    index_rows: NDArray[np.int32]
    rows: ExampleRows
    split: Split
    n_logged: int  # rows whose columns are the values that serving logged
    n_gone: int  # impressions of products that the index no longer has: left out
    transforms: Transforms | None = None  # what the last of the columns are made by

    def part(self, name: str, *, since_us: int = 0) -> NDArray[np.bool_]:
        """Mask of ``train``, ``validation`` or ``test``."""
        at_us = self.examples.column("at_us").to_numpy()
        start, stop = {
            "train": (max(self.split.train_from_us, since_us), self.split.validation_from_us),
            "validation": (self.split.validation_from_us, self.split.test_from_us),
            "test": (self.split.test_from_us, self.split.until_us),
        }[name]
        return np.asarray((at_us >= start) & (at_us < stop))


def click_data(
    tables: Tables,
    *,
    events: Source,
    products: Source,
    generation: Generation,
    out: Path,
    features: FeatureSet | None = None,
    declared: FeaturesFile | None = None,
    fitted: Transforms | None = None,
    served: Path | None = None,
    config: ClickTraining = ClickTraining(),
    progress: Progress = silent,
) -> ClickData:
    """Examples, their columns and their split; written to ``out`` on the way.

    Args:
        features: What looks back (default: what ``declared`` says, else the default features).
        declared: A features file: its transforms are learned on the training window.
        fitted: Transforms learned before, instead: nothing is learned anew.
        served: Logged pages (``ServedLog.to_parquet``); their values are preferred. Columns of transforms
            are made anew from them: those logged were made by another fit.

    Raises:
        Unsupported: too few impressions or clicks to learn or to judge from.
    """
    if features is None:
        features = default_features() if declared is None else declared.feature_set()
    path = out / "examples.parquet"
    impressions(tables, events=events, out=path, attribution_minutes=config.attribution_minutes)
    everything = pq.read_table(path)
    found = index_rows(generation, everything.column("product_id"))
    kept = np.flatnonzero(found >= 0)[-config.max_examples :]
    examples = everything.take(pa.array(kept))
    examples = examples.set_column(0, "example_id", pa.array(np.arange(len(kept)), pa.int64()))
    pq.write_table(examples, path, compression="zstd")
    split = _split(examples, config)
    columns = click_columns(features)
    lookback = lookback_matrix(
        tables,
        features,
        events=events,
        products=products,
        examples=path,
        out=out / "matrix.parquet",
        progress=progress,
    )
    clicked = visits(tables, generation, events=events, event_type="click")
    requested = request_matrix(
        generation,
        examples,
        found[kept],
        clicked=clicked,
        purchased=visits(tables, generation, events=events, event_type="purchase"),
        progress=progress,
    )
    matrix = np.concatenate([lookback, requested], axis=1)
    n_logged = 0
    if served is not None:
        n_logged = with_logged(tables, matrix, columns, examples=path, served=served)
    asked = ExampleRequests(
        generation=generation,
        examples=examples,
        rows=found[kept],
        clicked=clicked,
        matrix=matrix,
        names=columns,
    )
    if fitted is not None:
        matrix = np.concatenate([matrix, apply_transforms(fitted, asked)], axis=1)
        columns = (*columns, *fitted.columns)
    elif declared is not None and (declared.transforms or declared.select):
        fitted, more = learn_transforms(
            tables,
            declared,
            asked,
            split=split,
            events=events,
            seed=config.seed,
            delay_us=config.attribution_minutes * MINUTE_US,
            progress=progress,
        )
        matrix = np.concatenate([matrix, more], axis=1)
        columns = (*columns, *fitted.columns)
        if declared.select is not None:
            columns, matrix = selected(
                declared.select, columns, matrix, examples, split, seed=config.seed
            )
    rows = ExampleRows(
        matrix,
        examples.column("is_clicked").to_numpy().astype(np.float32),
        examples.column("gain").to_numpy().astype(np.int32),
        _numbers(examples, "query_id"),
        _numbers(examples, "visitor_id"),
        np.asarray(examples.column("surface").to_pylist(), dtype=np.str_),
    )
    return ClickData(
        columns,
        features,
        examples,
        found[kept],
        rows,
        split,
        n_logged,
        int((found < 0).sum()),
        fitted,
    )


def _split(examples: pa.Table, config: ClickTraining) -> Split:
    try:
        split = split_by_time(
            examples, validation_share=config.validation_share, test_share=config.test_share
        )
    except BadInput as error:
        raise Unsupported(error.what, fix=error.fix) from error
    at_us, clicks = examples.column("at_us").to_numpy(), examples.column("is_clicked").to_numpy()
    n_test_clicks = int(clicks[at_us >= split.test_from_us].sum())
    if n_test_clicks < config.min_test_clicks:
        raise Unsupported(
            f"{n_test_clicks} clicks to test on are too few to show whether a click model is any good",
            fix=f"train again with {config.min_test_clicks} or more, or set train.min_test_clicks",
        )
    return split


def _numbers(examples: pa.Table, name: str) -> NDArray[np.int64]:
    """Values as numbers, in order of their first row."""
    coded = pc.dictionary_encode(examples.column(name).combine_chunks())
    return np.asarray(coded.indices.to_numpy(), dtype=np.int64)
