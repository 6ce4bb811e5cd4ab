"""Impressions as rows of columns, split by time: what every click model learns from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, Unsupported, no_progress
from baihuo.features import FeatureSet, FeaturesFile, default_features
from baihuo.model_inputs import (
    ModelInputs,
    index_rows,
    lookback_matrix,
    past_matrix,
    visits,
    with_logged,
)
from baihuo.train.clicks.examples import DAY_US, Split, impressions, split_by_time
from baihuo.train.clicks.fit import ExampleRows
from baihuo.train.clicks.inputs import DEFAULT, ClickSource, ClickTraining


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
    source: ClickSource,
    *,
    out: Path,
    features: FeatureSet | None = None,
    declared: FeaturesFile | None = None,
    config: ClickTraining = DEFAULT,
    progress: Progress = no_progress,
) -> ClickData:
    """Examples, their columns and their split; written to ``out`` on the way.

    Args:
        out: Folder of the examples and their lookback columns.
        features: The lookbacks (default: those of ``declared``, else the default features).
        declared: A features file.

    Raises:
        Unsupported: too few impressions or clicks to learn or to evaluate.
    """
    if features is None:
        features = default_features() if declared is None else declared.feature_set()
    path = out / "examples.parquet"
    examples, rows, n_gone = _indexed_examples(source, config, out=path)
    split = _split(examples, config)
    counted = lookback_matrix(
        source.tables,
        features,
        events=source.events,
        products=source.products,
        examples=path,
        out=out / "matrix.parquet",
        progress=progress,
    )
    clicked, purchased = (
        visits(source.tables, source.generation, events=source.events, event_type=event_type)
        for event_type in ("click", "purchase")
    )
    inputs = ModelInputs(source.generation, features)
    matrix = past_matrix(
        inputs, examples, rows, counted, clicked=clicked, purchased=purchased, progress=progress
    )
    columns = inputs.columns
    n_logged = 0
    if source.served is not None:
        n_logged = with_logged(source.tables, matrix, columns, examples=path, served=source.served)
    example_rows = _example_rows(examples, matrix)
    return ClickData(columns, features, examples, rows, example_rows, split, n_logged, n_gone)


def _indexed_examples(
    source: ClickSource, config: ClickTraining, *, out: Path
) -> tuple[pa.Table, NDArray[np.int32], int]:
    """The newest examples, of the training window, whose product the index has, also written to ``out``, their index rows, and how
    many examples have a product that the index no longer has."""
    impressions(
        source.tables,
        events=source.events,
        out=out,
        attribution_minutes=config.attribution_minutes,
    )
    everything = pq.read_table(out)
    rows = index_rows(source.generation, everything.column("product_id"))
    at_us = everything.column("at_us").to_numpy()
    is_kept = rows >= 0
    if config.window_days is not None and len(at_us):
        is_kept &= at_us > at_us.max() - config.window_days * DAY_US
    kept = np.flatnonzero(is_kept)[-config.max_examples :]
    examples = everything.take(pa.array(kept))
    examples = examples.set_column(0, "example_id", pa.array(np.arange(len(kept)), pa.int64()))
    pq.write_table(examples, out, compression="zstd")
    return examples, rows[kept], int((rows < 0).sum())


def _split(examples: pa.Table, config: ClickTraining) -> Split:
    try:
        split = split_by_time(
            examples,
            validation_share=config.validation_share,
            test_share=config.test_share,
            only_tests=config.only_tests,
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
    newest = np.searchsorted([split.validation_from_us, split.test_from_us], at_us, side="right")
    for part, what in enumerate(("learn from", "choose by", "test on")):
        if part == 0 and config.only_tests:
            continue
        of_part = clicks[newest == part]
        if of_part.all() or not of_part.any():
            share = "all" if of_part.all() else "none"
            raise Unsupported(
                f"{share} of the {len(of_part):,} impressions to {what} are clicked: nothing tells which product is",
                fix="see that pages send impressions of every product shown, and clicks of those clicked",
            )
    return split


def _example_rows(examples: pa.Table, matrix: NDArray[np.float32]) -> ExampleRows:
    return ExampleRows(
        matrix,
        examples.column("is_clicked").to_numpy().astype(np.float32),
        examples.column("gain").to_numpy().astype(np.int32),
        _numbers(examples, "query_id"),
        _numbers(examples, "visitor_id"),
        np.asarray(examples.column("surface").to_pylist(), dtype=np.str_),
    )


def _numbers(examples: pa.Table, name: str) -> NDArray[np.int64]:
    """Values as numbers, in order of their first row."""
    encoded = pc.dictionary_encode(examples.column(name).combine_chunks())
    return np.asarray(encoded.indices.to_numpy(), dtype=np.int64)
