"""Train click models from impressions: which product of a page is clicked, and how likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.bundle import (
    CLICKS_FOLDER,
    Bundle,
    ClickModels,
    Part,
    click_parts,
    open_transforms,
    stored_files,
)
from baihuo.core import BadInput, Progress, Unsupported, no_progress
from baihuo.features import FeatureSet, FeaturesFile
from baihuo.models import Files, FitContext
from baihuo.quality import QualityReport
from baihuo.train.clicks.audit import audit_clicks
from baihuo.train.clicks.compare import Comparison, compare, live_report, probabilities
from baihuo.train.clicks.data import ClickData, click_data
from baihuo.train.clicks.fit import FittedClicks, fit_clicks, write_curves
from baihuo.train.clicks.inputs import DEFAULT, ClickSource, ClickTraining
from baihuo.train.clicks.knn import knn_scores


@dataclass(frozen=True, slots=True, eq=False)
class TrainResult:
    """What was learned, as parts of a bundle, and how it compares."""

    parts: dict[str, Part]
    models: ClickModels
    comparison: Comparison
    report: dict[str, Any]
    data: ClickData  # the examples, for what is learned on top of the models


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickTrainer:
    """Trains click models on one shop: from nothing, or from the weights of a bundle."""

    source: ClickSource
    out: Path  # folder of examples and columns, ``3-features``
    run: Path  # folder for TensorBoard, ``4-train/<run>``
    live: Bundle | None = (
        None  # what serves now: compared with on the same newest pages, for the gate
    )
    config: ClickTraining = DEFAULT
    progress: Progress = no_progress

    def train(
        self,
        quality: QualityReport,
        *,
        features: FeatureSet | None = None,
        declared: FeaturesFile | None = None,
    ) -> TrainResult:
        """Train from nothing.

        Args:
            quality: The report of the data; a report that stops training stops it here.
            features: The lookbacks; None: those of ``declared``.
            declared: The shop's features file; None: the default features alone.

        Raises:
            QualityStop: the data failed the checks that guard training.
            Unsupported: too few impressions or clicks; a shop can still train from purchases.
        """
        quality.raise_if_stopped()
        data = click_data(
            self.source,
            out=self.out,
            features=features,
            declared=declared,
            config=self.config,
            progress=self.progress,
        )
        return self.fit(data)

    def update(self, quality: QualityReport, bundle: Bundle) -> TrainResult:
        """Continue from the weights of ``bundle`` on what its training had not seen yet.

        Every model goes on from its own weights, gently, as its file says; features and transforms stay those of the
        bundle. The newest pages still validate and test.

        Raises:
            QualityStop, Unsupported: as :meth:`train`, and where the bundle's columns cannot be made.
            BadInput: nothing is new since the bundle was trained.
        """
        quality.raise_if_stopped()
        models = ClickModels.open(bundle)
        if models is None:
            raise Unsupported(
                f"bundle {bundle.bundle_id} has no click models to continue from",
                fix="train from nothing: baihuo train",
            )
        data = click_data(
            self.source,
            out=self.out,
            features=FeatureSet.from_json(bundle.text("features.json")),
            fitted=open_transforms(bundle),
            config=self.config,
            progress=self.progress,
        )
        data = _with_columns(data, models.columns)
        since_us = _new_since_us(data, bundle, models)
        return self.fit(data, continued=stored_files(bundle, "clicks"), since_us=since_us)

    def fit(
        self,
        data: ClickData,
        *,
        continued: Mapping[str, Files] | None = None,
        since_us: int = 0,
    ) -> TrainResult:
        """Fit, calibrate, choose and compare on data that is ready.

        Args:
            continued: By model, the files to continue from.
            since_us: Older rows do not train.
        """
        config = self.config
        train = data.rows.take(data.part("train", since_us=since_us))
        fitted = fit_clicks(
            train,
            data.rows.take(data.part("validation")),
            data.columns,
            settings=config.models,
            continued=continued,
            context=FitContext(
                seed=config.seed,
                threads=config.threads,
                smaller_within=config.smaller_within,
                progress=self.progress,
            ),
        )
        test = data.part("test")
        compared = compare(
            fitted.models,
            data.rows.take(test),
            base_rate=float(train.clicks.mean()),
            knn=knn_scores(self.source, data, mask=test),
            seed=config.seed,
        )
        report = {
            "split": data.split.to_json(),
            "n_train": len(train.clicks),
            "is_update": continued is not None,
            **self._report(data, fitted, compared),
        }
        final = {f"ndcg10/{x.surface}/{x.system}": x.ndcg10 for x in compared.lines}
        write_curves(self.run, fitted.curves, final | compared.clicks)
        return TrainResult(_parts(data, fitted, report), fitted.models, compared, report, data)

    def _report(
        self, data: ClickData, fitted: FittedClicks, compared: Comparison
    ) -> dict[str, Any]:
        mask = data.part("test")
        test = data.rows.take(mask)
        report = {
            "n_logged": data.n_logged,
            "n_gone": data.n_gone,
            "order_by": dict(fitted.models.order_by),
            "validation_ndcg10": fitted.validation_ndcg,
            "importance": {
                name: shares
                for name, model in fitted.models.models.items()
                if (shares := model.importance())
            },
            **compared.to_json(),
            "label_audit": audit_clicks(
                data.examples.filter(pa.array(mask)), probabilities(fitted.models, test)
            ),
        }
        if self.live is not None:
            report["against_live"] = live_report(
                self.live, fitted.models, test, data.transforms, seed=self.config.seed
            )
        return report


def _new_since_us(data: ClickData, bundle: Bundle, models: ClickModels) -> int:
    """From when on rows are new to the models of a bundle.

    Raises:
        Unsupported: the data has other columns than the models read.
        BadInput: nothing is new, or too little.
    """
    if data.columns != models.columns:
        raise Unsupported(
            "this version makes other columns than the bundle's models read",
            fix="train from nothing: baihuo train",
        )
    split = bundle.json(f"{CLICKS_FOLDER}/report.json")["split"]
    since_us = int(split["validation_from_us"])
    if data.split.until_us <= int(split["until_us"]):
        raise BadInput(
            f"nothing is new since bundle {bundle.bundle_id} was trained",
            fix="wait for pages to be seen and clicked",
        )
    if not data.rows.take(data.part("train", since_us=since_us)).clicks.any():
        raise BadInput("everything new is needed to validate and test", fix="wait for more clicks")
    return since_us


def _with_columns(data: ClickData, wanted: tuple[str, ...]) -> ClickData:
    """Only the columns that a bundle's models read, where all of them are there."""
    if data.columns == wanted or not set(wanted) <= set(data.columns):
        return data
    matrix = data.rows.matrix[:, [data.columns.index(c) for c in wanted]]
    return replace(data, columns=wanted, rows=replace(data.rows, matrix=matrix))


def _parts(data: ClickData, fitted: FittedClicks, report: dict[str, Any]) -> dict[str, Part]:
    """Everything that serving and the next update read, as parts of a bundle."""
    parts = click_parts(fitted.models, report=report)
    parts["features.json"] = data.features.to_json()
    return parts if data.transforms is None else parts | data.transforms.parts()
