"""The models compared with their baselines, on pages newer than all training data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import Bundle, ClickModels
from baihuo.core import BadInput
from baihuo.evaluate import (
    Interval,
    auc,
    calibration_error,
    log_loss,
    ndcg_by_group,
    paired_bootstrap,
    reliability,
)
from baihuo.features import Transforms
from baihuo.models import Predictions
from baihuo.train.clicks.fit import DEPTH, ExampleRows, baseline_scores

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system on one surface."""

    surface: str
    system: str
    ndcg10: float
    n_pages: int  # test pages where something happened
    is_chosen: bool = False  # the order that the bundle serves


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The results on the test pages."""

    lines: list[SystemResult]
    lift: dict[str, dict[str, Any]]  # by surface: over which baseline, mid, low, high
    clicks: dict[str, float]  # of P(click): log_loss, constant_log_loss, auc, ece, n, n_clicks
    reliability: dict[str, list[float]]

    def to_json(self) -> dict[str, Any]:
        """As kept in the bundle's report."""
        return {
            "table": [asdict(line) for line in self.lines],
            "lift": self.lift,
            "clicks": self.clicks,
            "reliability": self.reliability,
        }


def compare(
    models: ClickModels,
    test: ExampleRows,
    *,
    base_rate: float,
    knn: Scores | None,
    seed: int,
) -> Comparison:
    """Every order on every surface, the lift over the best baseline, and the calibration.

    Args:
        base_rate: Clicks an impression in training: the prediction of a constant.
        knn: ``[rows]`` item kNN's scores of the test rows; None: not computed.
    """
    columns = models.columns
    asked = Predictions(models.models, test.at_top(columns), columns)
    lines, lift = [], {}
    for surface in np.unique(test.surface).tolist():
        mask = test.surface == surface
        rows = test.take(mask)
        names = ["popularity", "own"] + (["bm25", "relevance"] if surface == "search" else [])
        baselines = {name: baseline_scores(name, rows.matrix, columns) for name in names}
        if knn is not None:
            baselines["item_knn"] = knn[mask]
        ours = {name: asked.of(name).scores[mask] for name in models.models}
        by_page = {
            name: ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH)
            for name, scores in {**baselines, **ours}.items()
        }
        n_pages = int((~np.isnan(by_page["popularity"])).sum())
        if not n_pages:
            continue
        mean = {name: float(np.nanmean(values)) for name, values in by_page.items()}
        chosen = models.order_by.get(surface, "popularity")
        lines += [SystemResult(surface, n, mean[n], n_pages, n == chosen) for n in mean]
        best = max(baselines, key=lambda name: mean[name])
        _, first = np.unique(rows.page, return_index=True)
        gained = paired_bootstrap(
            by_page[chosen], by_page[best], seed=seed, clusters=rows.visitor[first]
        )
        lift[surface] = {"over": best, "order": chosen, "n_pages": n_pages, **gained.to_json()}
    p_click = probabilities(models, test)
    return Comparison(lines, lift, _clicks(p_click, test, base_rate), _curve(p_click, test))


def probabilities(models: ClickModels, rows: ExampleRows) -> Scores:
    """Calibrated P(click) at the position each row really had, to compare with outcomes."""
    raw = models.probabilities(rows.matrix)
    calibrated = raw.copy()
    for surface, calibrator in models.calibrators.items():
        mask = rows.surface == surface
        calibrated[mask] = calibrator.apply(raw[mask])
    return calibrated


def _clicks(p: Scores, test: ExampleRows, base_rate: float) -> dict[str, float]:
    has_both = 0 < test.clicks.sum() < len(test.clicks)
    return {
        "log_loss": log_loss(p, test.clicks),
        "constant_log_loss": log_loss(np.full(len(p), base_rate), test.clicks),
        "auc": auc(p, test.clicks) if has_both else 0.5,
        "ece": calibration_error(p, test.clicks),
        "base_rate": base_rate,
        "n": float(len(p)),
        "n_clicks": float(test.clicks.sum()),
    }


def _curve(p: Scores, test: ExampleRows) -> dict[str, list[float]]:
    return reliability(p, test.clicks).to_json()


def compare_to_live(
    ours: ClickModels, theirs: ClickModels, test: ExampleRows, *, seed: int
) -> dict[str, Interval]:
    """By surface, nDCG@10 of the order we would serve minus theirs, on the same newest pages.

    Raises:
        ValueError: the two read different columns.
    """
    if ours.columns != theirs.columns:
        raise ValueError("two bundles that read different columns cannot be compared on one matrix")
    at_top = test.at_top(ours.columns)
    intervals = {}
    for surface in np.unique(test.surface).tolist():
        mask = test.surface == surface
        rows = test.take(mask)
        if not rows.gains.any():
            continue
        by_page = []
        for models in (ours, theirs):
            chosen = models.order_by.get(surface, "popularity")
            if chosen in models.models:
                scores = models.score(surface, at_top[mask]).order
            else:
                scores = baseline_scores(chosen, rows.matrix, models.columns)
            by_page.append(ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH))
        _, first = np.unique(rows.page, return_index=True)
        intervals[surface] = paired_bootstrap(
            by_page[0], by_page[1], seed=seed, clusters=rows.visitor[first]
        )
    return intervals


def live_report(
    live: Bundle, ours: ClickModels, test: ExampleRows, transforms: Transforms | None, *, seed: int
) -> dict[str, Any]:
    """By surface, our nDCG@10 minus that of what serves now.

    Nothing where the two read other columns, or columns of the same names that were learned from other days, or
    where this version cannot open what serves.
    """
    try:
        theirs = ClickModels.open(live)
    except BadInput:  # an older version sealed it: training again is what puts that right
        theirs = None
    our_transforms = None if transforms is None else transforms.parts()["transforms.json"]
    live_transforms = live.text("transforms.json") if "transforms.json" in live else None
    if theirs is None or theirs.columns != ours.columns or live_transforms != our_transforms:
        return {"bundle_id": live.bundle_id, "surfaces": {}}
    gains = compare_to_live(ours, theirs, test, seed=seed)
    return {
        "bundle_id": live.bundle_id,
        "surfaces": {surface: gain.to_json() for surface, gain in gains.items()},
    }
