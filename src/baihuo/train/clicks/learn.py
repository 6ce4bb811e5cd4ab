"""Learn from impressions: which product of a page is clicked, and how likely."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.bundle import Bundle, ClickModels, Part, open_transforms
from baihuo.bundle.clicks import FOLDER, click_parts
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
from baihuo.quality import QualityReport
from baihuo.train.clicks.audit import audit_clicks
from baihuo.train.clicks.compare import Comparison, compare, duel, probabilities
from baihuo.train.clicks.examples import MINUTE_US, Split, impressions, split_by_time
from baihuo.train.clicks.fit import Rows, fit_clicks, write_curves
from baihuo.train.clicks.knn import knn_scores
from baihuo.train.clicks.matrix import (
    lookback_matrix,
    request_matrix,
    with_logged,
)
from baihuo.train.clicks.select import selected
from baihuo.train.clicks.transforms import Asked, apply_transforms, learn_transforms


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
    rows: Rows
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


@dataclass(frozen=True, slots=True, eq=False)
class TrainResult:
    """What was learned, as parts of a bundle, and how it compares."""

    parts: dict[str, Part]
    models: ClickModels
    comparison: Comparison
    report: dict[str, Any]


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
    asked = Asked(
        generation=generation, examples=examples, rows=found[kept], clicked=clicked,
        matrix=matrix, names=columns,
    )  # fmt: skip
    if fitted is not None:
        matrix = np.concatenate([matrix, apply_transforms(fitted, asked)], axis=1)
        columns = (*columns, *fitted.columns)
    elif declared is not None and (declared.transforms or declared.select):
        fitted, more = learn_transforms(
            tables, declared, asked, split=split, events=events, seed=config.seed,
            delay_us=config.attribution_minutes * MINUTE_US, progress=progress,
        )  # fmt: skip
        matrix = np.concatenate([matrix, more], axis=1)
        columns = (*columns, *fitted.columns)
        if declared.select is not None:
            columns, matrix = selected(declared.select, columns, matrix, examples, split, seed=config.seed)  # fmt: skip
    rows = Rows(
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


def train_clicks(
    tables: Tables,
    *,
    events: Source,
    products: Source,
    generation: Generation,
    out: Path,
    run: Path,
    quality: QualityReport,
    features: FeatureSet | None = None,
    declared: FeaturesFile | None = None,
    served: Path | None = None,
    live: Bundle | None = None,
    config: ClickTraining = ClickTraining(),
    progress: Progress = silent,
) -> TrainResult:
    """Train on impressions, from nothing.

    Args:
        events, products: Clean ones.
        generation: The index over the same products.
        out: Folder for examples and columns, ``3-features``.
        run: Folder for TensorBoard, ``4-train/<run>``.
        declared: The shop's features file; None: the default features alone.
        quality: The report of the data; a report that stops training stops it here.
        served: Logged pages; their values are preferred to recomputed ones.
        live: What serves now: compared with on the same newest pages, for the gate.

    Raises:
        QualityStop: the data failed the checks that guard training.
        Unsupported: too few impressions or clicks; a shop can still train from purchases.
    """
    quality.raise_if_stopped()
    data = click_data(
        tables,
        events=events,
        products=products,
        generation=generation,
        out=out,
        features=features,
        declared=declared,
        served=served,
        config=config,
        progress=progress,
    )
    return learn(
        tables,
        data,
        generation,
        events=events,
        run=run,
        live=live,
        config=config,
        progress=progress,
    )


def update(
    tables: Tables,
    bundle: Bundle,
    *,
    events: Source,
    products: Source,
    generation: Generation,
    out: Path,
    run: Path,
    quality: QualityReport,
    served: Path | None = None,
    live: Bundle | None = None,
    config: ClickTraining = ClickTraining(),
    progress: Progress = silent,
) -> TrainResult:
    """Continue from the weights of ``bundle`` on what its training had not seen yet.

    The network goes on from its weights at a third of the pace, the trees grow on; features and scaler stay those
    of the bundle. The newest pages still validate and test. Other arguments and errors as in
    :func:`train_clicks`.

    Raises:
        BadInput: nothing is new since the bundle was trained.
    """
    quality.raise_if_stopped()
    models = ClickModels.open(bundle)
    if models is None:
        raise Unsupported(
            f"bundle {bundle.bundle_id} has no click models to continue from",
            fix="train from nothing: baihuo train",
        )
    report = bundle.json(f"{FOLDER}/report.json")
    data = click_data(
        tables,
        events=events,
        products=products,
        generation=generation,
        out=out,
        features=FeatureSet.from_json(bundle.text("features.json")),
        fitted=open_transforms(bundle),
        served=served,
        config=config,
        progress=progress,
    )
    data = _with_columns(data, models.columns)
    if data.columns != models.columns:
        raise Unsupported(
            "this version makes other columns than the bundle's models read",
            fix="train from nothing: baihuo train",
        )
    since_us = int(report["split"]["validation_from_us"])
    if data.split.until_us <= int(report["split"]["until_us"]):
        raise BadInput(
            f"nothing is new since bundle {bundle.bundle_id} was trained",
            fix="wait for pages to be seen and clicked",
        )
    if not data.rows.take(data.part("train", since_us=since_us)).clicks.any():
        raise BadInput("what is new is all needed to validate and test", fix="wait for more clicks")
    gentle = replace(config, trees=replace(config.trees, n_trees=config.trees.n_trees // 3))
    return learn(
        tables,
        data,
        generation,
        events=events,
        run=run,
        live=live,
        config=gentle,
        continued=models,
        weights=bundle.file(f"{FOLDER}/ctr.safetensors").read_bytes(),
        since_us=since_us,
        progress=progress,
    )


def learn(
    tables: Tables,
    data: ClickData,
    generation: Generation,
    *,
    events: Source,
    run: Path,
    live: Bundle | None = None,
    config: ClickTraining = ClickTraining(),
    continued: ClickModels | None = None,
    weights: bytes | None = None,
    since_us: int = 0,
    progress: Progress = silent,
) -> TrainResult:
    """Fit, calibrate, choose and compare on data that is ready."""
    from baihuo.models.ctr import NetworkConfig

    train = data.rows.take(data.part("train", since_us=since_us))
    fitted = fit_clicks(
        train,
        data.rows.take(data.part("validation")),
        data.columns,
        network_config=NetworkConfig(
            dropout=config.network_dropout,
            l2=config.network_l2,
            learning_rate=2e-3 if continued is None else 6e-4,
            max_epochs=config.network_epochs,
            seed=config.seed,
        ),
        trees_config=replace(config.trees, seed=config.seed, threads=config.threads),
        continued=continued,
        weights=weights,
        seed=config.seed,
        progress=progress,
    )
    test = data.part("test")
    compared = compare(
        fitted.models,
        data.rows.take(test),
        base_rate=float(train.clicks.mean()),
        knn=knn_scores(tables, data, generation, events=events, mask=test),
        seed=config.seed,
    )
    report = {
        "split": data.split.to_json(),
        "n_train": len(train.clicks),
        "n_logged": data.n_logged,
        "n_gone": data.n_gone,
        "is_update": continued is not None,
        "order_by": dict(fitted.models.order_by),
        "validation_ndcg10": fitted.validation_ndcg,
        "importance": fitted.models.trees.importance(),
        **compared.to_json(),
        "label_audit": audit_clicks(
            data.examples.filter(pa.array(test)),
            probabilities(fitted.models, data.rows.take(test)),
        ),
    }
    if live is not None:
        report["against_live"] = _against(
            live, fitted.models, data.rows.take(test), data.transforms, seed=config.seed
        )
    final = {f"ndcg10/{x.surface}/{x.system}": x.ndcg10 for x in compared.lines} | compared.clicks
    write_curves(run, fitted.curves, final)
    parts = click_parts(
        fitted.models,
        onnx=fitted.onnx,
        safetensors=fitted.safetensors,
        scaler=fitted.models.network.scaler,
        report=report,
    )
    parts["features.json"] = data.features.to_json()
    if data.transforms is not None:
        parts |= data.transforms.parts()
    return TrainResult(parts, fitted.models, compared, report)


def _with_columns(data: ClickData, wanted: tuple[str, ...]) -> ClickData:
    """Only the columns that a bundle's models read, where all of them are there."""
    if data.columns == wanted or not set(wanted) <= set(data.columns):
        return data
    matrix = data.rows.matrix[:, [data.columns.index(c) for c in wanted]]
    return replace(data, columns=wanted, rows=replace(data.rows, matrix=matrix))


def _against(
    live: Bundle, ours: ClickModels, test: Rows, transforms: Transforms | None, *, seed: int
) -> dict[str, Any]:
    """By surface, our nDCG@10 minus that of what serves now; nothing where the two read other columns, or
    columns of the same names that were learned from other days."""
    theirs = ClickModels.open(live)
    mine = None if transforms is None else transforms.parts()["transforms.json"]
    its = live.text("transforms.json") if "transforms.json" in live else None
    if theirs is None or theirs.columns != ours.columns or its != mine:
        return {"bundle_id": live.bundle_id, "surfaces": {}}
    gains = duel(ours, theirs, test, seed=seed)
    return {
        "bundle_id": live.bundle_id,
        "surfaces": {surface: gain.to_json() for surface, gain in gains.items()},
    }


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
