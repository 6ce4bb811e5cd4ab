"""Learn from impressions: which product of a page is clicked, and how likely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.bundle import Bundle, ClickModels, Part, open_transforms
from baihuo.bundle.clicks import FOLDER, click_parts
from baihuo.core import BadInput, Unsupported
from baihuo.core.progress import Progress, silent
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet
from baihuo.features.spec.file import FeaturesFile
from baihuo.features.transforms.fitted import Transforms
from baihuo.index import Generation
from baihuo.quality import QualityReport
from baihuo.train.clicks.audit import audit_clicks
from baihuo.train.clicks.compare import Comparison, compare, compare_to_live, probabilities
from baihuo.train.clicks.data import ClickData, ClickTraining, click_data
from baihuo.train.clicks.fit import ExampleRows, fit_clicks, write_curves
from baihuo.train.clicks.knn import knn_scores

_DEFAULT = ClickTraining()


@dataclass(frozen=True, slots=True, eq=False)
class TrainResult:
    """What was learned, as parts of a bundle, and how it compares."""

    parts: dict[str, Part]
    models: ClickModels
    comparison: Comparison
    report: dict[str, Any]


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
    config: ClickTraining = _DEFAULT,
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
    config: ClickTraining = _DEFAULT,
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
    config: ClickTraining = _DEFAULT,
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
    live: Bundle, ours: ClickModels, test: ExampleRows, transforms: Transforms | None, *, seed: int
) -> dict[str, Any]:
    """By surface, our nDCG@10 minus that of what serves now; nothing where the two read other columns, or
    columns of the same names that were learned from other days."""
    theirs = ClickModels.open(live)
    mine = None if transforms is None else transforms.parts()["transforms.json"]
    its = live.text("transforms.json") if "transforms.json" in live else None
    if theirs is None or theirs.columns != ours.columns or its != mine:
        return {"bundle_id": live.bundle_id, "surfaces": {}}
    gains = compare_to_live(ours, theirs, test, seed=seed)
    return {
        "bundle_id": live.bundle_id,
        "surfaces": {surface: gain.to_json() for surface, gain in gains.items()},
    }
