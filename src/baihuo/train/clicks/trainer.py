"""Train click models from impressions: which product of a page is clicked, and how likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.bundle import (
    Bundle,
    ClickModels,
    Part,
    click_parts,
    stored_files,
)
from baihuo.core import Progress, Unsupported, no_progress
from baihuo.evaluate import measure_probabilities
from baihuo.features import FeatureSet, FeaturesFile
from baihuo.models import Files, FitContext
from baihuo.quality import QualityReport
from baihuo.train.clicks.audit import audit_clicks
from baihuo.train.clicks.compare import Comparison, compare, probabilities
from baihuo.train.clicks.continued import new_since_us, with_columns
from baihuo.train.clicks.data import ClickData, click_data
from baihuo.train.clicks.fit import (
    FittedClicks,
    choose_clicks,
    fit_clicks,
    steady_order,
    write_curves,
)
from baihuo.train.clicks.inputs import DEFAULT, ClickSource, ClickTraining
from baihuo.train.clicks.knn import knn_scores
from baihuo.train.clicks.live import comparable_live, live_report
from baihuo.train.clicks.position_report import position_report
from baihuo.train.clicks.position_ways import PositionWay, position_way
from baihuo.train.clicks.slice_report import SliceReference, slice_report
from baihuo.train.clicks.slices import slices
from baihuo.train.clicks.start import (
    TEST_SHARE_OF_A_START,
    ClickStart,
    only_inputs_of,
    orders_of_start,
    start_report,
    started_or_from_nothing,
)


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
    start: ClickStart | None = None  # click models of another shop, to start from
    config: ClickTraining = DEFAULT
    progress: Progress = no_progress

    def train(
        self,
        quality: QualityReport,
        *,
        features: FeatureSet | None = None,
        declared: FeaturesFile | None = None,
    ) -> TrainResult:
        """Train from nothing, or from the click models of another shop.

        With a start, the models are fitted both ways, and the validation decides. Where there are too few clicks to learn from,
        the other shop's models are chosen, calibrated and tested as they are, on all own pages.

        Args:
            quality: The report of the data; a report that stops training stops it here.
            features: The lookbacks; None: those of ``declared``.
            declared: The shop's features file; None: the default features alone.

        Raises:
            QualityStop: the data failed the checks that guard training.
            Unsupported: too few impressions or clicks; a shop can still train from purchases.
        """
        quality.raise_if_stopped()
        try:
            data = click_data(
                self.source,
                out=self.out,
                features=features,
                declared=declared,
                config=self.config,
                progress=self.progress,
            )
        except Unsupported as error:
            if self.start is None:
                raise
            return self._as_they_are(self.start, why=error.what)
        return self.fit(data)

    def _as_they_are(self, start: ClickStart, *, why: str) -> TrainResult:
        """The other shop's models, unchanged."""
        config = replace(self.config, only_tests=True, test_share=TEST_SHARE_OF_A_START)
        data = click_data(
            self.source,
            out=self.out,
            features=start.features,
            config=config,
            progress=self.progress,
        )
        data = only_inputs_of(data, start)
        learned = PositionWay(start.models.position, start.models.examination)
        validation = data.rows.take(data.part("validation"))
        fitted = choose_clicks(
            start.models.models,
            learned.rows(validation, data.columns),
            data.columns,
            seed=config.seed,
            calibration=config.calibration,
            calibrate_by=config.calibrate_by,
        )
        fitted = orders_of_start(start, fitted, validation)
        started = start_report(start, way="as they are", why=why)
        return self._result(data, fitted, learned, {"start": started})

    def update(self, quality: QualityReport, bundle: Bundle) -> TrainResult:
        """Continue from the weights of ``bundle`` on what its training had not seen yet.

        Every model goes on from its own weights, gently, as its file says; features stay those of the bundle. The newest pages still validate and test.

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
            config=self.config,
            progress=self.progress,
        )
        data = with_columns(data, models.columns)
        since_us = new_since_us(data, bundle, models)
        return self.fit(
            data,
            continued=stored_files(bundle, "clicks"),
            before=models,
            since_us=since_us,
        )

    def fit(
        self,
        data: ClickData,
        *,
        continued: Mapping[str, Files] | None = None,
        before: ClickModels | None = None,
        since_us: int = 0,
    ) -> TrainResult:
        """Fit, calibrate, choose and compare on data that is ready.

        Args:
            continued: By model, the files to continue from.
            before: The models before an update, for what ordered each surface and how position was learned; None: not an update.
            since_us: Older rows do not train.
        """
        learned = position_way(
            self.config.position if before is None else before.position,
            self.source,
            data,
            seed=self.config.seed,
        )
        fitted = self._fitted(data, learned, continued, since_us)
        more: dict[str, Any] = {}
        if self.start is not None and continued is None:
            data, fitted, more["start"] = started_or_from_nothing(
                self.start,
                data,
                learned,
                fitted,
                fit=lambda rows, files: self._fitted(rows, learned, files),
            )
        if before is not None:
            validation = data.rows.take(data.part("validation"))
            order_by = steady_order(fitted.models, before.order_by, validation)
            fitted = replace(fitted, models=replace(fitted.models, order_by=order_by))
        return self._result(
            data, fitted, learned, {**more, "is_update": continued is not None}, since_us
        )

    def _fitted(
        self,
        data: ClickData,
        learned: PositionWay,
        continued: Mapping[str, Files] | None,
        since_us: int = 0,
    ) -> FittedClicks:
        """Every click model, fitted on what trains, chosen and calibrated on what validates."""
        config = self.config
        return fit_clicks(
            learned.rows(data.rows.take(data.part("train", since_us=since_us)), data.columns),
            learned.rows(data.rows.take(data.part("validation")), data.columns),
            data.columns,
            settings=config.models,
            continued=continued,
            context=FitContext(
                seed=config.seed,
                threads=config.threads,
                progress=self.progress,
            ),
            calibration=config.calibration,
            calibrate_by=config.calibrate_by,
        )

    def _result(
        self,
        data: ClickData,
        fitted: FittedClicks,
        learned: PositionWay,
        more: dict[str, Any],
        since_us: int = 0,
    ) -> TrainResult:
        """Compared with baselines on the newest pages, and reported."""
        models = replace(fitted.models, position=learned.way, examination=learned.curves)
        fitted = replace(fitted, models=models)
        train = data.rows.clicks[data.part("train", since_us=since_us)]
        older = train if len(train) else data.rows.clicks[data.part("validation")]
        test = data.part("test")
        compared = compare(
            models,
            data.rows.take(test),
            base_rate=float(older.mean()),
            knn=knn_scores(self.source, data, mask=test),
            seed=self.config.seed,
        )
        report = {
            "split": data.split.to_json(),
            "n_train": len(train),
            "is_update": False,
            "position": {"way": learned.way, "why_not": learned.why_not},
            **more,
            **self._report(data, fitted, compared),
        }
        final = {f"ndcg10/{x.surface}/{x.system}": x.ndcg10 for x in compared.lines}
        write_curves(self.run, fitted.curves, final | compared.clicks)
        return TrainResult(_parts(data, fitted, report), models, compared, report, data)

    def _report(
        self, data: ClickData, fitted: FittedClicks, compared: Comparison
    ) -> dict[str, Any]:
        mask = data.part("test")
        test = data.rows.take(mask)
        p_click = probabilities(fitted.models, test)
        theirs = None if self.live is None else comparable_live(self.live, fitted.models)
        report = {
            "n_logged": data.n_logged,
            "n_gone": data.n_gone,
            "order_by": dict(fitted.models.order_by),
            "validation_ndcg10": fitted.validation_ndcg,
            "curves": {
                name: [round(float(v), 6) for v in curve] for name, curve in fitted.curves.items()
            },
            "importance": {
                name: shares
                for name, model in fitted.models.models.items()
                if (shares := model.importance())
            },
            **compared.to_json(),
            "label_audit": audit_clicks(data.examples.filter(pa.array(mask)), p_click),
            "measures": {
                name: found.to_json()
                for name, found in measure_probabilities(
                    p_click, test.clicks, test.visitor, seed=self.config.seed
                ).items()
            },
            "positions": position_report(self.source, data, p_click, mask, seed=self.config.seed),
            "slices": slice_report(
                fitted.models,
                p_click,
                test,
                slices(data.examples, mask, self._categories(data)),
                SliceReference(
                    models=theirs,
                    p_click=np.full(len(test.clicks), compared.clicks["base_rate"])
                    if theirs is None
                    else probabilities(theirs, test),
                    over={surface: lift["over"] for surface, lift in compared.lift.items()},
                ),
            ),
        }
        if self.live is not None:
            report["against_live"] = live_report(self.live, theirs, fitted.models, test)
        return report

    def _categories(self, data: ClickData) -> NDArray[np.str_]:
        """The broadest category of each row's product."""
        generation = self.source.generation
        names = np.array(
            [path[0] if path else "" for path in generation.snapshot.category_names] or [""]
        )
        codes = generation.snapshot.category_code[data.index_rows]
        return np.where(codes >= 0, names[np.maximum(codes, 0)], "no category")


def _parts(data: ClickData, fitted: FittedClicks, report: dict[str, Any]) -> dict[str, Part]:
    """Everything that serving and the next update read, as parts of a bundle."""
    parts = click_parts(fitted.models, report=report)
    parts["features.json"] = data.features.to_json()
    return parts
